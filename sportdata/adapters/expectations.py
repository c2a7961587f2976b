"""Suites on PostgreSQL (pushed down) and on frames, through Great Expectations, and the Data Docs of it.

Nothing leaves the machine: the context lives in memory, sends no usage statistics, and knows no password (connections come from
outside).
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from sportdata.adapters import data_docs
from sportdata.adapters.great_expectations import ExpectationValidationResult, GreatExpectationsError, gx
from sportdata.adapters.suites import Suite, on_one_line
from sportdata.contracts.validation import Outcome, Verdict
from sportdata.errors import BrokenWorld

EXAMPLES = 5


class Validation:
    """One run of some suites: verdicts as they come, the Data Docs at the end."""

    def __init__(self) -> None:
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        for name in list(self._context.variables.data_docs_sites or {}):
            self._context.delete_data_docs_site(name)
        self._suites: dict[str, Any] = {}
        self._verdicts: list[Verdict] = []

    def on_postgres(self, suite: Suite, table: str, address: str, connect: Callable[[], Any], query: str) -> Verdict:
        """A suite on what a query says, pushed down. `address` is ROLE@HOST:PORT/DATABASE, and `connect` brings the password.

        The query runs once, into a temporary table, so that counts and examples are of one moment; one connection keeps it.
        """
        opened: list[Any] = []

        def creator() -> Any:
            opened.append(connect())
            return opened[-1]

        try:
            source = self._context.data_sources.add_postgres(
                name=f"{suite.name}.postgresql",
                connection_string=f"postgresql+psycopg://{address}",
                create_temp_table=True,
                kwargs={"creator": creator, "poolclass": StaticPool},
            )
            asset = source.add_query_asset(name=table, query=query)
            return self._run(suite, table, asset.add_batch_definition_whole_table(suite.name), None)
        except (GreatExpectationsError, SQLAlchemyError) as error:
            raise BrokenWorld(f"{table} at {address} cannot be checked: {on_one_line(error)} (see `sportdata status`)") from error
        finally:
            for connection in opened:  # its engines would keep them until they are collected
                connection.close()

    def on_frame(self, suite: Suite, table: str, frame: pd.DataFrame) -> Verdict:
        """A suite on a frame."""
        source = self._context.data_sources.add_pandas(name=f"{suite.name}.{table.partition('.')[0]}")
        asset = source.add_dataframe_asset(name=table)
        return self._run(suite, table, asset.add_batch_definition_whole_dataframe(suite.name), frame)

    def _run(self, suite: Suite, table: str, batch: Any, frame: pd.DataFrame | None) -> Verdict:
        started = time.monotonic()
        if suite.name not in self._suites:
            self._suites[suite.name] = self._context.suites.add(suite.expectations)
        definition = gx.ValidationDefinition(name=f"{table} {suite.name}", data=batch, suite=self._suites[suite.name])
        shown: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
        if frame is None:  # of a frame, the columns of every row that breaks would be gathered before a few are kept
            shown["unexpected_index_column_names"] = list(suite.examples)
        parameters = None if frame is None else {"dataframe": frame}
        done = self._context.validation_definitions.add(definition).run(batch_parameters=parameters, result_format=shown)
        outcomes = tuple(_outcome(one, suite, table, frame) for one in done.results)
        self._verdicts.append(Verdict(suite.name, table, round(time.monotonic() - started, 3), outcomes))
        return self._verdicts[-1]

    def write_docs(self, folder: Path, title: str) -> Path:
        """The Data Docs of this run in place of what the folder held; returns their first page. No page needs a network."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".docs-", dir=folder.parent))
        store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(fresh)}
        site = {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"}}
        self._context.add_data_docs_site(site_name="site", site_config={**site, "show_how_to_buttons": False})
        self._context.build_data_docs()
        data_docs.finish(fresh, self._verdicts, title)
        fresh.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        return folder / "index.html"


def _outcome(one: ExpectationValidationResult, suite: Suite, table: str, frame: pd.DataFrame | None) -> Outcome:
    """Raises BrokenWorld when the expectation could not be judged: that is no answer about the data."""
    configuration = one.expectation_config
    code = configuration.meta["code"]
    if trouble := _trouble(one.exception_info):
        raise BrokenWorld(f"{table}: expectation {code} of the suite {suite.name} cannot be judged: {trouble}")
    found = one.result
    examples: list[Any] = (found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list") or [])[:EXAMPLES]
    if frame is not None:
        judged = [name for name in [configuration.kwargs.get("column")] if name and name not in suite.examples]
        examples = frame.loc[examples, [*suite.examples, *judged]].to_dict("records")
    return Outcome(
        code=code,
        description=configuration.description or code,
        severity=configuration.severity.value,
        success=bool(one.success),
        unexpected=found.get("unexpected_count"),
        rows=found.get("element_count"),
        observed=_plain(found.get("observed_value")),
        examples=tuple(_example(example, suite) for example in examples) if not one.success else (),
    )


def _trouble(information: dict[str, Any]) -> str | None:
    """What was raised while an expectation was judged; one entry, or one a metric."""
    for entry in (information, *information.values()):
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return on_one_line(entry.get("exception_message"))[:400]
    return None


def _example(found: Any, suite: Suite) -> dict[str, Any]:
    """The columns that an example shows, and the value that was judged (a flag says nothing more)."""
    row = found if isinstance(found, dict) else {"value": found}
    return {name: _plain(value) for name, value in row.items() if name in suite.examples or not isinstance(_plain(value), bool)}


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):
        value = value.item()  # numpy's
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value == datetime.combine(value, datetime.min.time())
        return value.date().isoformat() if midnight else value.isoformat()
    return value.isoformat() if isinstance(value, date) else value
