"""`maps.py`: works out the home-office distances that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from sportdata.adapters.distances import read_commuters, save_distances
from sportdata.adapters.places import french_places
from sportdata.adapters.recorded import read_recorded
from sportdata.contracts.distances import Commuter, Distance, Provider, StoredDistance, fingerprint, known_mode
from sportdata.contracts.parameters import read_parameters
from sportdata.errors import BrokenWorld, RefusedInput, WrongUse
from sportdata.settings import Settings
from sportdata.stages.distances import Estimator, estimated, recorded
from sportdata.stages.places import Gazetteer

Echo = Callable[[str], None]
MOST_WARNINGS = 20


def work_out(settings: Settings, provider: Provider, file: Path | None, echo: Echo) -> None:
    """Works out the distance of every active employee whose journey has none yet, and says what was done by mode.

    `recorded` takes them from `file` and replaces estimates; `estimate` leaves every distance of an unchanged journey as it
    is. A distance of a journey that no longer exists is deleted when nothing replaces it. Raises WrongUse, RefusedInput
    (the file or config.yml) or BrokenWorld (PostgreSQL).
    """
    office = _office(settings)
    commuters = read_commuters(settings)
    if not commuters:
        raise WrongUse("there is no active employee yet: load a delivery first with `sportdata load-hr`")
    outdated = [commuter for commuter in commuters if _is_outdated(commuter, office)]
    lost: list[Commuter] = []
    if provider == "recorded":
        candidates = _recorded(file, commuters, echo)
    else:
        due = [commuter for commuter in commuters if commuter.stored is None or _is_outdated(commuter, office)]
        candidates, lost = _estimated(due, office, echo)
    distances = [distance for distance in candidates if not _is_stored(distance, office)]
    replaced = {distance.commuter.employee_id for distance in distances}
    gone = [commuter for commuter in outdated if commuter.employee_id not in replaced]
    left_out = save_distances(settings, distances, gone, office)
    for line in _summary(commuters, distances, lost, gone):
        echo(line)
    if left_out:
        echo(f"{left_out} changed meanwhile: run maps.py again")


def _office(settings: Settings) -> str:
    try:
        return read_parameters(settings.config.read_text(encoding="utf-8"), settings.config.name).office_address
    except OSError as error:
        raise BrokenWorld(f"{settings.config}: {error.strerror}; it holds distance.office_address") from error


def _recorded(file: Path | None, commuters: Sequence[Commuter], echo: Echo) -> list[Distance]:
    if file is None:
        raise WrongUse("--provider recorded needs --file, a CSV with employee_id,mode,distance_km")
    rows = read_recorded(file)
    echo(f"{len(rows)} recorded distances in {file.name}")
    try:
        found = recorded(rows, commuters)
    except RefusedInput as error:
        raise RefusedInput(f"{file}, {error}; nothing of it was taken") from error
    for warning in found.warnings[:MOST_WARNINGS]:
        echo(f"warning: {file.name}, {warning}")
    if len(found.warnings) > MOST_WARNINGS:
        echo(f"warning: … and {len(found.warnings) - MOST_WARNINGS} more rows ignored")
    return list(found.distances)


def _estimated(due: Sequence[Commuter], office: str, echo: Echo) -> tuple[list[Distance], list[Commuter]]:
    if not due:
        return [], []
    echo(f"estimating {len(due)} distances to {office}, without a network")
    return estimated(due, Estimator(Gazetteer(french_places()), office))


def _is_outdated(commuter: Commuter, office: str) -> bool:
    """Whether the stored distance is of another journey; one without fingerprint was entered by hand, and stays."""
    stored = commuter.stored.empreinte_adresse if commuter.stored else None
    return stored is not None and stored != fingerprint(commuter.adresse, commuter.moyen_deplacement, office)


def _is_stored(distance: Distance, office: str) -> bool:
    commuter = distance.commuter
    journey = fingerprint(commuter.adresse, commuter.moyen_deplacement, office)
    return commuter.stored == StoredDistance(distance.distance_m, distance.incertitude_m, distance.fournisseur, journey)


def _summary(commuters: Sequence[Commuter], done: Sequence[Distance], lost: Sequence[Commuter], gone: Sequence[Commuter]) -> list[str]:
    """One line a mode; those without a distance by their ids."""
    touched = {distance.commuter.employee_id for distance in done}
    without = {commuter.employee_id for commuter in gone}
    worked_out: Counter[str] = Counter()
    unchanged: Counter[str] = Counter()
    missing: dict[str, list[int]] = {}
    for commuter in commuters:
        mode = known_mode(commuter.moyen_deplacement) or "unknown mode"
        if commuter.employee_id in touched:
            worked_out[mode] += 1
        elif commuter.stored and commuter.employee_id not in without:
            unchanged[mode] += 1
        else:
            missing.setdefault(mode, []).append(commuter.employee_id)
    unplaced = {commuter.employee_id for commuter in lost}
    lines = []
    for mode in sorted(set(worked_out) | set(unchanged) | set(missing)):
        line = f"{mode}: {worked_out[mode]} worked out, {unchanged[mode]} unchanged"
        for reason, ids in (
            ("not placed", [one for one in missing.get(mode, []) if one in unplaced]),
            ("without a distance", [one for one in missing.get(mode, []) if one not in unplaced]),
        ):
            line += f", {len(ids)} {reason} (employees {', '.join(map(str, ids))})" if ids else ""
        lines.append(line)
    return lines
