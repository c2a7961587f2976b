"""`maps.py`: works out the home-office distances that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sportdata.adapters.distances import read_commuters, save_distances
from sportdata.adapters.places import french_places
from sportdata.adapters.recorded import read_recorded
from sportdata.adapters.unanswered import read_unanswered, remember_unanswered
from sportdata.contracts.distances import Commuter, Distance, Lost, Provider, fingerprint, is_expired, known_mode
from sportdata.contracts.parameters import read_parameters
from sportdata.errors import BrokenWorld, RefusedInput, WrongUse
from sportdata.local.google import Asked, Spending, ask_google
from sportdata.settings import Settings
from sportdata.stages.distances import Estimator, estimated, recorded
from sportdata.stages.places import Gazetteer

Echo = Callable[[str], None]
MOST_WARNINGS = 20
RENEW_BEFORE = timedelta(days=1)  # so that who runs `--provider google` every day loses none


def work_out(settings: Settings, provider: Provider, file: Path | None, echo: Echo, spending: Spending | None = None) -> None:
    """Works out the distance of every active employee whose journey has none yet, and says what was done by mode.

    `recorded` takes them from `file` and replaces estimates; `google` asks for those that have none, or only an estimate;
    `estimate` leaves every distance of an unchanged journey as it is. A distance of a journey that no longer exists is deleted
    when nothing replaces it, and so is one of Google that is older than it may be kept. Raises WrongUse, RefusedInput (the file or
    config.yml) or BrokenWorld (PostgreSQL, Google).
    """
    office = _office(settings)
    commuters = read_commuters(settings)
    if not commuters:
        raise WrongUse("there is no active employee yet: load a delivery first with `sportdata load-hr`")
    now = datetime.now(UTC)
    outdated = {one.employee_id for one in commuters if _is_outdated(one, office)}
    expired = {one.employee_id for one in commuters if is_expired(one.stored, now, settings.google_keep_days)} - outdated
    due = [one for one in commuters if one.stored is None or one.employee_id in outdated | expired]
    lost: list[Lost] = []
    left_out = 0
    if provider == "google":
        known = [one for one in commuters if one.stored and one.employee_id not in outdated | expired]
        due += [one for one in known if one.stored and one.stored.fournisseur == "estimate"]
        due += [one for one in known if is_expired(one.stored, now + RENEW_BEFORE, settings.google_keep_days)]
        try:
            asked = _asked(settings, due, office, spending or Spending(), now=now, echo=echo)
        except BrokenWorld:
            save_distances(settings, (), [one for one in commuters if one.employee_id in expired], office)  # what was renewed stays
            raise
        done, lost, left_out = asked.distances, asked.lost, asked.left_out
    elif provider == "recorded":
        done = [distance for distance in _recorded(file, commuters, echo) if not _is_stored(distance, office)]
    else:
        done, lost = _estimated(due, office, echo)
    replaced = {distance.commuter.employee_id for distance in done}
    dropped = (outdated | expired) - replaced
    gone = [one for one in commuters if one.employee_id in dropped]
    left_out += save_distances(settings, () if provider == "google" else done, gone, office)
    for line in [*_summary(commuters, done, lost, gone), *_reasons(lost), *_too_old(settings, provider, expired, replaced)]:
        echo(line)
    if left_out:
        echo(f"{left_out} changed meanwhile: run maps.py again")


def _office(settings: Settings) -> str:
    try:
        return read_parameters(settings.config.read_text(encoding="utf-8"), settings.config.name).office_address
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenWorld(f"{settings.config} cannot be read: {error}; it holds distance.office_address") from error


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


def _estimated(due: Sequence[Commuter], office: str, echo: Echo) -> tuple[list[Distance], list[Lost]]:
    if not due:
        return [], []
    echo(f"estimating {len(due)} distances to {office}, without a network")
    return estimated(due, Estimator(Gazetteer(french_places()), office))


def _asked(settings: Settings, due: Sequence[Commuter], office: str, spending: Spending, *, now: datetime, echo: Echo) -> Asked:
    """Google's answers, saved as they come; an address that it had no way for is not asked again until it changes or is old."""

    def save(found: Sequence[Distance], lost: Sequence[Lost]) -> int:
        remember_unanswered(settings, now, lost, office)
        return save_distances(settings, found, (), office)

    silent = read_unanswered(settings, now)
    asked = ask_google(settings, office, [one for one in due if _journey(one, office) not in silent], spending, save=save, echo=echo)
    asked.lost += [Lost(one, silent[_journey(one, office)]) for one in due if _journey(one, office) in silent]
    return asked


def _journey(commuter: Commuter, office: str) -> str:
    return fingerprint(commuter.adresse, commuter.moyen_deplacement, office)


def _is_outdated(commuter: Commuter, office: str) -> bool:
    """Whether the stored distance is of another journey; one without fingerprint was entered by hand, and stays."""
    stored = commuter.stored.empreinte_adresse if commuter.stored else None
    return stored is not None and stored != _journey(commuter, office)


def _is_stored(distance: Distance, office: str) -> bool:
    stored = distance.commuter.stored
    return stored is not None and (stored.distance_m, stored.incertitude_m, stored.fournisseur, stored.empreinte_adresse) == (
        distance.distance_m,
        distance.incertitude_m,
        distance.fournisseur,
        _journey(distance.commuter, office),
    )


def _reasons(lost: Sequence[Lost]) -> list[str]:
    """Why somebody has no distance; a declaration of an active mode is `inconnue` meanwhile."""
    lines = [f"warning: employee {one.commuter.employee_id}: {one.reason}" for one in lost[:MOST_WARNINGS]]
    return [*lines, f"warning: … and {len(lost) - MOST_WARNINGS} more without a distance"] if len(lost) > MOST_WARNINGS else lines


def _too_old(settings: Settings, provider: Provider, expired: Collection[int], replaced: Collection[int]) -> list[str]:
    """What became of Google's distances that are older than they may be kept."""
    if not expired:
        return []
    ids = ", ".join(map(str, sorted(expired)))
    which = f"{len(expired)} distances of Google are older than {settings.google_keep_days} days (SPORTDATA_GOOGLE_KEEP_DAYS)"
    deleted = len(set(expired) - set(replaced))
    if provider == "estimate":
        became = f"{len(expired) - deleted} replaced by estimates, {deleted} deleted; maps.py --provider google asks again"
    elif deleted:
        became = f"{len(expired) - deleted} replaced, {deleted} deleted; maps.py --provider estimate works them out"
    else:
        became = "all replaced"
    return [f"warning: {which}: {became} (employees {ids})"]


def _summary(commuters: Sequence[Commuter], done: Sequence[Distance], lost: Sequence[Lost], gone: Sequence[Commuter]) -> list[str]:
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
    unplaced = {one.commuter.employee_id for one in lost}
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
