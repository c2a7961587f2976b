"""What the three descriptions say, with the types of gold: tables, columns and measures as Power BI names them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

from sportdata.contracts import tables as contracts

HERE = Path(__file__).resolve().parent
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "sportdata/powerbi")
MEASURES = "mesures"
FIXED_SCALE = 4  # "fixed decimal" has four decimals; what needs more becomes a floating number
REFERENCE = re.compile(r"@(\w+)(?:\[([\w/]+)\])?")


@dataclass(frozen=True)
class Kind:
    """`data` is the type in TMDL, `m` in Power Query; `date_only` for days without a time."""

    data: str
    m: str
    format: str | None
    date_only: bool = False


KINDS = {
    "string": Kind("string", "type text", None),
    "int": Kind("int64", "Int64.Type", "#,0"),
    "bigint": Kind("int64", "Int64.Type", "#,0"),
    "id": Kind("int64", "Int64.Type", "0"),
    "double": Kind("double", "type number", "#,0.0"),
    "number": Kind("double", "type number", "#,0.0"),
    "count": Kind("int64", "Int64.Type", "#,0"),
    "boolean": Kind("boolean", "type logical", None),
    "date": Kind("dateTime", "type date", "dd/mm/yyyy", date_only=True),
    "mois": Kind("dateTime", "type date", "mmm yyyy", date_only=True),
    "timestamp": Kind("dateTime", "type datetime", "dd/mm/yyyy hh:nn"),
    "euros": Kind("decimal", "Currency.Type", '#,0.00\\ "€"'),
    "km": Kind("decimal", "Currency.Type", "#,0.0##"),
    "share": Kind("double", "type number", "0.0##\\ %"),
}


@dataclass(frozen=True)
class Column:
    key: str
    name: str
    kind: Kind
    about: str
    paris_of: str | None = None  # name of the column in UTC that this one shows in Paris time
    hidden: bool = False


@dataclass(frozen=True)
class Table:
    key: str
    name: str
    about: str
    columns: dict[str, Column]
    source: str  # gold, m or dax
    code: str = ""
    key_column: str | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Measure:
    name: str
    folder: str
    format: str
    about: str
    dax: str


def stable_id(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def kind_of(column: contracts.Column) -> Kind:
    """The type of a column of gold, with the format its meaning asks for."""
    if found := re.fullmatch(r"decimal\(\d+,(\d+)\)", column.type):
        if int(found[1]) > FIXED_SCALE:
            return KINDS["share"]
        return KINDS["euros" if column.name.endswith(("_eur", "_euros")) else "km"]
    return KINDS["id" if column.name in ("id", "employee_id", "batch_id", "run") else column.type]


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))


class Model:
    """All that is described; raises ValueError when a description and the contract do not name the same columns."""

    def __init__(self) -> None:
        described = _read("model")
        many = {tuple(a.split(".")) for a, _ in described["relationships"]}
        self.tables = {key: _gold(key, what, many) for key, what in described["gold"].items()}
        self.tables |= {key: _own(key, what) for key, what in described["own"].items()}
        self.relationships = [(self.column(*a.split(".")), self.column(*b.split("."))) for a, b in described["relationships"]]
        self.parameters: dict[str, list[str]] = described["parameters"]
        written = _read("measures")
        self.measures = {
            name: Measure(name, folder, one["format"], one["about"], self.dax(_expression(one, written["templates"])))
            for folder, measures in written["folders"].items()
            for name, one in measures.items()
        }
        self.pages: list[dict[str, Any]] = _read("report")

    def column(self, table: str, key: str) -> tuple[Table, Column]:
        if table not in self.tables or key not in self.tables[table].columns:
            raise ValueError(f"{table}[{key}] is not in powerbi/model.yml")
        return self.tables[table], self.tables[table].columns[key]

    def dax(self, text: str) -> str:
        """`@table[key]` and `@table` become the names that Power BI shows."""

        def named(found: re.Match[str]) -> str:
            if found[2]:
                table, column = self.column(found[1], found[2])
                return f"'{table.name}'[{column.name}]"
            return f"'{self.tables[found[1]].name}'"

        return REFERENCE.sub(named, text.strip())


def _expression(one: dict[str, str], templates: dict[str, str]) -> str:
    return one["dax"] if "dax" in one else Template(templates[one["like"]]).substitute(one)


def _gold(key: str, what: dict[str, Any], many: set[tuple[str, ...]]) -> Table:
    contract = next(table for table in contracts.PUBLIC if table.full_name == f"gold.{key}")
    if sorted(what["columns"]) != sorted(contract.column_names):
        differ = sorted(set(what["columns"]) ^ set(contract.column_names))
        raise ValueError(f"powerbi/model.yml and sportdata/contracts do not agree on gold.{key}: {', '.join(differ)}")
    columns = {}
    for column in contract.columns:
        name, about, *paris = what["columns"][column.name]
        kind = kind_of(column)
        hidden = column.name == "batch_id" or (key, column.name) in many or bool(paris)
        columns[column.name] = Column(column.name, name, kind, about, hidden=hidden)
        if paris:
            twin = f"{about.removesuffix(', en UTC').replace(', en UTC ;', ' ;')}, heure de Paris"
            columns[f"{column.name}/paris"] = Column(column.name, paris[0], kind, twin, paris_of=name)
        elif column.type == "timestamp":
            raise ValueError(f"powerbi/model.yml: {key}[{column.name}] has no name for its twin in Paris time")
    return Table(key, what["table"], what["about"].strip(), columns, "gold")


def _own(key: str, what: dict[str, Any]) -> Table:
    hide = what.get("hide", [])
    columns = {one: Column(one, name, KINDS[kind], about, hidden=one in hide) for one, (name, kind, about) in what["columns"].items()}
    source = "m" if "m" in what else "dax"
    return Table(key, what["table"], what["about"].strip(), columns, source, what[source], what.get("key"), what.get("hidden", False))
