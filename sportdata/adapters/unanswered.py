"""Journeys that Google has no way for, so that only a changed address is asked again: a small file in the home of the stack.

It holds fingerprints, days and reasons; no address and no employee. Who deletes it asks again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sportdata.contracts.distances import Lost, fingerprint
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings


def _file(settings: Settings) -> Path:
    return settings.home / "google_unanswered.json"


def read_unanswered(settings: Settings, now: datetime) -> dict[str, str]:
    """Fingerprint → reason and day, of the answers that are not too old. Raises BrokenWorld when the file is not what we wrote."""
    return {journey: f"{reason} (asked on {when:%Y-%m-%d})" for journey, (reason, when) in _read(settings, now).items()}


def remember_unanswered(settings: Settings, now: datetime, lost: Iterable[Lost], office: str) -> None:
    """Adds the journeys to `office` whose loss is lasting, by fingerprint, and forgets those that are too old."""
    reasons = {fingerprint(one.commuter.adresse, one.commuter.moyen_deplacement, office): one.reason for one in lost if one.is_lasting}
    if not reasons:
        return
    known = {journey: [reason, when.isoformat()] for journey, (reason, when) in _read(settings, now).items()}
    known |= {journey: [reason, now.isoformat()] for journey, reason in reasons.items()}
    file = _file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = file.with_suffix(".new")
    whole.write_text(json.dumps(known, indent=0, ensure_ascii=False), encoding="utf-8")
    whole.replace(file)


def _read(settings: Settings, now: datetime) -> dict[str, tuple[str, datetime]]:
    file = _file(settings)
    if not file.exists():
        return {}
    oldest = now - timedelta(days=settings.google_keep_days)
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        known = {str(journey): (str(reason), datetime.fromisoformat(when)) for journey, (reason, when) in rows.items()}
        return {journey: (reason, when) for journey, (reason, when) in known.items() if when > oldest}
    except (ValueError, TypeError, AttributeError) as error:
        raise BrokenWorld(f"{file} cannot be read ({error}): delete it, and Google is asked again for what it did not find") from error
