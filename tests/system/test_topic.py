"""What a real broker says of a topic: `wait` must know one that was made anew, and one that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka.admin import KafkaAdminClient

from sportdata.adapters.kafka import end_offsets, topic_id
from sportdata.contracts.topics import ACTIVITIES
from sportdata.errors import BrokenWorld
from sportdata.local import kafka
from sportdata.settings import Settings
from tests.system.alone import alone
from tests.system.conftest import OFFSET
from tests.waiting import until


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The broker alone, with its topics."""
    with alone(kafka.component, tmp_path_factory.mktemp("broker") / "home", OFFSET + 920) as settings:
        yield settings


def test_a_topic_that_is_not_there_has_neither_end_nor_identity(broker: Settings) -> None:
    for asked in (end_offsets, topic_id):
        with pytest.raises(BrokenWorld, match="knows no topic nothing"):
            asked(broker, "nothing")


def test_a_topic_made_anew_has_another_identity_in_the_spelling_that_bronze_notes(broker: Settings) -> None:
    before = topic_id(broker, ACTIVITIES)
    [noted] = (broker.home / "kafka" / "data").glob(f"{ACTIVITIES}-0/partition.metadata")
    assert f"topic_id: {before}" in noted.read_text()
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.delete_topics([ACTIVITIES])
    admin.close()
    until(lambda: not noted.exists())
    kafka._topics(broker)
    assert end_offsets(broker, ACTIVITIES) == {0: 0}
    assert topic_id(broker, ACTIVITIES) != before
