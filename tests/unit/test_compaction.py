"""When bronze's files are merged, and which of them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from sportdata.adapters import delta
from sportdata.contracts.tables import BRONZE
from sportdata.jobs import compaction
from sportdata.jobs.compaction import COMPACT_EVERY, QUIET_S, SMALL, THOROUGH_EVERY_S, Compaction


class Clock:
    now = 1_000_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(compaction, "time", made)
    return made


@pytest.fixture
def bronze(tmp_path: Path) -> DeltaTable:
    return delta.ensure(tmp_path, BRONZE)


def append(bronze: DeltaTable, files: int, value: str = "") -> int:
    """The version that it has come to."""
    for _ in range(files):
        columns = {name: [None] for name in BRONZE.column_names} | {"offset": [bronze.version()], "value": [value]}
        delta.append(bronze, pa.table(columns, schema=delta.arrow_schema(BRONZE)))
    return bronze.version()


def files(bronze: DeltaTable) -> set[str]:
    bronze.update_incremental()
    return set(bronze.file_uris())


def test_files_are_merged_once_it_is_quiet_and_then_once_an_hour(bronze: DeltaTable, clock: Clock) -> None:
    done = Compaction(bronze, threading.Lock(), -1)
    version = append(bronze, 4)
    clock.now += QUIET_S + 1
    assert not done.look(version) and len(files(bronze)) == 4, "rows have just come"
    clock.now += QUIET_S + 1
    assert done.look(version) and len(files(bronze)) == 1
    clock.now += THOROUGH_EVERY_S + 1
    assert not done.look(version), "nothing has come since"
    version = append(bronze, 2)
    assert not done.look(version) and len(files(bronze)) == 3
    clock.now += QUIET_S + 1
    assert done.look(version) and len(files(bronze)) == 1


def test_where_it_is_never_quiet_it_is_done_in_the_second_hour(bronze: DeltaTable, clock: Clock) -> None:
    done = Compaction(bronze, threading.Lock(), -1)
    for _ in range(6):
        clock.now += THOROUGH_EVERY_S / 6 - 1
        assert not done.look(append(bronze, 1))
    assert len(files(bronze)) == 6
    clock.now += THOROUGH_EVERY_S / 6
    assert done.look(append(bronze, 1)) and len(files(bronze)) == 1


def test_among_live_changes_small_files_alone_are_merged(bronze: DeltaTable, clock: Clock) -> None:
    done = Compaction(bronze, threading.Lock(), -1)
    append(bronze, 1, os.urandom(SMALL).hex())
    large = files(bronze)
    assert not done.look(append(bronze, COMPACT_EVERY - 2))
    assert done.look(append(bronze, 1))
    assert len(files(bronze)) == 2 and large < files(bronze)
    assert not done.look(bronze.version() - 1)
