"""`hr.distances` in PostgreSQL: who needs a distance, and the distances that were worked out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sportdata.adapters.postgres import Connection, connect
from sportdata.contracts.distances import Commuter, Distance, StoredDistance, fingerprint, known_mode
from sportdata.settings import Settings

_COMMUTERS = """
SELECT e.employee_id, e.adresse, e.moyen_deplacement,
       d.employee_id IS NOT NULL, d.distance_m, d.incertitude_m, d.fournisseur, d.empreinte_adresse, d.calcule_le
FROM hr.employes e LEFT JOIN hr.distances d USING (employee_id)
WHERE e.actif ORDER BY e.employee_id"""

# FOR SHARE: nobody changes these journeys before the distances are committed
_JOURNEYS = "SELECT employee_id, adresse, moyen_deplacement FROM hr.employes WHERE actif AND employee_id = ANY(%s) FOR SHARE"

# What is better stays: recorded over google over estimate. Of another journey anything is replaced; what was entered by hand
# (without fingerprint or provider) only by something recorded. Google's answer is written even if it is the same as before:
# it is young again.
_UPSERT = """
INSERT INTO hr.distances AS d (employee_id, mode, distance_m, incertitude_m, fournisseur, empreinte_adresse, calcule_le)
VALUES (%(employee_id)s, %(mode)s, %(distance_m)s, %(incertitude_m)s, %(fournisseur)s, %(empreinte)s, now())
ON CONFLICT (employee_id) DO UPDATE SET
  mode = excluded.mode, distance_m = excluded.distance_m, incertitude_m = excluded.incertitude_m,
  fournisseur = excluded.fournisseur, empreinte_adresse = excluded.empreinte_adresse, calcule_le = excluded.calcule_le
WHERE (excluded.fournisseur = 'google'
    OR (d.mode, d.distance_m, d.incertitude_m, d.fournisseur, d.empreinte_adresse) IS DISTINCT FROM
       (excluded.mode, excluded.distance_m, excluded.incertitude_m, excluded.fournisseur, excluded.empreinte_adresse))
  AND (d.empreinte_adresse <> excluded.empreinte_adresse
    OR CASE excluded.fournisseur
         WHEN 'recorded' THEN true
         WHEN 'google' THEN d.fournisseur IN ('google', 'estimate')
         ELSE d.fournisseur = 'estimate'
           OR (d.fournisseur = 'google' AND (d.calcule_le IS NULL OR d.calcule_le <= now() - make_interval(days => %(keep_days)s)))
       END)"""

_DELETE = """
DELETE FROM hr.distances
WHERE employee_id = %s AND empreinte_adresse = %s AND calcule_le IS NOT DISTINCT FROM %s"""


def read_commuters(settings: Settings) -> list[Commuter]:
    """The active employees, each with the distance stored for them, by id."""
    with connect(settings, "sportdata_hr") as connection:
        rows = connection.execute(_COMMUTERS).fetchall()
    return [
        Commuter(employee_id, adresse, mode, StoredDistance(*stored) if is_stored else None)
        for employee_id, adresse, mode, is_stored, *stored in rows
    ]


def save_distances(settings: Settings, distances: Sequence[Distance], gone: Collection[Commuter], office: str) -> int:
    """Writes distances and deletes those of `gone` (another journey, or too old to be kept), in one transaction.

    A distance whose employee left, moved or changed mode since it was read is left out, for the next run to work out; a row
    that would not change is not touched. Returns how many distances were left out.
    """
    with connect(settings, "sportdata_hr") as connection:
        current = _journeys(connection, [distance.commuter.employee_id for distance in distances])
        fresh = [distance for distance in distances if current.get(distance.commuter.employee_id) == _journey(distance.commuter)]
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT, [_row(distance, office) | {"keep_days": settings.google_keep_days} for distance in fresh])
            read = [(one.employee_id, one.stored) for one in gone if one.stored]
            cursor.executemany(_DELETE, [(employee_id, row.empreinte_adresse, row.calcule_le) for employee_id, row in read])
    return len(distances) - len(fresh)


def forget_expired(connection: Connection, keep_days: int) -> set[int]:
    """Deletes Google's distances that are older than they may be kept; whose they were."""
    return {row[0] for row in connection.execute("SELECT hr.oublie_distances(%s)", (keep_days,))}


def have_distance(connection: Connection, employees: Collection[int]) -> set[int]:
    """Those who have a distance, of these employees; and those who have left, for they need none."""
    query = """SELECT employee_id FROM hr.distances WHERE employee_id = ANY(%(ids)s)
               UNION SELECT employee_id FROM hr.employes WHERE employee_id = ANY(%(ids)s) AND NOT actif"""
    return {row[0] for row in connection.execute(query, {"ids": list(employees)})}


def _journeys(connection: Connection, ids: list[int]) -> dict[int, tuple[str | None, str | None]]:
    return {employee_id: (adresse, mode) for employee_id, adresse, mode in connection.execute(_JOURNEYS, (ids,))}


def _journey(commuter: Commuter) -> tuple[str | None, str | None]:
    return commuter.adresse, commuter.moyen_deplacement


def _row(distance: Distance, office: str) -> dict[str, object]:
    commuter = distance.commuter
    return {
        "employee_id": commuter.employee_id,
        "mode": known_mode(commuter.moyen_deplacement),
        "distance_m": distance.distance_m,
        "incertitude_m": distance.incertitude_m,
        "fournisseur": distance.fournisseur,
        "empreinte": fingerprint(*_journey(commuter), office),
    }
