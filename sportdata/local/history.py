"""`sportdata replay` and `sportdata simulate`: what each prints, and the parameters that it was given."""

from __future__ import annotations

import getpass
import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from sportdata.adapters.kpis_history import NAMES, Key, Values
from sportdata.contracts.parameters import read_parameters
from sportdata.errors import RefusedInput, WrongUse
from sportdata.jobs.history_rows import euros
from sportdata.jobs.replay import Replayed, company, plain, replay
from sportdata.local import containers
from sportdata.rules.declarations import CORRECTE
from sportdata.rules.parameters import Parameters
from sportdata.settings import Settings
from sportdata.stages.history.what_if import Entitlement, Somebody, entitlement

GIVEN = ("percent", "min_activities", "window_days", "days", "max_walk_km", "max_bike_km")
SHOWN = ("employees", "prime_total_eur", "prime_employees", "pending_eur", "wellness_employees", "wellness_days")
STDIN = Path("-")
Indicators = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a person gave to `sportdata replay`, as text."""

    since: str | None
    config: Path | None
    reason: str
    who: str | None


def run_replay(settings: Settings, asked: Asked, out: Console) -> int:
    since, config, reason = asked.since, asked.config, asked.reason
    if not reason.strip():
        raise WrongUse("--reason is empty: say in a few words why, for those who will compare the runs")
    text = _text(config or settings.config)
    who = asked.who or getpass.getuser()
    if settings.beside_containers:
        command = ["python", "-m", "sportdata", "replay", "--config", "-", "--reason", reason, "--by", who]
        return containers.in_gold([*command, *(["--from", since] if since else [])], text)
    parameters = read_parameters(text, str(config or settings.config.name))
    began = time.monotonic()
    with out.status("working out every day anew"):
        done = replay(settings, parameters, _day(since), reason, who)
    days = (done.today - done.first).days + 1
    took_s = time.monotonic() - began
    out.print(f"run {done.run}: {days} days, {done.first} to {done.today}, in gold.kpis_historique ({took_s:.1f} s)")
    _compare(done, out)
    return 0


def _text(file: Path) -> str:
    if file == STDIN:
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedInput(f"{file} cannot be read: {error}") from error


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"--from {text}: a day such as 2026-03-01 is needed") from error


def _compare(done: Replayed, out: Console) -> None:
    """The company on the last day: what is shown, and what the run says."""
    last = max(day for day, _ in done.values) if done.values else 0
    _grid(out, [("", "shown (run 0)", f"run {done.run}"), *_lines(done.shown, done.values, (last, None))])


def _lines(before: Mapping[Key, Values], after: Mapping[Key, Values], key: Key) -> Iterable[tuple[str, ...]]:
    for place, name in enumerate(NAMES):
        yield name, *(_shown(name, values[key][place]) if key in values else "" for values in (before, after))


def _shown(name: str, value: int) -> str:
    return str(euros(value)) if name.endswith("_eur") else str(value)


# -- what if ------------------------------------------------------------------------------------------------------------------------------


def run_simulate(settings: Settings, given: Mapping[str, str | None], as_json: bool, out: Console) -> int:
    """`given`: the parameters that shall differ, by name."""
    if all(value is None for value in given.values()):
        raise WrongUse(f"nothing to simulate: give at least one of {', '.join('--' + name.replace('_', '-') for name in GIVEN)}")
    if settings.beside_containers:
        flags = [part for name, value in given.items() if value is not None for part in (f"--{name.replace('_', '-')}", value)]
        return containers.in_gold(["python", "-m", "sportdata", "simulate", *flags, *(["--json"] if as_json else [])])
    now = read_parameters(_text(settings.config), settings.config.name)
    then = changed(now, given)
    found = compare(settings, now, then)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        _show(found, out)
    return 0


def changed(parameters: Parameters, given: Mapping[str, str | None]) -> Parameters:
    """Under the same bounds as config.yml. Raises RefusedInput."""
    values = {**plain(parameters), **{name: value for name, value in given.items() if value is not None}}
    reference = parameters.date_reference.isoformat() if parameters.date_reference else "null"
    text = "\n".join(
        [
            f"prime_sportive: {{percent: {values['percent']}}}",
            f"bien_etre: {{min_activities: {values['min_activities']}, window_days: {values['window_days']}, days: {values['days']}}}",
            "distance:",
            f"  max_walk_km: {values['max_walk_km']}",
            f"  max_bike_km: {values['max_bike_km']}",
            f"  office_address: {json.dumps(parameters.office_address)}",
            f"date_reference: {reference}",
        ]
    )
    return read_parameters(text, "the parameters to simulate")


def compare(settings: Settings, now: Parameters, then: Parameters) -> dict[str, Any]:
    """Both sets of indicators by BU, and who would have more or less; nothing is written."""
    everybody, _ = company(settings, now)
    today, simulated = everybody.working(), everybody.working(then.window_days)
    before = {who: entitlement(one, now) for who, one in today.items()}
    after = {who: entitlement(one, then) for who, one in simulated.items()}
    units = sorted({one.person.bu for one in today.values() if one.person.bu is not None})
    prime = {who: after[who].declaration.montant_prime - before[who].declaration.montant_prime for who in before}
    days = {who: after[who].wellness_days - before[who].wellness_days for who in before}
    return {
        "as_of": _iso(everybody.today),
        "parameters": {"now": plain(now), "simulated": plain(then)},
        "indicators": [{"bu": bu, "now": _sum(before, today, bu), "simulated": _sum(after, today, bu)} for bu in (*units, None)],
        "gain": {"prime_sportive": _who(prime, 1), "jours_bien_etre": _who(days, 1)},
        "lose": {"prime_sportive": _who(prime, -1), "jours_bien_etre": _who(days, -1)},
    }


def _iso(day: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()


def _who(change: Mapping[int, Any], sign: int) -> list[int]:
    return sorted(who for who, by in change.items() if by * sign > 0)


def _sum(entitlements: Mapping[int, Entitlement], people: Mapping[int, Somebody], bu: str | None) -> Indicators:
    of = [one for who, one in entitlements.items() if bu is None or people[who].person.bu == bu]
    nothing = euros(0)
    return {
        "employees": len(of),
        "prime_total_eur": str(sum((one.declaration.montant_prime for one in of), nothing)),
        "prime_employees": sum(one.declaration.etat == CORRECTE for one in of),
        "pending_eur": str(sum((one.declaration.montant_en_attente for one in of), nothing)),
        "wellness_employees": sum(one.earns_days for one in of),
        "wellness_days": sum(one.wellness_days for one in of),
    }


def _show(found: dict[str, Any], out: Console) -> None:
    lines = [("", "parameter", "now", "simulated")]
    now, then = found["parameters"]["now"], found["parameters"]["simulated"]
    lines += [("", name, str(now[name]), str(then[name])) for name in GIVEN if now[name] != then[name]]
    lines += [("", "", "", "")]
    for one in found["indicators"]:
        title = one["bu"] or "the whole company"
        for name in SHOWN:
            lines.append((title, name, str(one["now"][name]), str(one["simulated"][name])))
            title = ""
    _grid(out, lines)
    for what, sign in (("gain", "more"), ("lose", "less")):
        for right, ids in found[what].items():
            out.print(f"{sign} {right}: {len(ids)}" + (f" ({', '.join(map(str, ids))})" if ids else ""), markup=False)


def _grid(out: Console, lines: Iterable[tuple[str, ...]]) -> None:
    grid = Grid(box=None, pad_edge=False, show_header=False)
    for number, line in enumerate(rows := list(lines)):
        if not number:
            for place in range(len(line)):
                grid.add_column(justify="right" if place >= len(line) - 2 else "left", style="bold" if place == 0 else "")
        grid.add_row(*rows[number])
    out.print(grid)
