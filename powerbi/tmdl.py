"""The semantic model as TMDL: https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview"""

from __future__ import annotations

import re
import textwrap

from naming import KINDS, MEASURES, Column, Measure, Model, Table, stable_id

TAB = "\t"
# Summer time: from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October.
PARIS = """\
VAR utc = '{table}'[{column}]
VAR mars = DATE(YEAR(utc), 3, 31)
VAR octobre = DATE(YEAR(utc), 10, 31)
VAR debut = mars - WEEKDAY(mars) + 1 + TIME(1, 0, 0)
VAR fin = octobre - WEEKDAY(octobre) + 1 + TIME(1, 0, 0)
RETURN
    IF(NOT ISBLANK(utc), utc + TIME(IF(utc >= debut && utc < fin, 2, 1), 0, 0))"""
# The one place that knows the connector. Keys of its list: Schema and Item.
THRIFT = """\
let
    Source = ApacheSpark.Tables(Hote & ":" & Text.From(Port) & CheminHTTP, Protocole, [BatchSize = null])
in
    Source"""
GOLD = """\
let
    Source = Thrift{{[Schema = Schema, Item = "{table}"]}}[Data],
    Colonnes = Table.SelectColumns(Source, {{{names}}}, MissingField.UseNull),
    Types = Table.TransformColumnTypes(Colonnes, {{{types}}})
in
    Types"""


def files(model: Model) -> dict[str, str]:
    """Each file of the folder `definition`."""
    made = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1600\n",
        "model.tmdl": _model(model),
        "expressions.tmdl": _expressions(model),
        "relationships.tmdl": _relationships(model),
    }
    for table in model.tables.values():
        measures = list(model.measures.values()) if table.key == MEASURES else []
        made[f"tables/{table.name}.tmdl"] = _table(model, table, measures)
    return made


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'" if re.search(r"[\s.=:']", name) else name


def _block(text: str, tabs: int) -> str:
    return textwrap.indent(text.strip(), TAB * tabs)


def _model(model: Model) -> str:
    queries = [*model.parameters, "Thrift", *(table.name for table in model.tables.values() if table.source != "dax")]
    order = ",".join(f'"{name}"' for name in queries)
    head = """\
model Model
\tculture: fr-FR
\tdefaultPowerBIDataSourceVersion: powerBI_V3
\tdiscourageImplicitMeasures
\tsourceQueryCulture: fr-FR
\tdataAccessOptions
\t\tlegacyRedirects
\t\treturnErrorValuesAsNull

annotation __PBI_TimeIntelligenceEnabled = 0
"""
    references = "\n".join(f"ref table {quoted(table.name)}" for table in model.tables.values())
    return f"{head}\nannotation PBI_QueryOrder = [{order}]\n\n{references}\n"


def _expressions(model: Model) -> str:
    parts = []
    for name, (value, kind, about) in model.parameters.items():
        required = "false" if value == '""' else "true"
        meta = f'{value} meta [IsParameterQuery = true, Type = "{kind}", IsParameterQueryRequired = {required}]'
        tag = stable_id("expression", name)
        parts.append(f"/// {about}\nexpression {name} = {meta}\n\tlineageTag: {tag}\n\n\tannotation PBI_ResultType = {kind}\n")
    about = "Les tables du serveur Thrift, par Schema et Item"
    body = _block(THRIFT, 2)
    tag = stable_id("expression", "Thrift")
    parts.append(f"/// {about}\nexpression Thrift =\n{body}\n\tlineageTag: {tag}\n\n\tannotation PBI_ResultType = Table\n")
    return "\n".join(parts)


def _relationships(model: Model) -> str:
    parts = []
    for (many, from_column), (one, to_column) in model.relationships:
        name = stable_id("relationship", many.key, from_column.key, one.key)
        ends = f"{quoted(many.name)}.{quoted(from_column.name)}", f"{quoted(one.name)}.{quoted(to_column.name)}"
        parts.append(f"relationship {name}\n\tfromColumn: {ends[0]}\n\ttoColumn: {ends[1]}\n")
    return "\n".join(parts)


def _table(model: Model, table: Table, measures: list[Measure]) -> str:
    lines = [f"/// {table.about}", f"table {quoted(table.name)}"]
    lines += [f"{TAB}isHidden"] if table.hidden else []
    lines += [f"{TAB}lineageTag: {stable_id(table.key)}"]
    lines += [f"{TAB}dataCategory: Time"] if table.key == "calendrier" else []
    parts = ["\n".join(lines)]
    parts += [_measure(measure) for measure in measures]
    parts += [_column(table, key, column) for key, column in table.columns.items()]
    mode = "calculated" if table.source == "dax" else "m"
    source = _block(_source(model, table), 4)
    parts.append(f"{TAB}partition {quoted(table.name)} = {mode}\n{TAB * 2}mode: import\n{TAB * 2}source =\n{source}")
    return "\n\n".join(parts) + "\n"


def _source(model: Model, table: Table) -> str:
    if table.source == "gold":
        read = [column for column in table.columns.values() if column.paris_of is None]
        names = ", ".join(f'"{column.key}"' for column in read)
        types = ", ".join(f'{{"{column.key}", {column.kind.m}}}' for column in read)
        return GOLD.format(table=table.key, names=names, types=types)
    return model.dax(table.code) if table.source == "dax" else table.code


def _measure(measure: Measure) -> str:
    body = f" {measure.dax}" if "\n" not in measure.dax else "\n" + _block(measure.dax, 3)
    lines = [f"{TAB}/// {measure.about}", f"{TAB}measure {quoted(measure.name)} ={body}"]
    lines += [f"{TAB * 2}formatString: {KINDS[measure.format].format}", f"{TAB * 2}displayFolder: {measure.folder}"]
    lines += [f"{TAB * 2}lineageTag: {stable_id(MEASURES, measure.name)}"]
    return "\n".join(lines)


def _column(table: Table, key: str, column: Column) -> str:
    name = quoted(column.name)
    lines = [f"{TAB}/// {column.about}"]
    if column.paris_of:
        lines += [f"{TAB}column {name} =", _block(PARIS.format(table=table.name, column=column.paris_of), 3)]
    else:
        lines += [f"{TAB}column {name}"]
    lines += [f"{TAB * 2}dataType: {column.kind.data}"]
    lines += [f"{TAB * 2}isHidden"] if column.hidden else []
    lines += [f"{TAB * 2}isKey"] if table.key_column == key and table.source == "m" else []
    lines += [f"{TAB * 2}formatString: {column.kind.format}"] if column.kind.format else []
    lines += [f"{TAB * 2}lineageTag: {stable_id(table.key, key)}", f"{TAB * 2}summarizeBy: none"]
    if column.paris_of is None:
        lines += [f"{TAB * 2}sourceColumn: {f'[{column.key}]' if table.source == 'dax' else column.key}"]
    lines += ["", f"{TAB * 2}annotation SummarizationSetBy = User"]
    lines += ["", f"{TAB * 2}annotation UnderlyingDateTimeDataType = Date"] if column.kind.date_only else []
    return "\n".join(lines)
