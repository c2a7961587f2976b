"""`gold.anomalies`: what somebody should look at, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sportdata.rules import activities as rules
from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = "evenement_illisible"

# the row: id, employee_id, date_debut (µs), type_activite, distance_m, duree_s, commentaire, jour, compte
_DETAIL: dict[str, Callable[[tuple[Any, ...]], str]] = {
    rules.EMPLOYE_INCONNU: lambda row: f"employee_id {row[1]} inconnu ou parti",
    rules.DATE_ABSENTE: lambda row: "date_debut vide",
    rules.DATE_FUTURE: lambda row: f"date_debut {instant(row[2]):%Y-%m-%dT%H:%M:%SZ}",
    rules.DUREE_IMPOSSIBLE: lambda row: f"duree_s {row[5]}",
    rules.DISTANCE_NEGATIVE: lambda row: f"distance_m {row[4]}",
    rules.VITESSE_IMPOSSIBLE: lambda row: f"{row[3]} : {row[4]} m en {row[5]} s",
    rules.SPORT_INCONNU: lambda row: f"type_activite {row[3]!r}",
    rules.DISTANCE_HORS_SUJET: lambda row: f"{row[3]} : distance_m {row[4]}",
    rules.AVANT_EMBAUCHE: lambda row: f"date_debut {instant(row[2]):%Y-%m-%dT%H:%M:%SZ}",
}


def instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def of_activities(found: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """found: (codes, depuis, then the row)."""
    for codes, since, *row in found:
        for code in codes.split(","):
            detail = _DETAIL[code](tuple(row))
            yield {"objet": "activite", "reference": str(row[0]), "code": code, "detail": detail, "depuis": since and instant(since)}


def of_declarations(eligibilites: Iterable[dict[str, Any]], since: Callable[[int], datetime | None]) -> Iterator[dict[str, Any]]:
    """Rows of gold.eligibilites whose declaration is wrong, doubtful or without a distance."""
    for row in eligibilites:
        state = row["declaration_etat"]
        if state not in {INCORRECTE, A_VERIFIER, INCONNUE}:
            continue
        distance = "distance inconnue" if state == INCONNUE else f"distance {row['distance_km']} km"
        detail = f"{row['moyen_deplacement']} : {distance}, limite {row['limite_km']} km"
        who = row["employee_id"]
        yield {"objet": "declaration", "reference": str(who), "code": state, "detail": detail, "depuis": since(who)}


def of_events(aside: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """aside: (topic, partition, offset, reason, since)."""
    for topic, partition, offset, reason, since in aside:
        reference = f"{topic}/{partition}@{offset}"
        yield {"objet": "evenement", "reference": reference, "code": UNREADABLE, "detail": reason, "depuis": since and instant(since)}
