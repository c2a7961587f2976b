"""What people look at: eligibilites, anomalies and kpis, one complete batch at a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.gold_state import GoldState
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.spark import write_code
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import ANOMALIES, ELIGIBILITES, GOLD, HR_VERSIONS, KPIS, Table
from sportdata.jobs import measured
from sportdata.rules.parameters import Parameters
from sportdata.stages.gold import anomalies
from sportdata.stages.gold.columns import eligibilites
from sportdata.stages.gold.kpis import kpis

# Arrow tables become local relations; rows of Python objects would go through Python workers in every batch.
EMPLOYEES_SCHEMA: pa.Schema = delta.arrow_schema_of(
    HR_VERSIONS, "employee_id", "bu", "date_embauche", "salaire_brut", "moyen_deplacement", "actif", "distance_m", "incertitude_m"
)
COUNTS_SCHEMA: pa.Schema = delta.arrow_schema_of(ELIGIBILITES, "nb_activites", "derniere_activite")


class Publication:
    """`employees` are the HR data in force, rows of EMPLOYEES_SCHEMA; whoever changes them sets them anew."""

    employees: pa.Table

    def __init__(self, spark: SparkSession, lake: Lakeside, state: GoldState, versions: HrVersions) -> None:
        self._spark, self._state, self._versions = spark, state, versions
        self._tables = {table: delta.ensure(lake, table) for table in GOLD}
        self._counts: dict[int, tuple[int, int | None]] = {}
        self._rights: pa.Table | None = None
        self._dated_by = 0

    def count(self, employees: set[int] | None, after: int, until: int) -> None:
        """Takes the counts of these employees, or everybody's, from the memory anew; after < day ≤ until, days since 1970."""
        if employees is None or len(employees) > 500:
            chosen = None
            self._counts = {}
        else:
            chosen = sorted(employees)
            for who in chosen:
                self._counts.pop(who, None)
        for who, count, last in self._state.counts(chosen, after, until):
            self._counts[who] = (count, last)

    def publish(self, parameters: Parameters, reference: date) -> None:
        """One complete batch of eligibilites, anomalies and kpis, each in one commit."""
        batch_id = int(self._state.remembered("batch_id") or 0) + 1
        write_code(self._spark, len(self.employees))
        rights = eligibilites(self._spark.createDataFrame(self._people()), parameters, reference).toArrow()
        rights = rights.append_column("batch_id", pa.array([batch_id] * len(rights), pa.int64())).cast(delta.arrow_schema(ELIGIBILITES))
        declarations_moved = self._rights is None or not _same_declarations(self._rights, rights)
        declarations_moved |= self._dated_by != self._versions.version  # one may stand as before, and be of a later edit
        self._rights, self._dated_by = rights, self._versions.version
        written = len(rights) + 1
        delta.overwrite(self._tables[ELIGIBILITES], rights)
        if declarations_moved or self._state.anomalies_touched:
            found = self._anomalies(rights)
            self._write(ANOMALIES, [{**row, "batch_id": batch_id} for row in found])
            measured.anomalies((row["objet"], row["code"]) for row in found)
            written += len(found)
            self._state.anomalies_touched = False
        indicators = kpis(rights, reference, batch_id)
        self._write(KPIS, [indicators])
        measured.published(indicators, written)
        self._state.remember("batch_id", str(batch_id))
        if batch_id % delta.TIDY_EVERY == 0:
            for table in self._tables.values():
                delta.tidy(table)

    def _people(self) -> pa.Table:
        """The HR data with what each has done: one relation, so that Spark neither joins nor starts a job for them."""
        ids: list[Any] = self.employees["employee_id"].to_pylist()
        counts = [self._counts.get(who, (0, None)) for who in ids]
        people = self.employees
        for place, field in enumerate(COUNTS_SCHEMA):
            people = people.append_column(field, pa.array([count[place] for count in counts], field.type))
        return people

    def _anomalies(self, rights: pa.Table) -> list[dict[str, Any]]:
        found = [
            *anomalies.of_activities(self._state.anomalies()),
            *anomalies.of_declarations(rights.to_pylist(), self._declared_since),
            *anomalies.of_events(self._state.events_aside()),
        ]
        return sorted(found, key=lambda row: (row["objet"], row["reference"], row["code"]))

    def _declared_since(self, who: int) -> datetime | None:
        row = self._versions.rows[who]
        return max((moment for moment in (row.modifie_le, row.calcule_le) if moment is not None), default=None)

    def _write(self, table: Table, rows: list[dict[str, Any]]) -> None:
        delta.overwrite(self._tables[table], pa.Table.from_pylist(rows, delta.arrow_schema(table)))


def _same_declarations(before: pa.Table, after: pa.Table) -> bool:
    names = ["employee_id", "moyen_deplacement", "distance_km", "limite_km", "declaration_etat"]
    return bool(before.select(names).equals(after.select(names)))
