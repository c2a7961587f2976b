"""Each expectation on gold's tables fails when its one thing is broken, and no other does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sportdata.adapters import checked_gold
from sportdata.adapters.suites import read_suites
from sportdata.contracts.tables import ACTIVITES, HR_VERSIONS
from sportdata.errors import WrongUse
from sportdata.local import validate_subject
from sportdata.local.validate import Report, Wish, check
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from tests.unit import lake
from tests.unit.lake import CLIMBER, GONE, HIRED

TODAY = date(2026, 11, 20)
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked_gold, "ONE_BATCH_WITHIN_S", 0.1)


def on_that_day(home: Path, **more: Any) -> Settings:
    """What was written for a day is checked on that day, however long it takes."""
    config = home / "config.yml"
    config.write_text(Settings().config.read_text().replace("date_reference: null", f"date_reference: {TODAY}"))
    return Settings(home=home, config=config, **more)


def check_gold(home: Path, *suites: str, strict: bool = False, docs: bool = False) -> Report:
    return check(on_that_day(home), Wish(suites=suites, only="gold", strict=strict, wait_s=0, docs=docs), lambda _: None)


def failing(report: Report) -> set[tuple[str, str]]:
    return {(verdict.suite, outcome.code) for verdict in report.verdicts for outcome in verdict.failed}


def edit(table: str, row: int, **values: Any) -> Callable[[lake.Rows], None]:
    def breaks(rows: lake.Rows) -> None:
        rows[table][row] |= values

    return breaks


def add(table: str, row: int, **values: Any) -> Callable[[lake.Rows], None]:
    def breaks(rows: lake.Rows) -> None:
        rows[table].append(rows[table][row] | values)

    return breaks


def drop(table: str, keep: Callable[[dict[str, Any]], bool]) -> Callable[[lake.Rows], None]:
    def breaks(rows: lake.Rows) -> None:
        rows[table] = [row for row in rows[table] if keep(row)]

    return breaks


def many(breaks: list[Callable[[lake.Rows], None]]) -> Callable[[lake.Rows], None]:
    def all_of_them(rows: lake.Rows) -> None:
        for one in breaks:
            one(rows)

    return all_of_them


run, climb = 0, 1  # rows of `activites`: Runing 9 km in an hour; Escalade
out = {"compte": False}
yesterday_again = [add("activites", run, id=1000 + number) for number in range(50)]

REQUIRED = (
    *("montant_prime_euros", "montant_en_attente_euros", "nb_activites", "jours_bien_etre", "nb_jours_bien_etre"),
    *("date_reference", "batch_id", "prime_sportive", "declaration_etat"),
)

BROKEN: dict[tuple[str, str], Callable[[lake.Rows], None]] = {
    ("activites", "table_vide"): drop("activites", lambda row: False),
    ("activites", "id_absent"): edit("activites", run, id=None),
    ("activites", "id_double"): edit("activites", run, id=2),
    ("activites", "employe_absent"): edit("activites", run, employee_id=None, **out),
    ("activites", "date_absente"): edit("activites", run, date_debut=None, jour=None, dans_fenetre=False, **out),
    ("activites", "sport_absent"): edit("activites", run, type_activite=None),
    ("activites", "duree_absente"): edit("activites", run, duree_s=None, **out),
    ("activites", "activite_double"): add("activites", run, id=1000),
    ("activites", "employe_inconnu"): edit("activites", run, employee_id=99, **out),
    ("activites", "employe_parti"): edit("activites", run, employee_id=GONE, **out),
    ("activites", "sport_inconnu"): edit("activites", run, type_activite="Quidditch : {x}'; DROP --%s"),
    ("activites", "date_future"): edit("activites", run, jour=TODAY + LATER, dans_fenetre=False, **out),
    ("activites", "avant_embauche"): edit("activites", run, jour=HIRED - LATER, dans_fenetre=False),
    ("activites", "duree_impossible"): edit("activites", run, duree_s=86_401, **out),
    ("activites", "duree_trop_courte"): edit("activites", run, duree_s=119, distance_m=300.0),
    ("activites", "duree_trop_longue"): edit("activites", run, duree_s=27_001, distance_m=80_000.0),
    ("activites", "distance_impossible"): edit("activites", run, distance_m=-0.5, **out),
    ("activites", "distance_hors_sujet"): edit("activites", climb, distance_m=0.0),
    ("activites", "vitesse_impossible"): edit("activites", run, distance_m=30_001.0, **out),
    ("activites", "vitesse_trop_lente"): edit("activites", run, distance_m=1_499.0),
    ("activites_gold", "compte_faux"): edit("activites", run, **out),
    ("activites_gold", "fenetre_fausse"): edit("activites", run, dans_fenetre=False),
    ("rythme", "pas_frais"): drop("activites", lambda row: row["jour"] < TODAY - timedelta(days=4)),
    ("rythme", "volume_trop_bas"): drop(
        "activites", lambda row: row["jour"] < TODAY - timedelta(days=7) or (row["jour"].toordinal() % 3 == 0 and row["id"] % 2 == 0)
    ),
    ("rythme", "volume_trop_haut"): many(yesterday_again),
    ("eligibilites", "table_vide"): drop("eligibilites", lambda row: False),
    **{("eligibilites", f"{name}_absent"): edit("eligibilites", 0, **{name: None}) for name in REQUIRED},
    ("eligibilites", "employe_absent"): edit("eligibilites", 0, employee_id=None),
    ("eligibilites", "employe_double"): edit("eligibilites", 0, employee_id=CLIMBER),
    ("eligibilites", "lot_incomplet"): edit("eligibilites", 0, batch_id=6),
    ("eligibilites", "pas_a_jour"): many([edit("eligibilites", row, date_reference=TODAY - LATER) for row in (0, 1)]),
    ("eligibilites", "etat_inconnu"): edit("eligibilites", 0, declaration_etat="correct"),
    ("eligibilites", "prime_incoherente"): edit("eligibilites", 1, prime_sportive=True, montant_prime_euros=Decimal(1200)),
    ("eligibilites", "montant_negatif"): edit("eligibilites", 0, montant_prime_euros=Decimal("-0.01")),
    ("eligibilites", "prime_hors_limite"): edit("eligibilites", 0, distance_km=Decimal("15.001")),
    ("eligibilites", "jours_incoherents"): edit("eligibilites", 0, nb_activites=14),
    ("anomalies", "reference_absente"): edit("anomalies", 0, reference=None),
    ("anomalies", "objet_inconnu"): edit("anomalies", 0, objet="salaire"),
    ("anomalies", "code_inconnu"): edit("anomalies", 0, code="a_voir"),
    ("anomalies", "anomalie_double"): add("anomalies", 0),
    ("anomalies", "evenement_illisible"): add("anomalies", 0, objet="evenement", reference="t/0@1", code="evenement_illisible"),
    ("kpis", "pas_une_ligne"): add("kpis", 0),
    ("kpis", "lots_differents"): edit("kpis", 0, batch_id=8),
    ("kpis", "effectif_faux"): edit("kpis", 0, employees=3),
    ("kpis", "primes_fausses"): edit("kpis", 0, prime_total_eur=Decimal("1500.01")),
    ("kpis", "attente_fausse"): edit("kpis", 0, pending_eur=None),
    ("kpis", "jours_faux"): edit("kpis", 0, wellness_days=11),
    ("kpis", "activites_fausses"): edit("kpis", 0, activities=106),
}


def test_a_lake_as_gold_leaves_it_is_fine(tmp_path: Path) -> None:
    lake.write(tmp_path / "lake", lake.clean(TODAY))
    report = check_gold(tmp_path, strict=True, docs=True)
    assert failing(report) == set()
    assert report.exit_code == 0
    assert report.data_docs is not None
    assert "gold.kpis" in report.data_docs.read_text()


def test_every_expectation_of_every_suite_on_gold_is_broken_here() -> None:
    suites = [suite for suite in read_suites(Settings().expectations) if any(table.startswith("gold.") for table in suite.tables)]
    assert set(BROKEN) == {(suite.name, one.meta["code"]) for suite in suites for one in suite.expectations.expectations}


@pytest.mark.parametrize(("suite", "code"), BROKEN)
def test_what_breaks_one_expectation_fails_it_alone(tmp_path: Path, suite: str, code: str) -> None:
    rows = lake.clean(TODAY)
    BROKEN[suite, code](rows)
    lake.write(tmp_path / "lake", rows)
    report = check_gold(tmp_path, suite)
    assert failing(report) == {(suite, code)}
    [outcome] = [outcome for verdict in report.verdicts for outcome in verdict.failed]
    assert report.exit_code == (1 if outcome.severity == "critical" else 0)
    assert outcome.examples or outcome.unexpected is None
    assert "Dupont" not in str(report.as_json())


@pytest.mark.parametrize("metres", [float("nan"), float("inf"), 1e308])
def test_metres_beyond_all_numbers_are_judged_as_gold_judges_them(tmp_path: Path, metres: float) -> None:
    rows = lake.clean(TODAY)
    rows["activites"][run] |= {"distance_m": metres, "compte": False}
    rows["activites"][climb] |= {"type_activite": "Quidditch", "distance_m": metres}  # without a limit of speed it counts
    lake.write(tmp_path / "lake", rows)
    too_far = {("activites", "distance_impossible" if metres != 1e308 else "vitesse_impossible"), ("activites", "sport_inconnu")}
    assert failing(check_gold(tmp_path, "activites", "activites_gold")) == too_far


class Meanwhile:
    """Checks gold, and changes something when the first suite begins."""

    def __init__(self, change: Callable[[], None]) -> None:
        self.change, self.said = change, list[str]()

    def __call__(self, text: str) -> None:
        if not self.said:
            self.change()
        self.said.append(text)

    def check(self, settings: Settings) -> Report:
        return check(settings, Wish(only="gold", wait_s=0, docs=False), self)

    @property
    def repeated(self) -> int:
        return sum("once more" in text for text in self.said)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def test_a_run_across_paris_midnight_is_judged_by_the_new_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(datetime(2026, 11, 22, 22, 59, 58, tzinfo=UTC))
    monkeypatch.setattr(validate_subject, "wall_clock", lambda _: clock)
    tomorrow = today_in_paris(clock.now) + LATER
    lake.write(tmp_path / "lake", lake.clean(tomorrow))  # what gold shows once `wait` has waited for the new day
    run = Meanwhile(lambda: setattr(clock, "now", clock.now + timedelta(seconds=5)))
    report = run.check(Settings(home=tmp_path))
    assert (failing(report), report.today, report.exit_code, run.repeated) == (set(), tomorrow, 0, 1)


def test_a_run_across_a_change_of_hr_data_is_judged_by_the_new_ones(tmp_path: Path) -> None:
    rows = lake.clean(TODAY)
    lake.write(tmp_path / "lake", rows)

    def leaves() -> None:
        """The runner leaves: gold's HR data say so at once, gold.activites follows."""
        lake.overwrite(tmp_path / "lake", HR_VERSIONS, [*rows["hr_versions"], rows["hr_versions"][0] | {"version": 3, "actif": False}])

    def follows(text: str) -> None:
        meanwhile(text)
        if "once more" in text:
            gone = [row | ({"compte": False} if row["employee_id"] == lake.RUNNER else {}) for row in rows["activites"]]
            lake.overwrite(tmp_path / "lake", ACTIVITES, gone)

    meanwhile = Meanwhile(leaves)
    report = check(on_that_day(tmp_path), Wish(suites=("activites_gold",), only="gold", wait_s=0, docs=False), follows)
    assert (failing(report), meanwhile.repeated) == (set(), 1)


def test_a_run_is_repeated_once_and_never_when_nothing_has_moved_or_nothing_fails(tmp_path: Path) -> None:
    rows = lake.clean(TODAY)
    lake.write(tmp_path / "lake", rows)
    fine = Meanwhile(lambda: lake.overwrite(tmp_path / "lake", HR_VERSIONS, rows["hr_versions"]))
    assert (fine.check(on_that_day(tmp_path)).exit_code, fine.repeated) == (0, 0)
    BROKEN["eligibilites", "prime_incoherente"](rows)
    lake.write(tmp_path / "lake", rows)
    still = Meanwhile(lambda: None)
    assert (still.check(on_that_day(tmp_path)).exit_code, still.repeated) == (1, 0)
    moved = Meanwhile(lambda: lake.overwrite(tmp_path / "lake", HR_VERSIONS, rows["hr_versions"]))
    assert (moved.check(on_that_day(tmp_path)).exit_code, moved.repeated) == (1, 1)


def test_what_cannot_be_read_is_no_answer_about_the_data(tmp_path: Path) -> None:
    report = check_gold(tmp_path, "kpis")
    assert report.exit_code == 2
    assert "gold.kpis, gold.eligibilites below" in report.unchecked[0]
    with pytest.raises(WrongUse, match="there is no suite kpi; there are: activites,"):
        check_gold(tmp_path, "kpi")


def test_an_expectation_on_a_column_that_is_not_there_is_no_answer_about_the_data(tmp_path: Path) -> None:
    lake.write(tmp_path / "lake", lake.clean(TODAY))
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "kpis.yml").write_text((Settings().expectations / "kpis.yml").read_text().replace("ecart_lot", "ecart_lots"))
    report = check(on_that_day(tmp_path, expectations=suites), Wish(only="gold", wait_s=0, docs=False), lambda _: None)
    assert report.exit_code == 2
    assert "expectation lots_differents of the suite kpis cannot be judged" in report.unchecked[0]
