"""What counts, and what is only reported (CONTRACT §4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sportdata.rules.activities import CODES, EXCLUDING, Activity, Employee, anomalies, counts
from sportdata.rules.sports import Catalogue, Sport

TODAY = date(2026, 3, 29)
RUNNING = Sport("Course à pied", "course", ("Runing",), "courir", "une course", "🏃", True, 30.0, (8.0, 14.0), (20, 90))
JUDO = Sport("Judo", "combat", (), "pratiquer le judo", "une séance", "🥋", False, None, None, (45, 110))
SPORTS = Catalogue([RUNNING, JUDO])
HIRED = Employee(1, True, date(2026, 1, 15))
RUN = Activity(1, datetime(2026, 1, 15, 11, tzinfo=UTC), "runing", 10_000.0, 3600)


def found(employee: Employee | None = HIRED, **change: Any) -> tuple[str, ...]:
    return anomalies(replace(RUN, **change), employee, TODAY, SPORTS)


def test_an_ordinary_run_has_no_anomaly_and_counts() -> None:
    assert found() == ()
    assert counts(())


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"date_debut": None}, ("date_absente",)),
        ({"date_debut": datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)}, ()),
        ({"date_debut": datetime(2026, 3, 29, 22, tzinfo=UTC)}, ("date_future",)),
        ({"duree_s": None}, ("duree_impossible",)),
        ({"duree_s": 0}, ("duree_impossible",)),
        ({"duree_s": -1}, ("duree_impossible",)),
        ({"duree_s": 86_400}, ()),
        ({"duree_s": 86_401}, ("duree_impossible",)),
        ({"distance_m": None}, ()),
        ({"distance_m": -0.0}, ()),
        ({"distance_m": -0.001}, ("distance_negative",)),
        ({"distance_m": float("-inf")}, ("distance_negative",)),
        ({"distance_m": 30_000.0}, ()),
        ({"distance_m": 30_000.001}, ("vitesse_impossible",)),
        ({"distance_m": float("nan")}, ("vitesse_impossible",)),
        ({"distance_m": float("inf")}, ("vitesse_impossible",)),
        ({"distance_m": 1e300, "duree_s": 0}, ("duree_impossible",)),
        ({"type_activite": None, "distance_m": 1e9}, ("sport_inconnu",)),
        ({"type_activite": "Quidditch"}, ("sport_inconnu",)),
        ({"type_activite": "JUDO", "distance_m": 1e9}, ("distance_hors_sujet",)),
        ({"type_activite": "judo", "distance_m": None}, ()),
        ({"date_debut": datetime(2026, 1, 14, 22, 59, tzinfo=UTC)}, ("avant_embauche",)),
    ],
)
def test_each_cause_is_found_at_its_threshold(change: dict[str, Any], codes: tuple[str, ...]) -> None:
    assert found(**change) == codes


def test_one_who_is_unknown_or_has_left_does_not_count() -> None:
    assert found(employee=None) == ("employe_inconnu",)
    assert found(employee=replace(HIRED, actif=False)) == ("employe_inconnu",)
    assert found(employee=replace(HIRED, date_embauche=None)) == ()


def test_several_causes_come_in_their_fixed_order() -> None:
    codes = found(employee=None, date_debut=None, duree_s=None, distance_m=-1.0, type_activite="?")
    assert codes == ("employe_inconnu", "date_absente", "duree_impossible", "distance_negative", "sport_inconnu")
    assert [code for code in CODES if code in codes] == list(codes)


def test_six_codes_exclude_and_the_last_three_only_report() -> None:
    assert CODES[:6] == EXCLUDING
    assert [code for code in CODES if counts([code])] == ["sport_inconnu", "distance_hors_sujet", "avant_embauche"]
    assert not counts(["sport_inconnu", "date_future"])
