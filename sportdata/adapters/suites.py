"""The suites of `expectations/`, made by Great Expectations from files that people read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from sportdata.adapters.great_expectations import ExpectationConfiguration, GreatExpectationsError, gx
from sportdata.contracts.documents import load, validated
from sportdata.errors import BrokenWorld, RefusedInput


class Suite(NamedTuple):
    """One file: what it looks at (`view`) of which tables, the columns that an example shows, what Great Expectations makes of it."""

    name: str
    view: str
    tables: tuple[str, ...]
    examples: tuple[str, ...]
    expectations: Any


class _Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    view: str = Field(description="what the suite looks at, such as activites")
    tables: list[str] = Field(min_length=1, description="a list of at least one table, such as gold.kpis")
    examples: list[str] = Field(min_length=1, description="a list of at least one column")


def read_suites(folder: Path) -> list[Suite]:
    """The suites of a folder, by name. Raises RefusedInput naming file and expectation, BrokenWorld when there is none."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise BrokenWorld(f"there is no suite (*.yml) in {folder}; SPORTDATA_EXPECTATIONS says where they are")
    suites = [_read(file) for file in files]
    names = [suite.name for suite in suites]
    if len(set(names)) < len(names):
        raise RefusedInput(f"{folder}: two suites have the same name among {', '.join(names)}; allowed: each name once")
    return suites


def _read(file: Path) -> Suite:
    try:
        document = load(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenWorld(f"the suite {file} cannot be read: {error}") from error
    meta = validated(_Meta, document.get("meta"), f"{file}: meta")
    given = document.get("expectations")
    if not isinstance(given, list) or not given:
        raise RefusedInput(f"{file}: expectations is {given!r}; allowed: a list of at least one")
    seen: set[str] = set()
    built = [_expectation(one, f"{file}: expectation {number}", seen) for number, one in enumerate(given, 1)]
    try:
        suite = gx.ExpectationSuite(**{**document, "expectations": built})
    except (TypeError, ValueError) as error:
        raise RefusedInput(f"{file}: {on_one_line(error)}") from error
    return Suite(suite.name, meta.view, tuple(meta.tables), tuple(meta.examples), suite)


def _expectation(given: Any, where: str, seen: set[str]) -> Any:
    """One expectation of the suite's list. (The suite itself would log a bad one and go on without it.)"""
    code = given.get("meta", {}).get("code") if isinstance(given, dict) and isinstance(given.get("meta", {}), dict) else None
    if not isinstance(code, str) or code in seen:
        raise RefusedInput(f"{where}: its meta.code is {code!r}; allowed: a word, each once in the file")
    seen.add(code)
    try:
        return ExpectationConfiguration(**given).to_domain_obj()
    except (GreatExpectationsError, TypeError, ValueError) as error:
        raise RefusedInput(f"{where} ({code}): {on_one_line(error)}") from error


def on_one_line(error: object) -> str:
    return " ".join(str(error).split())
