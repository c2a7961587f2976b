"""`hr.distances` in PostgreSQL: who needs a distance, and the distances that were worked out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sportdata.adapters.postgres import Connection, connect
from sportdata.contracts.distances import Commuter, Distance, StoredDistance, fingerprint, known_mode
from sportdata.settings import Settings

_COMMUTERS = """
SELECT e.employee_id, e.adresse, e.moyen_deplacement,
       d.employee_id IS NOT NULL, d.distance_m, d.incertitude_m, d.fournisseur, d.empreinte_adresse
FROM hr.employes e LEFT JOIN hr.distances d USING (employee_id)
WHERE e.actif ORDER BY e.employee_id"""

# FOR SHARE: nobody changes these journeys before the distances are committed
_JOURNEYS = "SELECT employee_id, adresse, moyen_deplacement FROM hr.employes WHERE actif AND employee_id = ANY(%s) FOR SHARE"

# an estimate replaces an estimate, or the distance of another journey: nothing better, and nothing entered by hand
_UPSERT = """
INSERT INTO hr.distances AS d (employee_id, mode, distance_m, incertitude_m, fournisseur, empreinte_adresse, calcule_le)
VALUES (%s, %s, %s, %s, %s, %s, now())
ON CONFLICT (employee_id) DO UPDATE SET
  mode = excluded.mode, distance_m = excluded.distance_m, incertitude_m = excluded.incertitude_m,
  fournisseur = excluded.fournisseur, empreinte_adresse = excluded.empreinte_adresse, calcule_le = excluded.calcule_le
WHERE (d.mode, d.distance_m, d.incertitude_m, d.fournisseur, d.empreinte_adresse)
  IS DISTINCT FROM (excluded.mode, excluded.distance_m, excluded.incertitude_m, excluded.fournisseur, excluded.empreinte_adresse)
  AND (excluded.fournisseur <> 'estimate' OR d.fournisseur = 'estimate' OR d.empreinte_adresse <> excluded.empreinte_adresse)"""


def read_commuters(settings: Settings) -> list[Commuter]:
    """The active employees, each with the distance stored for them, by id."""
    with connect(settings, "sportdata_hr") as connection:
        rows = connection.execute(_COMMUTERS).fetchall()
    return [
        Commuter(employee_id, adresse, mode, StoredDistance(*stored) if is_stored else None)
        for employee_id, adresse, mode, is_stored, *stored in rows
    ]


def save_distances(settings: Settings, distances: Sequence[Distance], outdated: Collection[Commuter], office: str) -> int:
    """Writes distances and deletes the outdated ones of journeys that no longer exist, in one transaction.

    A distance whose employee left, moved or changed mode since it was read is left out, for the next run to work out; a row
    that would not change is not touched. Returns how many distances were left out.
    """
    with connect(settings, "sportdata_hr") as connection:
        current = _journeys(connection, [distance.commuter.employee_id for distance in distances])
        fresh = [distance for distance in distances if current.get(distance.commuter.employee_id) == _journey(distance.commuter)]
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT, [_row(distance, office) for distance in fresh])
            cursor.executemany(
                "DELETE FROM hr.distances WHERE employee_id = %s AND empreinte_adresse = %s",
                [(commuter.employee_id, commuter.stored.empreinte_adresse) for commuter in outdated if commuter.stored],
            )
    return len(distances) - len(fresh)


def _journeys(connection: Connection, ids: list[int]) -> dict[int, tuple[str | None, str | None]]:
    return {employee_id: (adresse, mode) for employee_id, adresse, mode in connection.execute(_JOURNEYS, (ids,))}


def _journey(commuter: Commuter) -> tuple[str | None, str | None]:
    return commuter.adresse, commuter.moyen_deplacement


def _row(distance: Distance, office: str) -> tuple[object, ...]:
    commuter = distance.commuter
    return (
        commuter.employee_id,
        known_mode(commuter.moyen_deplacement),
        distance.distance_m,
        distance.incertitude_m,
        distance.fournisseur,
        fingerprint(*_journey(commuter), office),
    )
