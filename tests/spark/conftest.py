"""One local Spark session for every test of this folder: the streams' own, Delta included."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from sportdata.adapters.spark import session
from sportdata.jobs.streams import SMALL_BATCHES
from sportdata.local.jvm import environment, find_java
from sportdata.settings import Settings


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    settings = Settings(home=tmp_path_factory.mktemp("spark"))
    os.environ.update(environment(find_java(), settings.jars))
    made = session(settings, "tests", "1g", SMALL_BATCHES)
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()
