"""The Power BI project names what gold has, and is what its descriptions say. Nobody has opened it in Power BI Desktop yet."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from sportdata.contracts.tables import PUBLIC, Table
from sportdata.settings import ROOT
from tests.unit.tmdl_reader import Node, TmdlError, plain, read, read_folder

POWERBI = ROOT / "powerbi"
MODEL = POWERBI / "SportData.SemanticModel" / "definition"
REPORT = POWERBI / "SportData.Report" / "definition"
SCHEMAS = Path(__file__).parent / "powerbi_schemas"
ADDRESS = "https://developer.microsoft.com/json-schemas/"
DOCUMENTS = [
    *sorted(POWERBI.rglob("*.json")),
    *sorted(POWERBI.rglob(".platform")),
    *sorted(POWERBI.glob("*/definition.pb*")),
    POWERBI / "SportData.pbip",
]
GOLD = {table.name: table for table in PUBLIC if table.schema == "gold"}
DELIVERED = """eligibilites activites anomalies kpis kpis_historique historique_runs parametres eligibilites_historique simulations
pratique_mensuelle proches_du_seuil declarations"""
TYPES = {"string": "string", "int": "int64", "bigint": "int64", "double": "double", "boolean": "boolean", "date": "dateTime"}
TYPES |= {"timestamp": "dateTime", "decimal(19,18)": "double"}  # a fixed decimal has four places
TYPES |= dict.fromkeys(("decimal(12,2)", "decimal(14,2)", "decimal(9,3)", "decimal(14,3)"), "decimal")
IN_M = {"string": {"type text"}, "int64": {"Int64.Type"}, "double": {"type number"}, "boolean": {"type logical"}}
IN_M |= {"decimal": {"Currency.Type"}, "dateTime": {"type date", "type datetime"}}
DAX = """BLANK CALCULATE COUNTROWS DATE DISTINCT DISTINCTCOUNTNOBLANK DIVIDE FALSE FILTER IF ISBLANK ISFILTERED KEEPFILTERS MAX MAXX NOT REMOVEFILTERS
RETURN SELECTCOLUMNS SELECTEDVALUE SUM TIME TRUE UNION VAR WEEKDAY YEAR"""


@pytest.fixture(scope="module")
def model() -> Node:
    return read_folder(MODEL)


# What is made, and its form


def test_the_project_is_what_the_descriptions_and_the_contract_say() -> None:
    done = subprocess.run([sys.executable, str(POWERBI / "make.py"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def schemas() -> Registry[Any]:
    files = {file: json.loads(file.read_text(encoding="utf-8")) for file in SCHEMAS.rglob("*.json")}
    at = [(ADDRESS + file.relative_to(SCHEMAS).as_posix(), DRAFT7.create_resource(content)) for file, content in files.items()]
    return Registry[Any]().with_resources(at)


def complaints(document: dict[str, Any]) -> list[str]:
    """What Microsoft's schema, the one that the document names, says against it."""
    registry = schemas()
    schema: Resource[Any] = registry[document["$schema"]]
    validator = jsonschema.Draft7Validator(schema.contents, registry=registry)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: "/".join(file.parts[-3:]))
def test_each_document_is_as_microsofts_schema_wants_it(file: Path) -> None:
    assert complaints(json.loads(file.read_text(encoding="utf-8"))) == []


def test_the_schemas_refuse_a_visual_with_an_unknown_property_or_a_wrong_reference() -> None:
    visual = next(iter(visuals().values()))
    assert complaints(visual) == []
    assert complaints(visual | {"positon": visual["position"]})
    state = {"Values": {"projections": [{"queryRef": "A.B", "field": {"Mesure": {}}}]}}
    assert complaints(visual | {"visual": visual["visual"] | {"query": {"queryState": state}}})
    assert complaints(visual | {"position": {"x": "0"}})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\tlineageTag", "  lineageTag"),
        ("\t\tdataType: int64", "\t\t\tdataType: int64"),
        ("\t\tdataType: int64", "\t\tdataType: integer"),
        ("\t\tsummarizeBy: none", "\t\tsummarizedBy: none"),
        ("\tcolumn 'Salariés actifs'", "\tcolumn Salariés actifs"),
        ("\tpartition Indicateurs = m", "\tpartition Indicateurs"),
        ("\t\tsource =\n\t\t\t\tlet", "\t\tsource =\n\t\t\tlet"),
        ("\tcolumn 'Salariés actifs'", "\tcolonne 'Salariés actifs'"),
        ("\t\tdataType: int64", "\t\tdataType: int64\n\t\tdataType: int64"),
    ],
)
def test_the_reader_of_tmdl_refuses_what_is_not_tmdl(before: str, after: str) -> None:
    text = (MODEL / "tables" / "Indicateurs.tmdl").read_text(encoding="utf-8")
    assert read(text).children[0].name == "Indicateurs"
    assert before in text
    with pytest.raises(TmdlError, match=r"^text:\d+: "):
        read(text.replace(before, after, 1))


def objects(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from objects(child)


def test_lineage_tags_are_unique_and_everything_that_is_seen_is_described(model: Node) -> None:
    tagged = [node for node in objects(model) if node.kind in ("table", "column", "measure", "expression")]
    assert len({node.properties["lineageTag"] for node in tagged}) == len(tagged) > 200
    assert [node.name for node in tagged if len(node.about) < 4] == []


def test_the_model_is_french_and_lists_its_tables(model: Node) -> None:
    head = next(model.of("model"))
    assert (head.properties["culture"], "discourageImplicitMeasures" in head.properties) == ("fr-FR", True)
    assert {node.name for node in model.of("ref table")} == {table.name for table in model.of("table")}
    assert {file.stem for file in (MODEL / "tables").iterdir()} == {table.name for table in model.of("table")}


# Columns, against the contract


def gold_of(table: Node) -> Table | None:
    """The table of gold that a table of the model reads."""
    found = re.search(r'Item = "(\w+)"', next(table.of("partition")).children[0].expression or "")
    return GOLD[found[1]] if found else None


def disagreements(table: Node, gold: Table) -> list[str]:
    """Columns that gold does not have, that the model lacks, or whose type is another one."""
    read_from = {node.properties["sourceColumn"]: node for node in table.of("column") if "sourceColumn" in node.properties}
    wrong = sorted(read_from.keys() ^ set(gold.column_names))
    source = next(table.of("partition")).children[0].expression or ""
    selected = re.search(r"Table\.SelectColumns\(Source, \{(.*?)\}, MissingField\.UseNull\)", source)
    typed = dict(re.findall(r'\{"(\w+)", ([\w. ]+)\}', source))
    if not selected or re.findall(r'"(\w+)"', selected[1]) != gold.column_names or list(typed) != gold.column_names:
        wrong.append("the query reads other columns")
    for column in gold.columns:
        node = read_from.get(column.name)
        if node and (node.properties["dataType"] != TYPES[column.type] or typed.get(column.name) not in IN_M[TYPES[column.type]]):
            wrong.append(f"{column.name}: {node.properties['dataType']}, {typed.get(column.name)} for {column.type}")
        if node and column.type in ("date", "timestamp") and (typed.get(column.name) == "type date") != (column.type == "date"):
            wrong.append(f"{column.name}: {typed.get(column.name)} for {column.type}")
    return wrong


def test_the_delivered_tables_of_gold_are_read_column_by_column_with_their_types(model: Node) -> None:
    tables = [(table, gold) for table in model.of("table") if (gold := gold_of(table))]
    assert sorted(gold.name for _, gold in tables) == sorted(DELIVERED.split())
    assert [wrong for table, gold in tables for wrong in disagreements(table, gold)] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sourceColumn: employees", "sourceColumn: effectif"),
        ('{"employees", Int64.Type}', '{"employees", type text}'),
        ('{"employees", "prime_total_eur"', '{"effectif", "prime_total_eur"'),
        ("dataType: decimal", "dataType: double"),
        ("type datetime", "type date"),
    ],
)
def test_a_column_that_gold_does_not_have_or_of_another_type_is_caught(before: str, after: str) -> None:
    text = (MODEL / "tables" / "Indicateurs.tmdl").read_text(encoding="utf-8")
    assert disagreements(read(text).children[0], GOLD["kpis"]) == []
    assert before in text
    assert disagreements(read(text.replace(before, after, 1)).children[0], GOLD["kpis"])


def test_a_column_renamed_in_the_contract_stops_the_maker(tmp_path: Path) -> None:
    script = """
import sys
from sportdata.contracts import tables
renamed = [column._replace(name="effectif") if column.name == "employees" else column for column in tables.KPIS.columns]
tables.PUBLIC = tuple(one._replace(columns=tuple(renamed)) if one is tables.KPIS else one for one in tables.PUBLIC)
sys.path.insert(0, sys.argv[1])
from naming import Model
Model()
"""
    done = subprocess.run([sys.executable, "-c", script, str(POWERBI)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "do not agree on gold.kpis: effectif, employees" in done.stderr


def test_names_are_unique_within_a_table_and_technical_columns_are_hidden(model: Node) -> None:
    for table in model.of("table"):
        names = [node.name.casefold() for node in [*table.of("column"), *table.of("measure")]]
        assert len(set(names)) == len(names), table.name
        for node in table.of("column"):
            assert node.properties["summarizeBy"] == "none"
            assert ("sourceColumn" in node.properties) != (node.expression is not None)
            assert "isHidden" in node.properties or not node.name.endswith(("UTC", "Lot")), node.name


def test_euros_dates_and_times_have_their_formats(model: Node) -> None:
    for table in model.of("table"):
        gold = gold_of(table)
        for node in table.of("column") if gold else ():
            column = next((one for one in gold.columns if one.name == node.properties.get("sourceColumn")), None) if gold else None
            if column and column.name.endswith(("_eur", "_euros")):
                assert node.properties["formatString"] == '#,0.00\\ "€"'
            if column and column.type in ("date", "timestamp"):
                assert node.properties["formatString"].startswith("dd/mm/yyyy")
    assert all("formatString" in node.properties and "displayFolder" in node.properties for node in objects(model) if node.kind == "measure")


# Relationships


def ends(relationship: Node) -> list[tuple[str, str]]:
    found = [re.fullmatch(r"('.*?'|[^.]+)\.(.+)", relationship.properties[end]) for end in ("fromColumn", "toColumn")]
    return [(plain(one[1]), plain(one[2])) for one in found if one]


def test_relationships_join_columns_that_exist_of_one_type_in_one_way_only(model: Node) -> None:
    types = {(table.name, node.name): node.properties["dataType"] for table in model.of("table") for node in table.of("column")}
    pairs = [ends(relationship) for relationship in model.of("relationship")]
    assert [pair for pair in pairs if types.get(pair[0]) is None or types.get(pair[0]) != types.get(pair[1])] == []
    between = [(many[0], one[0]) for many, one in pairs]
    assert len(set(between)) == len(between) == 16
    assert {one for _, one in between} == {"Salariés", "BU", "Calendrier", "Runs"}
    assert {one for _, one in between}.isdisjoint({many for many, _ in between})  # a star: no second way from one table to another


# DAX and M


def mistakes(expression: str, tables: dict[str, set[str]], measures: set[str]) -> list[str]:
    """Names in a DAX expression that are none: tables, columns, measures, variables, functions; and brackets left open."""
    strings = set(re.findall(r'"([^"]*)"', expression))
    bare = re.sub(r'"[^"]*"', '""', expression)
    wrong = [f"'{table}'[{name}]" for table, name in re.findall(r"'([^']+)'\[([^\]]+)\]", bare) if name not in tables.get(table, ())]
    bare = re.sub(r"'[^']+'\[[^\]]+\]", " ", bare)
    wrong += [f"'{table}'" for table in re.findall(r"'([^']+)'", bare) if table not in tables]
    wrong += [f"[{name}]" for name in re.findall(r"\[([^\]]+)\]", bare) if name not in measures | strings]
    bare = re.sub(r"'[^']+'|\[[^\]]+\]", " ", bare)
    variables = re.findall(r"\bVAR (\w+)\s*=", bare)
    wrong += [f"VAR {name}" for name in variables if name.casefold() in {table.casefold() for table in tables} or name.upper() in DAX.split()]
    words = set(re.findall(r"[^\W\d]\w*", bare)) - set(variables) - set(DAX.split())
    wrong += sorted(words)
    if bare.count("(") != bare.count(")") or ("VAR" in bare) != ("RETURN" in bare):
        wrong.append("brackets or RETURN")
    return wrong


def names(model: Node) -> tuple[dict[str, set[str]], set[str]]:
    tables = {table.name: {node.name for node in table.of("column")} for table in model.of("table")}
    return tables, {node.name for node in objects(model) if node.kind == "measure"}


def test_every_expression_in_dax_names_what_exists(model: Node) -> None:
    tables, measures = names(model)
    dax = {node.name: node.expression for node in objects(model) if node.kind in ("measure", "column") and node.expression}
    dax |= {part.name: part.children[0].expression or "" for part in objects(model) if part.kind == "partition" and part.expression == "calculated"}
    assert len(dax) > 60
    assert {name: found for name, text in dax.items() if (found := mistakes(text or "", tables, measures))} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "SUM('Indicateurs'[Effectif])",
        "COUNTROWS('Indicateur')",
        "[Total des prime]",
        "SOMME('Indicateurs'[Activités])",
        "SUM('Indicateurs'[Activités]",
        "VAR bu = 1 RETURN bu",
        "VAR un = 1 RETURN deux",
    ],
)
def test_a_wrong_name_in_dax_is_caught(model: Node, wrong: str) -> None:
    tables, measures = names(model)
    assert mistakes("DIVIDE([Total des primes], SUM('Indicateurs'[Activités]))", tables, measures) == []
    assert mistakes(wrong, tables, measures)


@pytest.mark.parametrize("table", ["Historique", "Simulations"])
def test_no_measure_sums_the_company_and_its_units_or_two_runs_or_what_was_replaced(model: Node, table: str) -> None:
    """Each sum of these tables chooses either the company's rows or the units', and of the history one run, one day, what is shown."""
    sums = [node for node in objects(model) if node.kind == "measure" and f"SUM('{table}'" in (node.expression or "")]
    assert len(sums) >= 6
    for measure in sums:
        text = measure.expression or ""
        assert "VAR entreprise = NOT ISFILTERED('BU'[Business unit])" in text, measure.name
        summed = text.rpartition("RETURN")[2]
        assert re.search(rf"ISBLANK\('{table}'\[BU de [^\]]+\]\) = entreprise", summed), measure.name
        if table == "Historique":
            assert "ISBLANK('Historique'[Affiché jusqu'à UTC])," in summed
            assert re.search(r"'Historique'\[Run de l'historique\] = (0|choisi),", summed)
            assert "'Historique'[Jour] = dernier" in summed
        else:
            grid = ["Taux simulé", "Limite marche simulée (km)", "Limite vélo simulée (km)", "Activités minimum simulées"]
            one_row = all(f"'Simulations'[{name}] = " in summed for name in grid) or "'Simulations'[En vigueur] = TRUE()" in summed
            assert one_row, measure.name


def paris(expression: str, moment: datetime) -> datetime:
    """What the DAX of a column in Paris time says of a moment, worked out with DAX's serial days."""
    epoch = datetime(1899, 12, 30, tzinfo=UTC)
    serial = (moment - epoch) / timedelta(days=1)
    known: dict[str, Any] = {
        "YEAR": lambda day: (epoch + timedelta(days=day)).year,
        "DATE": lambda year, month, day: (datetime(year, month, day, tzinfo=UTC) - epoch).days,
        "TIME": lambda hour, minute, second: (hour * 3600 + minute * 60 + second) / 86400,
        "WEEKDAY": lambda day: (day - 1) % 7 + 1,  # day 1 was a Sunday
        "IF": lambda test, yes, no=None: yes if test else no,
        "ISBLANK": lambda value: value is None,
    }
    lines = expression.replace("&&", "and").replace("NOT ", "not ").replace("\n    ", " ").splitlines()
    known["utc"] = serial
    for line in lines[1:-1]:
        name, _, value = line.removeprefix("VAR ").partition(" = ")
        known[name] = eval(value, known)  # noqa: S307 (our own text)
    result = eval(lines[-1].removeprefix("RETURN "), known)  # noqa: S307
    return epoch + timedelta(seconds=math.floor(result * 86400 + 0.5))


def test_columns_in_paris_time_follow_summer_and_winter(model: Node) -> None:
    columns = [node for node in objects(model) if node.kind == "column" and node.expression and node.expression.startswith("VAR utc")]
    timestamps = sum(column.type == "timestamp" for name in DELIVERED.split() for column in GOLD[name].columns)
    assert len(columns) == timestamps
    text = columns[0].expression or ""
    assert {re.sub(r"VAR utc = .*", "", node.expression or "") for node in columns} == {re.sub(r"VAR utc = .*", "", text)}
    for year in range(2020, 2040):
        for month, day in ((1, 15), (7, 15), *((month, day) for month in (3, 10) for day in range(24, 32))):
            for hour, minute in ((0, 0), (0, 59), (1, 0), (1, 1), (23, 59)):
                moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
                assert paris(text, moment).replace(tzinfo=None) == moment.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None), moment


def test_queries_in_m_are_whole_and_read_through_the_one_connection(model: Node) -> None:
    expressions = {node.name: node.expression or "" for node in model.of("expression")}
    assert [name for name, text in expressions.items() if "IsParameterQuery = true" in text] == [
        "Hote", "Port", "Protocole", "CheminHTTP", "Schema", "CheminClasseurRH",
    ]  # fmt: skip
    assert "ApacheSpark.Tables(Hote & " in expressions["Thrift"]
    assert expressions["CheminClasseurRH"].startswith('"" meta')  # no names unless somebody asks for them
    for part in (node for node in objects(model) if node.kind == "partition" and node.expression == "m"):
        text = part.children[0].expression or ""
        bare = re.sub(r'"[^"]*"', '""', text)
        assert all(bare.count(a) == bare.count(b) for a, b in ("()", "[]", "{}")), part.name
        steps = re.findall(r"^    (\w+) = ", text, re.M)
        assert text.splitlines()[-1].strip() == steps[-1], part.name
        assert gold_of(model_table(model, part.name)) is None or "Source = Thrift{[Schema = Schema, Item = " in text
    readers = [name for name in names(model)[0] if "File.Contents" in (next(model_table(model, name).of("partition")).children[0].expression or "")]
    assert readers == ["Noms"]


def model_table(model: Node, name: str) -> Node:
    return next(table for table in model.of("table") if table.name == name)


# Pages and visuals


def visuals() -> dict[Path, dict[str, Any]]:
    return {file: json.loads(file.read_text(encoding="utf-8")) for file in sorted(REPORT.glob("pages/*/visuals/*/visual.json"))}


def fields(node: Any, aliases: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Kind, table and name of every field that a part of a visual names."""
    if isinstance(node, dict):
        for kind in ("Column", "Measure"):
            if kind in node:
                source = node[kind]["Expression"]["SourceRef"]
                yield kind, source.get("Entity") or aliases[source["Source"]], node[kind]["Property"]
        for child in node.values():
            yield from fields(child, aliases)
    elif isinstance(node, list):
        for child in node:
            yield from fields(child, aliases)


def unknown(visual: dict[str, Any], model: Node) -> list[tuple[str, str, str]]:
    tables, measures = names(model)
    homes = {("Measure", table.name, node.name) for table in model.of("table") for node in table.of("measure")}
    known = homes | {("Column", table, name) for table, columns in tables.items() for name in columns}
    sources = [one for each in visual.get("filterConfig", {}).get("filters", ()) for one in each["filter"]["From"]]
    assert measures
    return [field for field in fields(visual, {one["Name"]: one["Entity"] for one in sources}) if field not in known]


def test_every_visual_names_columns_and_measures_that_exist(model: Node) -> None:
    assert {file.parent.name: wrong for file, visual in visuals().items() if (wrong := unknown(visual, model))} == {}
    for visual in visuals().values():
        for role in visual["visual"]["query"]["queryState"].values():
            for one in role["projections"]:
                _, table, name = next(fields(one["field"], {}))
                assert (one["queryRef"], one["nativeQueryRef"]) == (f"{table}.{name}", name)


def test_a_visual_whose_column_was_renamed_is_caught(model: Node) -> None:
    visual = next(one for one in visuals().values() if '"Salarié"' in json.dumps(one, ensure_ascii=False))
    assert unknown(visual, model) == []
    renamed = json.loads(json.dumps(visual, ensure_ascii=False).replace('"Salarié"', '"Personne"'))
    assert unknown(renamed, model)


def test_the_pages_are_those_that_were_asked_for_and_their_visuals_do_not_overlap() -> None:
    order = json.loads((REPORT / "pages" / "pages.json").read_text(encoding="utf-8"))["pageOrder"]
    pages = [json.loads((REPORT / "pages" / name / "page.json").read_text(encoding="utf-8")) for name in order]
    assert [page["displayName"] for page in pages] == ["Général", "Détail des activités", "Historique", "Simulation", "Qualité"]
    for page in pages:
        boxes = [visual["position"] for file, visual in visuals().items() if file.parts[-4] == page["name"]]
        assert len(boxes) >= 8
        for place, one in enumerate(boxes):
            assert one["x"] + one["width"] <= page["width"] and one["y"] + one["height"] <= page["height"]
            for other in boxes[place + 1 :]:
                apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
                assert apart_x or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]


# Accounts


def needs_rh(model: Node) -> set[str]:
    """Measures that are empty for `bi`, since what they add up tells salaries."""
    amounts = {
        f"'{table.name}'[{node.name}]"
        for table in model.of("table")
        if (gold := gold_of(table))
        for node in table.of("column")
        for column in gold.columns
        if column.tells_salary and column.name == node.properties.get("sourceColumn")
    }
    dax = {node.name: node.expression or "" for node in objects(model) if node.kind == "measure"}
    found = {name for name, text in dax.items() if any(amount in text for amount in amounts)}
    return found | {name for name, text in dax.items() if any(f"[{one}]" in re.sub(r"'[^']+'\[[^\]]+\]", "", text) for one in found)}


def test_the_guide_names_the_measures_that_need_the_account_rh(model: Node) -> None:
    page = (ROOT / "docs" / "powerbi.md").read_text(encoding="utf-8")
    section = page.partition("## Accounts")[2].partition("\n## ")[0]
    assert set(re.findall(r"`\[([^\]]+)\]`", section)) == needs_rh(model)
    assert "Total des primes" not in needs_rh(model)
