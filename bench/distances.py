"""How good the offline estimate is, by mode, on recorded distances; and the detours to write into sportdata/contracts/calibration.py.

example: python bench/distances.py --rh rh.xlsx --sport sport.xlsx --distances recorded.csv [--detours]
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.places import french_places
from sportdata.adapters.recorded import read_recorded
from sportdata.adapters.workbook import read_workbook
from sportdata.contracts.distances import Commuter, travel_mode
from sportdata.contracts.parameters import read_parameters
from sportdata.local.script import run
from sportdata.rules.calendar import today_in_paris
from sportdata.rules.declarations import A_VERIFIER, CORRECTE, INCORRECTE, limit_km, state
from sportdata.rules.parameters import Parameters
from sportdata.settings import Settings
from sportdata.stages.calibrate import Judged, Way, fit_detours, judge
from sportdata.stages.delivery import read_delivery
from sportdata.stages.distances import Estimator, estimated, recorded
from sportdata.stages.places import Gazetteer

ACTIVE = ("walking", "bicycling")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--rh", "--sport", "--distances"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--detours", action="store_true", help="print the detours of all towns, as Python")
    asked, settings = parser.parse_args(), Settings()
    parameters = read_parameters(settings.config.read_text(encoding="utf-8"), settings.config.name)
    office, gazetteer = parameters.office_address, Gazetteer(french_places())
    today = today_in_paris(datetime.now(UTC))
    delivery = read_delivery(read_workbook(asked.rh), read_workbook(asked.sport), catalogue(settings), today)
    commuters = [Commuter(one.employee_id, one.adresse, one.moyen_deplacement) for one in delivery.employees]
    ways = [
        Way(found.commuter.adresse or "", found.commuter.moyen_deplacement or "", mode, found.distance_m)
        for found in recorded(read_recorded(asked.distances), commuters).distances
        if (mode := travel_mode(found.commuter.moyen_deplacement))
    ]
    if asked.detours:
        for town, detour in fit_detours(ways, Estimator(gazetteer, office, {})).items():
            print(f'    "{town}": Detour({detour.ways}, {detour.ratio}),')
        return
    show("no detours (the plain estimate)", judge(ways, gazetteer, office, lambda *_: False), parameters)
    show("each way left out in turn", judge(ways, gazetteer, office, lambda way, _, other, __: way is not other), parameters)
    show("each town left out in turn", judge(ways, gazetteer, office, lambda _, home, __, town: home != town), parameters)
    show("in-sample (what is delivered)", judge(ways, gazetteer, office, lambda *_: True), parameters)
    others(commuters, ways, Estimator(gazetteer, office), parameters)


def show(title: str, judged: list[Judged], parameters: Parameters) -> None:
    """One line a mode: median and mean absolute error, coverage; for active modes, doubtful and wrong decisions."""
    print(f"\n{title}")
    groups = {mode: [one for one in judged if one.way.mode == mode] for mode in ("walking", "bicycling", "transit", "driving")}
    groups = {"active modes": [one for one in judged if one.way.mode in ACTIVE], **groups}
    for name, group in groups.items():
        errors = [one.error_m / 1000 for one in group]
        held = sum(one.is_held for one in group)
        print(f"  {name:13} n={len(group):2}  median {median(errors):.2f} km  mean {mean(errors):.2f}  held {held}/{len(group)}", end="")
        states = [_states(one, parameters) for one in group if one.way.mode in ACTIVE]
        wrong = sum(said in (CORRECTE, INCORRECTE) and said != truth for said, truth in states)
        print(f"  a_verifier {sum(said == A_VERIFIER for said, _ in states)}  wrong {wrong}" if states else "")


def _states(one: Judged, parameters: Parameters) -> tuple[str, str]:
    limit = limit_km(one.way.moyen_deplacement, parameters)
    return state(limit, one.estimate_m, one.incertitude_m), state(limit, one.way.distance_m, 0)


def others(commuters: list[Commuter], ways: list[Way], estimator: Estimator, parameters: Parameters) -> None:
    """What is decided for the active commuters of the whole delivery, and for those without a recorded distance."""
    known = {(way.address, way.moyen_deplacement) for way in ways}
    placed, lost = estimated(commuters, estimator)
    for title, chosen in (
        ("all", placed),
        ("not recorded", [one for one in placed if (one.commuter.adresse, one.commuter.moyen_deplacement) not in known]),
    ):
        active = [one for one in chosen if limit_km(one.commuter.moyen_deplacement, parameters)]
        states = [state(limit_km(one.commuter.moyen_deplacement, parameters), one.distance_m, one.incertitude_m) for one in active]
        print(f"\nactive commuters, {title}: {len(states)}, " + ", ".join(f"{states.count(one)} {one}" for one in sorted(set(states))))
    active_lost = [one for one in lost if limit_km(one.commuter.moyen_deplacement, parameters)]
    print(f"not placed: {len(lost)}, active among them: {len(active_lost)}")


if __name__ == "__main__":
    run(main)
