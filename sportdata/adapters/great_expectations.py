"""Great Expectations itself, imported without what it does not need here, sending nothing, and silent."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_spark() -> Iterator[None]:
    """Great Expectations imports Spark where it finds it: two seconds, 100 MB and warnings of no use here."""
    before = sys.modules.get("pyspark", ...)
    if before is ...:
        sys.modules["pyspark"] = None  # type: ignore[assignment]  # documented: an import then raises ModuleNotFoundError
    yield
    if before is ...:
        del sys.modules["pyspark"]


os.environ["GX_ANALYTICS_ENABLED"] = "False"
with _without_spark():
    import great_expectations as gx
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

# It logs every metric that fails; those come back with the result, and stop the check as what they are.
logging.getLogger("great_expectations").setLevel(logging.CRITICAL)

__all__ = ["ExpectationConfiguration", "ExpectationValidationResult", "GreatExpectationsError", "gx"]
