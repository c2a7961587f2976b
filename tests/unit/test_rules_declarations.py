"""Who earns what (CONTRACT §5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from sportdata.rules.declarations import judge, wellness
from sportdata.rules.parameters import Parameters

PARAMETERS = Parameters(Decimal("0.05"), 15, 365, 5, Decimal("15"), Decimal("25"), "ici", None)
SALARY = Decimal("30000.00")


@pytest.mark.parametrize(
    ("mode", "distance_m", "doubt_m", "etat", "correcte"),
    [
        ("Marche/running", 15_000, 0, "correcte", True),
        ("MARCHE/RUNNING", 15_001, 0, "incorrecte", False),
        ("marche/running", 14_500, 500, "correcte", True),
        ("marche/running", 14_501, 500, "a_verifier", None),
        ("marche/running", 15_500, 500, "a_verifier", None),
        ("marche/running", 15_501, 500, "incorrecte", False),
        ("ve\u0301lo/trottinette/autres", 25_000, 0, "correcte", True),
        ("Velo/Trottinette/Autres", 25_001, 0, "incorrecte", False),
        ("Vélo/Trottinette/Autres", None, 0, "inconnue", None),
        ("Transports en commun", 1_000, 0, "sans_objet", True),
        ("Téléportation", None, 0, "sans_objet", True),
        (None, 1_000, 0, "sans_objet", True),
    ],
)
def test_a_commute_is_judged_to_the_metre(mode: str | None, distance_m: int | None, doubt_m: int, etat: str, correcte: bool | None) -> None:
    said = judge(mode, SALARY, distance_m, doubt_m, PARAMETERS)
    assert (said.etat, said.correcte, said.prime) == (etat, correcte, etat == "correcte")
    assert said.montant_prime == (Decimal("1500.00") if etat == "correcte" else 0)
    assert said.montant_en_attente == (Decimal("1500.00") if correcte is None else 0)


@pytest.mark.parametrize(
    ("salary", "amount"), [("30000.09", "1500.00"), ("30000.10", "1500.01"), ("0.10", "0.01"), ("0.09", "0.00"), ("0.30", "0.02")]
)
def test_half_a_cent_is_rounded_up_for_each_employee(salary: str, amount: str) -> None:
    assert str(judge("Marche/running", Decimal(salary), 0, 0, PARAMETERS).montant_prime) == amount


def test_no_salary_earns_zero_and_the_limit_follows_the_parameters() -> None:
    said = judge("Marche/running", None, 8_001, 0, replace(PARAMETERS, max_walk_km=Decimal("8.001")))
    assert (said.prime, str(said.montant_prime), said.limite_km) == (True, "0.00", Decimal("8.001"))


@pytest.mark.parametrize(("count", "days"), [(0, (False, 0)), (14, (False, 0)), (15, (True, 5)), (16, (True, 5))])
def test_fifteen_activities_earn_the_days(count: int, days: tuple[bool, int]) -> None:
    assert wellness(count, PARAMETERS) == days
