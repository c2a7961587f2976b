"""`sportdata replay` and `sportdata simulate` on what a stopped gold has left: a memory, versions, a table."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing, redirect_stdout
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sportdata.adapters import delta
from sportdata.adapters.gold_memory import READ_ANEW
from sportdata.adapters.gold_state import Change, GoldState
from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.kpis_history import KpisHistory, Run, read_run
from sportdata.cli import parser
from sportdata.contracts.tables import HISTORIQUE_RUNS, KPIS_HISTORIQUE
from sportdata.errors import BrokenWorld, SportdataError
from sportdata.jobs.known import day_number
from sportdata.rules.declarations import WALK
from sportdata.settings import ROOT, Settings

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    state = GoldState(home / "gold" / "state.sqlite")
    days = [day_number(TODAY) - 20 * ago for ago in range(16)]
    with state.transaction():
        state.remember("batch_id", "7")
        state.apply(
            "t",
            [
                Change(0, "c", n, n, "", False, True, None, 1, 0, "Tennis", None, 60, None, 0, day, "", True, 0)
                for n, day in enumerate(days, 1)
            ],
        )
    state.close()
    walker = HrRow(1, "A", None, Decimal("40000.10"), WALK, True, None, 9_000, 0, None)
    driver = HrRow(2, "B", date(2026, 6, 1), Decimal(30_000), "Bus", True, None, None, 0, None)
    HrVersions(home / "lake").remember([walker, driver], NOW, TODAY)
    (tmp_path / "config.yml").write_text(
        (ROOT / "config" / "config.yml").read_text().replace("date_reference: null", f"date_reference: {TODAY}")
    )
    return home


def run(home: Path, *arguments: str) -> str:
    """What `sportdata …` prints."""
    settings = Settings(home=home, config=home.parent / "config.yml", port_offset=39_000)
    asked = parser().parse_args(arguments)
    with redirect_stdout(io.StringIO()) as out:
        assert asked.call(settings, asked) == 0
    return out.getvalue()


def runs(home: Path) -> list[dict[str, Any]]:
    return sorted(delta.read(home / "lake", HISTORIQUE_RUNS), key=lambda row: row["run"])


def test_a_replay_gives_every_day_the_parameters_and_leaves_the_others_alone(home: Path) -> None:
    kpis = KpisHistory(home / "lake", home / "history.lock")
    kpis.show({(day_number(TODAY), None): (9,) * 10}, NOW, 1)
    other = home.parent / "other.yml"
    other.write_text((home.parent / "config.yml").read_text().replace("0.05", "0.1"))
    said = run(home, "replay", "--reason", "dix", "--config", str(other), "--by", "Ada", "--from", "2026-03-01")
    assert said.startswith("run 1: 107 days, 2026-03-01 to 2026-06-15")
    rows = read_run(home / "lake", 1)
    first, last = day_number(date(2026, 3, 1)), day_number(TODAY)
    assert rows[first, None] == rows[first, "A"] == (1, 400_001, 1, 0, 0, 0, 0, 0, 0, 10)
    assert rows[last, None] == (2, 400_001, 1, 0, 1, 5, 0, 0, 0, 16)
    assert (first, "B") not in rows and rows[last, "B"][0] == 1
    assert read_run(home / "lake", 0) == {(last, None): (9,) * 10}
    [listed] = runs(home)
    assert (listed["raison"], listed["qui"], listed["depuis"]) == ("dix", "Ada", date(2026, 3, 1))
    assert json.loads(listed["parametres"]) == {
        "percent": "0.1", "min_activities": 15, "window_days": 365, "days": 5, "max_walk_km": "15", "max_bike_km": "25",
    }  # fmt: skip
    run(home, "replay", "--reason", "encore")
    assert [row["run"] for row in runs(home)] == [1, 2]


def test_what_an_interrupted_replay_has_left_is_no_run_and_goes(home: Path) -> None:
    run(home, "replay", "--reason", "un")
    table = delta.ensure(home / "lake", KPIS_HISTORIQUE)
    rows = pa.table(table.to_pyarrow_table()).to_pylist()
    delta.append(table, pa.Table.from_pylist([{**row, "run": 2} for row in rows[:7]], delta.arrow_schema(KPIS_HISTORIQUE)))
    kpis = KpisHistory(home / "lake", home / "history.lock")
    kpis.list_shown(Run("", "{}", TODAY, "gold", NOW, 1))
    assert read_run(home / "lake", 2) == {} != read_run(home / "lake", 1)
    assert [row["run"] for row in runs(home)] == [0, 1]


def test_simulate_shows_both_and_writes_nothing(home: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in (home / "lake").rglob("*")}
    found = json.loads(run(home, "simulate", "--max-walk-km", "8", "--min-activities", "17", "--json"))
    assert {file: file.stat().st_mtime_ns for file in (home / "lake").rglob("*")} == before
    [company] = [one for one in found["indicators"] if one["bu"] is None]
    assert company["now"]["prime_total_eur"] == "2000.01" and company["simulated"]["prime_total_eur"] == "0.00"
    assert (company["now"]["wellness_days"], company["simulated"]["wellness_days"]) == (5, 0)
    assert found["lose"] == {"prime_sportive": [1], "jours_bien_etre": [1]} and found["gain"] == {
        "prime_sportive": [],
        "jours_bien_etre": [],
    }
    assert "less prime_sportive: 1 (1)" in run(home, "simulate", "--max-walk-km", "8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("simulate",), "nothing to simulate"),
        (("simulate", "--percent", "5"), "percent"),
        (("simulate", "--percent", "0.05, bonus: 1"), "bonus"),
        (("replay", "--reason", " "), "--reason is empty"),
        (("replay", "--reason", "x", "--from", "hier"), "--from hier"),
        (("replay", "--reason", "x", "--from", "2027-01-01"), "--from 2027-01-01"),
        (("replay", "--reason", "x", "--config", "/nowhere.yml"), "/nowhere.yml cannot be read"),
    ],
    ids=["nothing", "a share above 1", "an unknown key", "no reason", "no day", "tomorrow", "no file"],
)
def test_what_cannot_be_is_refused(home: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(SportdataError, match=said) as refused:
        run(home, *arguments)
    assert refused.value.exit_code == 2
    assert runs(home) == []


@pytest.mark.parametrize("arguments", [("replay", "--reason", "x"), ("simulate", "--percent", "0.1")], ids=["replay", "simulate"])
@pytest.mark.parametrize("memo", [READ_ANEW, "batch_id"], ids=["bronze is being read", "nothing is read yet"])
def test_a_memory_that_lacks_activities_answers_nothing(home: Path, arguments: tuple[str, ...], memo: str) -> None:
    with closing(sqlite3.connect(home / "gold" / "state.sqlite")) as memory, memory:
        if memo == READ_ANEW:
            memory.execute("INSERT INTO memo VALUES (?, '12')", [memo])
        else:
            memory.execute("DELETE FROM memo WHERE cle = ?", [memo])
    with pytest.raises(BrokenWorld, match="gold is reading bronze anew"):
        run(home, *arguments)
    assert runs(home) == []


def test_before_gold_has_known_anything_there_is_nothing_to_replay(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text((ROOT / "config" / "config.yml").read_text())
    with pytest.raises(BrokenWorld, match="gold has not known any HR data yet"):
        run(tmp_path / "home", "replay", "--reason", "x")
    assert not (tmp_path / "home").exists()
