"""The history, the what-if and the practice: brought up to date beside the small tables and never in their way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.adapters.activity_counts import ActivityCounts
from sportdata.adapters.hr_versions import HrVersion
from sportdata.adapters.kpis_history import KpisHistory, Run
from sportdata.adapters.parameter_versions import ParameterVersion
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.progress import Face
from sportdata.contracts.tables import (
    DECLARATIONS,
    ELIGIBILITES_HISTORIQUE,
    HISTORIQUE_RUNS,
    HISTORY,
    KPIS_HISTORIQUE,
    PARAMETRES,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    RH_VERSIONS,
    SIMULATIONS,
    Table,
)
from sportdata.jobs import history_rows
from sportdata.jobs.company import Company
from sportdata.jobs.gold import GoldJob
from sportdata.jobs.known import day_number, day_of, parameters_by_day
from sportdata.jobs.touched import Taken
from sportdata.rules.parameters import Parameters
from sportdata.rules.sports import Catalogue
from sportdata.settings import Settings

WHOLE = tuple(table for table in HISTORY if table not in (KPIS_HISTORIQUE, HISTORIQUE_RUNS))  # written whole
LOOK_EVERY_S = 0.2
AT_MOST_EVERY_S = 30.0  # under a steady flow
QUIET_S, AFTER_S = 2.0, 5.0  # sooner, when nothing more comes
WANTED_AFTER_S = 1.0  # and soon, when somebody waits for it


class HistoryPublisher(threading.Thread):
    """Ends when told to, or with the error that it met (`failure`)."""

    def __init__(self, gold: GoldJob, settings: Settings) -> None:
        super().__init__(name="history", daemon=True)
        self._gold, self._settings = gold, settings
        self._kpis = KpisHistory(settings.lake, settings.history_lock)
        self._tables = {table: _Small(settings.lake, table) for table in WHOLE}
        self._company: Company | None = None
        self._stop_asked = threading.Event()
        self._last_at = float("-inf")
        self._last_wall = 0.0
        self._publications = 0
        self.failure: BaseException | None = None

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()

    def run(self) -> None:
        while not self._stop_asked.wait(LOOK_EVERY_S):
            try:
                if self._is_due():
                    self.publish()
            except BaseException as error:  # noqa: BLE001 - handed to the main loop, which ends the process with it
                self.failure = error
                return

    def _is_due(self) -> bool:
        with self._gold.lock:
            if self._gold.reads_anew or not self._gold.touched.pending:
                return False
            quiet_s = time.monotonic() - self._gold.touched.last_at
        since_s = time.monotonic() - self._last_at
        if since_s >= AT_MOST_EVERY_S or (quiet_s >= QUIET_S and since_s >= AFTER_S):
            return True
        return since_s >= WANTED_AFTER_S and _wanted_since(self._settings.progress, self._last_wall)

    def publish(self) -> None:
        """Takes up whatever has changed. Each table is one commit, and is left alone when it stays as it is."""
        self._last_wall = time.time()
        with self._gold.lock:
            moment = _Moment.of(self._gold, self._company)
            activities = ActivityCounts(self._gold.state.file)
        try:
            company = self._take_up(moment, activities)
        finally:
            activities.close()
        self._write(moment, company)
        self._company = company
        with self._gold.lock:
            self._gold.history_shows(moment.taken.turn, moment.face)
        self._last_at = time.monotonic()
        self._publications += 1
        if self._publications % delta.TIDY_EVERY == 0:
            self._kpis.tidy()
            for small in self._tables.values():
                delta.tidy(small.table)

    def _take_up(self, moment: _Moment, activities: ActivityCounts) -> Company:
        in_force = parameters_by_day(moment.parameter_versions, moment.today, moment.parameters)
        company = self._company
        if moment.everybody or company is None:
            company = Company(in_force, moment.today)
        elif moment.taken.rules:
            company = company.under(in_force)
        company.put(moment.versions, activities, moment.everybody)
        company.put_rights(moment.versions)
        company.put_done(moment.versions, activities, moment.everybody)
        return company

    def _write(self, moment: _Moment, company: Company) -> None:
        now, batch_id = self._gold.now(), moment.batch_id
        if self._company is None:
            first = Run("les valeurs montrées, jour par jour", json.dumps({}), day_of(company.first), "gold", now, batch_id)
            self._kpis.list_shown(first)
        small = self._tables
        small[PARAMETRES].show(history_rows.parametres(moment.parameter_versions), batch_id)
        if moment.all_versions is not None:
            small[RH_VERSIONS].show(history_rows.rh_versions(moment.all_versions), batch_id)
        small[ELIGIBILITES_HISTORIQUE].show(company.eligibilites_historique(), batch_id)
        small[SIMULATIONS].show(company.simulations(), batch_id)
        small[PROCHES_DU_SEUIL].show(company.proches_du_seuil(), batch_id)
        small[DECLARATIONS].show(company.declarations(), batch_id)
        small[PRATIQUE_MENSUELLE].show(company.pratique_mensuelle(_names(moment.catalogue)), batch_id)
        self._kpis.show(company.indicators.rows(), now, batch_id)  # last: an export that finds today's figures here trusts the others


class _Moment(NamedTuple):
    """What gold knows at one moment; `versions` are those of the employees to work out, `all_versions` everybody's when HR data moved."""

    taken: Taken
    everybody: bool
    versions: dict[int, list[HrVersion]]
    all_versions: dict[int, list[HrVersion]] | None
    parameter_versions: list[ParameterVersion]
    parameters: Parameters
    catalogue: Catalogue
    today: int
    batch_id: int
    face: Face

    @staticmethod
    def of(gold: GoldJob, known: Company | None) -> _Moment:
        """The caller holds gold's lock."""
        taken, everyone = gold.touched.take(), gold.versions.all
        everybody = taken.everything or known is None
        chosen = everyone.keys() if everybody else taken.employees & everyone.keys()
        return _Moment(
            taken=taken,
            everybody=everybody,
            versions={who: list(everyone[who]) for who in chosen},
            all_versions={who: list(read) for who, read in everyone.items()} if everybody or taken.hr else None,
            parameter_versions=list(gold.parameter_versions.all),
            parameters=gold.parameter_versions.all[-1].parameters,
            catalogue=gold.sports.value,
            today=day_number(gold.reference),
            batch_id=int(gold.state.remembered("batch_id") or 0),
            face=gold.face(),
        )


class _Small:
    """A table that is written whole, when its rows are others than before."""

    def __init__(self, lake: Lakeside, table: Table) -> None:
        self.table = delta.ensure(lake, table)
        self._schema = delta.arrow_schema(table)
        self._names = [name for name in table.column_names if name != "batch_id"]
        shown = delta.select(self.table, self._names).read_all()
        self._shown: pa.Table | None = shown.cast(pa.schema([self._schema.field(name) for name in self._names]))

    def show(self, rows: Iterable[dict[str, Any]], batch_id: int) -> None:
        wanted = pa.Table.from_pylist(list(rows), pa.schema([self._schema.field(name) for name in self._names]))
        if self._shown is not None and wanted.equals(self._shown):
            return
        self._shown = None  # until it is known that the commit has come about
        delta.overwrite(self.table, wanted.append_column("batch_id", pa.array([batch_id] * len(wanted), pa.int64())))
        self._shown = wanted


def _names(catalogue: Catalogue) -> Callable[[str | None], str | None]:
    @lru_cache(maxsize=10_000)
    def name(label: str | None) -> str | None:
        sport = catalogue.find(label)
        return None if sport is None else sport.nom

    return name


def _wanted_since(progress: Path, moment: float) -> bool:
    """Whether `sportdata wait` has asked since then; it leaves a mark where it may write."""
    try:
        return (progress / "wait").stat().st_mtime > moment
    except FileNotFoundError:
        return False
