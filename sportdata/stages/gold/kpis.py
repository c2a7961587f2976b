"""`gold.kpis`: the company's indicators, summed from `gold.eligibilites`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE


def kpis(eligibilites: pa.Table, reference: date, batch_id: int) -> dict[str, Any]:
    """One row, the columns of `gold.kpis`."""

    def total(name: str) -> Any:
        return pc.sum(eligibilites[name]).as_py() or 0

    def in_state(state: str) -> int:
        return int(total_of(pc.equal(eligibilites["declaration_etat"], pa.scalar(state))))

    def total_of(flags: Any) -> int:
        return int(pc.sum(flags).as_py() or 0)

    return {
        "employees": eligibilites.num_rows,
        "prime_total_eur": Decimal(total("montant_prime_euros")),
        "prime_employees": total_of(eligibilites["prime_sportive"]),
        "pending_eur": Decimal(total("montant_en_attente_euros")),
        "wellness_employees": total_of(eligibilites["jours_bien_etre"]),
        "wellness_days": int(total("nb_jours_bien_etre")),
        "wrong_declarations": in_state(INCORRECTE),
        "to_check": in_state(A_VERIFIER),
        "unknown_distances": in_state(INCONNUE),
        "activities": int(total("nb_activites")),
        "last_activity": pc.max(eligibilites["derniere_activite"]).as_py(),
        "as_of": reference,
        "batch_id": batch_id,
    }
