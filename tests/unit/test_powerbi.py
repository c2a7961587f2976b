"""The Power BI project reads what gold has, and is what its descriptions say. Nobody has opened it in Power BI Desktop yet."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from sportdata.contracts.tables import Table
from sportdata.rules.text import normalise
from sportdata.settings import ROOT
from tests.unit.powerbi_project import DELIVERED, GOLD, MODEL, POWERBI, gold_of, model, objects
from tests.unit.tmdl_reader import Node, TmdlError, plain, read

TYPES = {"string": "string", "int": "int64", "bigint": "int64", "double": "double", "boolean": "boolean", "date": "dateTime"}
TYPES |= {"timestamp": "dateTime", "decimal(19,18)": "double"}  # a fixed decimal has four places
TYPES |= dict.fromkeys(("decimal(12,2)", "decimal(14,2)", "decimal(18,2)", "decimal(9,3)", "decimal(14,3)"), "decimal")
IN_M = {"string": {"type text"}, "int64": {"Int64.Type"}, "double": {"type number"}, "boolean": {"type logical"}}
IN_M |= {"decimal": {"Currency.Type"}, "dateTime": {"type date", "type datetime"}}


# What is made, and its form


def test_the_project_is_what_the_descriptions_and_the_contract_say() -> None:
    done = subprocess.run([sys.executable, str(POWERBI / "make.py"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


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


def test_the_headers_of_the_hr_workbook_match_in_any_case_and_unicode_form() -> None:
    m = (MODEL / "tables" / "Noms.tmdl").read_text(encoding="utf-8")
    simple, wanted = m[m.index("Simple =") : m.index("Titres =")], m[m.index("Voulues =") : m.index("Lisibles =")]
    assert all(step in simple for step in ("Text.Trim(", "Text.Lower(", '"é", "e"', '"e#(0301)", "e"'))  # one character, or two
    headers = [normalise(header) for header in ("ID salarié", "Nom", "Prénom")]
    assert re.findall(r'"([^"]+)"', wanted) == headers == ["id salarie", "nom", "prenom"]
    assert "Table.TransformColumnNames(_, Simple)" in m and "Table.SelectColumns(Feuille, Voulues)" in m


def test_the_names_come_from_the_sheet_that_load_hr_reads() -> None:
    m = (MODEL / "tables" / "Noms.tmdl").read_text(encoding="utf-8")
    assert 'each [Kind] = "Sheet" and not [Hidden]' in m and "List.ContainsAll(Table.ColumnNames(_), Voulues)" in m


def test_lineage_tags_are_unique_and_everything_that_is_seen_is_described() -> None:
    tagged = [node for node in objects(model()) if node.kind in ("table", "column", "measure", "expression")]
    assert len({node.properties["lineageTag"] for node in tagged}) == len(tagged) > 200
    assert [node.name for node in tagged if len(node.about) < 4] == []


def test_the_model_is_french_and_lists_its_tables() -> None:
    head = next(model().of("model"))
    assert (head.properties["culture"], "discourageImplicitMeasures" in head.properties) == ("fr-FR", True)
    assert {node.name for node in model().of("ref table")} == {table.name for table in model().of("table")}
    assert {file.stem for file in (MODEL / "tables").iterdir()} == {table.name for table in model().of("table")}


# Columns, against the contract


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


def test_the_delivered_tables_of_gold_are_read_column_by_column_with_their_types() -> None:
    tables = [(table, gold) for table in model().of("table") if (gold := gold_of(table))]
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


def test_a_column_renamed_in_the_contract_stops_the_maker() -> None:
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


def test_names_are_unique_within_a_table_and_technical_columns_are_hidden() -> None:
    for table in model().of("table"):
        names = [node.name.casefold() for node in [*table.of("column"), *table.of("measure")]]
        assert len(set(names)) == len(names), table.name
        for node in table.of("column"):
            assert node.properties["summarizeBy"] == "none"
            assert ("sourceColumn" in node.properties) != (node.expression is not None)
            assert "isHidden" in node.properties or not node.name.endswith(("UTC", "Lot")), node.name


def test_euros_dates_and_times_have_their_formats() -> None:
    for table in model().of("table"):
        gold = gold_of(table)
        for node in table.of("column") if gold else ():
            column = next((one for one in gold.columns if one.name == node.properties.get("sourceColumn")), None) if gold else None
            if column and column.name.endswith(("_eur", "_euros")):
                assert node.properties["formatString"] == '#,0.00\\ "€"'
            if column and column.type in ("date", "timestamp"):
                assert node.properties["formatString"].startswith("dd/mm/yyyy")
    assert all(
        "formatString" in node.properties and "displayFolder" in node.properties for node in objects(model()) if node.kind == "measure"
    )


# Relationships


def ends(relationship: Node) -> list[tuple[str, str]]:
    found = [re.fullmatch(r"('.*?'|[^.]+)\.(.+)", relationship.properties[end]) for end in ("fromColumn", "toColumn")]
    return [(plain(one[1]), plain(one[2])) for one in found if one]


def test_relationships_join_columns_that_exist_of_one_type_in_one_way_only() -> None:
    types = {(table.name, node.name): node.properties["dataType"] for table in model().of("table") for node in table.of("column")}
    pairs = [ends(relationship) for relationship in model().of("relationship")]
    assert [pair for pair in pairs if types.get(pair[0]) is None or types.get(pair[0]) != types.get(pair[1])] == []
    between = [(many[0], one[0]) for many, one in pairs]
    assert len(set(between)) == len(between) == 16
    assert {one for _, one in between} == {"Salariés", "BU", "Calendrier", "Runs"}
    assert {one for _, one in between}.isdisjoint({many for many, _ in between})  # a star: no second way from one table to another


# Accounts


def needs_rh() -> set[str]:
    """Measures that are empty for `bi`, since what they add up tells salaries."""
    amounts = {
        f"'{table.name}'[{node.name}]"
        for table in model().of("table")
        if (gold := gold_of(table))
        for node in table.of("column")
        for column in gold.columns
        if column.tells_salary and column.name == node.properties.get("sourceColumn")
    }
    dax = {node.name: node.expression or "" for node in objects(model()) if node.kind == "measure"}
    found = {name for name, text in dax.items() if any(amount in text for amount in amounts)}
    return found | {name for name, text in dax.items() if any(f"[{one}]" in re.sub(r"'[^']+'\[[^\]]+\]", "", text) for one in found)}


def test_the_guide_names_the_measures_that_need_the_account_rh() -> None:
    page = (ROOT / "docs" / "powerbi.md").read_text(encoding="utf-8")
    section = page.partition("## Accounts")[2].partition("\n## ")[0]
    assert set(re.findall(r"`\[([^\]]+)\]`", section)) == needs_rh()
    assert "Total des primes" not in needs_rh()


def test_the_guide_has_the_parameters_and_the_tables_of_the_model() -> None:
    page = (ROOT / "docs" / "powerbi.md").read_text(encoding="utf-8")
    parameters = [node.name for node in model().of("expression") if "IsParameterQuery" in (node.expression or "")]
    assert re.findall(r"^ +\| `(\w+)` \|", page, re.M) == parameters
    listed = re.search(r"Noms = \{(.*?)\}", page, re.S)
    assert listed and sorted(re.findall(r'"(\w+)"', listed[1])) == sorted(DELIVERED.split())
