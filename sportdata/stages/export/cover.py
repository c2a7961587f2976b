"""The cover of an edition: of when it is, under which parameters, with which totals, and what it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sportdata.contracts.editions import Kind


class Line(NamedTuple):
    """`kind` says how the value is meant, as of a column; a section has neither label nor value."""

    section: str
    label: str
    value: Any
    kind: Kind


class Source(NamedTuple):
    """What one sheet was read from; no batch: the table is empty or, when there is no version either, not there."""

    title: str
    rows: int
    batch_id: int | None
    version: int | None


TOTALS: tuple[tuple[str, str, Kind], ...] = (
    ("employees", "Salariés actifs", "count"),
    ("prime_total_eur", "Primes sportives", "money"),
    ("prime_employees", "Salariés avec prime", "count"),
    ("pending_eur", "Primes en attente (à vérifier ou distance inconnue)", "money"),
    ("wellness_employees", "Salariés avec journées bien-être", "count"),
    ("wellness_days", "Journées bien-être", "count"),
    ("wrong_declarations", "Déclarations incorrectes", "count"),
    ("to_check", "Déclarations à vérifier", "count"),
    ("unknown_distances", "Distances inconnues", "count"),
    ("activities", "Activités comptées", "count"),
    ("last_activity", "Dernière activité (heure de Paris)", "instant"),
)
PARAMETERS: tuple[tuple[str, str, Kind], ...] = (
    ("percent", "Taux de la prime (part du salaire brut annuel)", "share"),
    ("max_walk_km", "Limite à pied ou en courant (km)", "km"),
    ("max_bike_km", "Limite à vélo, trottinette ou autres (km)", "km"),
    ("min_activities", "Activités exigées pour les journées bien-être", "count"),
    ("window_days", "Période prise en compte (jours)", "count"),
    ("days", "Journées bien-être par salarié", "count"),
    ("connu_du", "En vigueur depuis (heure de Paris)", "instant"),
)


def cover(
    kpis: Mapping[str, Any], parameters: Mapping[str, Any] | None, sources: list[Source], now: datetime, is_hr: bool
) -> Iterator[Line]:
    """`kpis` and `parameters`: rows of gold.kpis and gold.parametres, the second None in a lake that has none."""
    who = "avec les noms, réservée aux ressources humaines" if is_hr else "sans nom ; les montants individuels révèlent des salaires"
    yield Line("Édition", "Contenu", who, "text")
    yield Line("Édition", "Situation au", kpis["as_of"], "date")
    yield Line("Édition", "Écrite le (heure de Paris)", now, "instant")
    yield Line("Édition", "Lot de données", kpis["batch_id"], "id")
    for name, label, kind in TOTALS:
        yield Line("Totaux", label, kpis[name], kind)
    for name, label, kind in PARAMETERS:
        if parameters is not None:
            yield Line("Règles en vigueur", label, parameters[name], kind)
    if parameters is None:
        yield Line("Règles en vigueur", "Non enregistrées par cette version du lac", None, "text")
    for source in sources:
        yield Line("Lignes, et ce dont elles viennent", f"{source.title} ({_origin(source)})", source.rows, "count")


def _origin(source: Source) -> str:
    if source.version is None:
        return "table absente de ce lac"
    return f"version {source.version} de la table" + (
        "" if source.batch_id is None else f", écrite au plus tard par le lot {source.batch_id}"
    )
