"""`sportdata report`: gold at one moment as a page to read or print."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from sportdata.adapters.gold_snapshot import GoldSnapshot
from sportdata.adapters.hr_names import Names, read_names
from sportdata.adapters.whole_files import written_whole
from sportdata.contracts.tables import (
    DECLARATIONS,
    ELIGIBILITES,
    KPIS_HISTORIQUE,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    SIMULATIONS,
)
from sportdata.local.export import HR_WARNING, refuse_containers, trailing
from sportdata.settings import Settings
from sportdata.stages.report.figures import Gold
from sportdata.stages.report.page import page

TABLES = (ELIGIBILITES, DECLARATIONS, PROCHES_DU_SEUIL, PRATIQUE_MENSUELLE, KPIS_HISTORIQUE, SIMULATIONS)


def run_report(settings: Settings, file: Path | None, is_hr: bool, out: Console, now: datetime | None = None) -> int:
    refuse_containers(settings, "report")
    began = time.monotonic()
    found = GoldSnapshot(settings.lake, TABLES)
    gold = gathered(found, read_names(settings) if is_hr else None, now or datetime.now(UTC))
    target = file or Path(f"rapport{'-rh' if is_hr else ''}-{found.kpis['as_of']}.html")
    doubts = [f"{name} n'a pas encore suivi le dernier lot : attendre (sportdata wait), puis recommencer." for name in trailing(found)]
    with written_whole([target], is_hr) as beside:
        beside[target].write_text(page(gold, doubts), encoding="utf-8")
    took_s = time.monotonic() - began
    out.print(
        f"{target} ({target.stat().st_size:,} bytes): batch {found.batch_id}, as of {found.kpis['as_of']} ({took_s:.1f} s)", markup=False
    )
    if is_hr:
        out.print(HR_WARNING, markup=False)
    return 0


def gathered(found: GoldSnapshot, names: Names | None, now: datetime) -> Gold:
    """What the page is made of."""
    rows = {table.name: found.rows(table) for table in TABLES}
    return Gold(kpis=found.kpis, parameters=found.parameters, names=names, now=now, **rows)
