"""The measures, columns and queries of the Power BI model name what exists, and add up nothing twice."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sportdata.contracts import delivery
from sportdata.rules.text import normalise
from tests.unit.powerbi_project import DELIVERED, GOLD, gold_of, model, names, objects, table_of

DAX = """BLANK CALCULATE COUNTROWS DATE DISTINCT DISTINCTCOUNTNOBLANK DIVIDE FALSE FILTER IF ISBLANK ISFILTERED KEEPFILTERS MAX MAXX NOT
REMOVEFILTERS RETURN SELECTCOLUMNS SELECTEDVALUE SUM TIME TRUE UNION VAR WEEKDAY YEAR"""


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
    wrong += [
        f"VAR {name}" for name in variables if name.casefold() in {table.casefold() for table in tables} or name.upper() in DAX.split()
    ]
    words = set(re.findall(r"[^\W\d]\w*", bare)) - set(variables) - set(DAX.split())
    wrong += sorted(words)
    if bare.count("(") != bare.count(")") or ("VAR" in bare) != ("RETURN" in bare):
        wrong.append("brackets or RETURN")
    return wrong


def test_every_expression_in_dax_names_what_exists() -> None:
    tables, measures = names()
    dax = {node.name: node.expression for node in objects(model()) if node.kind in ("measure", "column") and node.expression}
    dax |= {
        part.name: part.children[0].expression or ""
        for part in objects(model())
        if part.kind == "partition" and part.expression == "calculated"
    }
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
def test_a_wrong_name_in_dax_is_caught(wrong: str) -> None:
    tables, measures = names()
    assert mistakes("DIVIDE([Total des primes], SUM('Indicateurs'[Activités]))", tables, measures) == []
    assert mistakes(wrong, tables, measures)


@pytest.mark.parametrize("table", ["Historique", "Simulations"])
def test_no_measure_sums_the_company_and_its_units_or_two_runs_or_what_was_replaced(table: str) -> None:
    """Each sum of these tables chooses either the company's rows or the units', and of the history one run, one day, what is shown."""
    sums = [node for node in objects(model()) if node.kind == "measure" and f"SUM('{table}'" in (node.expression or "")]
    assert len(sums) >= 6
    for measure in sums:
        text = measure.expression or ""
        assert "VAR entreprise = NOT ISFILTERED('BU'[Business unit])" in text, measure.name
        summed = text.rpartition("RETURN")[2]
        assert re.search(rf"ISBLANK\('{table}'\[BU de [^\]]+\]\) = entreprise", summed), measure.name
        if table == "Historique":
            assert "ISBLANK('Historique'[Affiché jusqu'à UTC])," in summed
            assert re.search(r"'Historique'\[Run de l'historique\] == (0|choisi),", summed)
            assert "'Historique'[Jour] == dernier" in summed
        else:
            grid = ["Taux simulé", "Limite marche simulée (km)", "Limite vélo simulée (km)", "Activités minimum simulées"]
            one_row = all(f"'Simulations'[{name}] == " in summed for name in grid) or "'Simulations'[En vigueur] = TRUE()" in summed
            assert one_row, measure.name


@pytest.mark.parametrize(
    ("gap", "of_run", "shown"),
    [
        ("Écart avec le run", "Primes du run", "Primes affichées"),
        ("Écart de salariés avec le run", "Salariés avec prime du run", "Salariés avec prime affichés"),
    ],
)
def test_a_run_is_compared_with_what_is_shown_for_the_same_day(gap: str, of_run: str, shown: str) -> None:
    """A replay ends on the day it was asked for, run 0 goes on."""
    dax = {node.name: node.expression or "" for node in objects(model()) if node.kind == "measure"}
    the_run_s_day = dax[of_run].partition("VAR choisi")[2].partition("RETURN")[0]
    assert "VAR dernier" in the_run_s_day and "'Historique'[Run de l'historique] == choisi," in the_run_s_day
    assert dax[gap].partition("VAR choisi")[2].partition("VAR rejeu")[0].split() == the_run_s_day.split()
    values = re.findall(r"VAR (\w+) = CALCULATE\(\[([^\]]+)\], 'Historique'\[Jour\] == dernier\)", dax[gap])
    assert values == [("rejeu", of_run), ("montre", shown)]
    assert dax[gap].partition("RETURN")[2].strip() == "IF(NOT ISBLANK(rejeu) && NOT ISBLANK(montre), rejeu - montre)"
    others = [name for name, text in dax.items() if name != gap and f"[{of_run}]" in text and f"[{shown}]" in text]
    assert others == []


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


def test_columns_in_paris_time_follow_summer_and_winter() -> None:
    columns = [node for node in objects(model()) if node.kind == "column" and node.expression and node.expression.startswith("VAR utc")]
    timestamps = sum(column.type == "timestamp" for name in DELIVERED.split() for column in GOLD[name].columns)
    assert len(columns) == timestamps
    text = columns[0].expression or ""
    assert {re.sub(r"VAR utc = .*", "", node.expression or "") for node in columns} == {re.sub(r"VAR utc = .*", "", text)}
    for year in range(2020, 2040):
        for month, day in ((1, 15), (7, 15), *((month, day) for month in (3, 10) for day in range(24, 32))):
            for hour, minute in ((0, 0), (0, 59), (1, 0), (1, 1), (23, 59)):
                moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
                assert paris(text, moment).replace(tzinfo=None) == moment.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None), moment


def test_queries_in_m_are_whole_and_read_through_the_one_connection() -> None:
    expressions = {node.name: node.expression or "" for node in model().of("expression")}
    assert [name for name, text in expressions.items() if "IsParameterQuery = true" in text] == [
        "Hote", "Port", "Protocole", "CheminHTTP", "Schema", "CheminClasseurRH",
    ]  # fmt: skip
    assert "ApacheSpark.Tables(Hote & " in expressions["Thrift"]
    assert expressions["CheminClasseurRH"].startswith('"" meta')  # no names unless somebody asks for them
    for part in (node for node in objects(model()) if node.kind == "partition" and node.expression == "m"):
        text = part.children[0].expression or ""
        bare = re.sub(r'"[^"]*"', '""', text)
        assert all(bare.count(a) == bare.count(b) for a, b in ("()", "[]", "{}")), part.name
        steps = re.findall(r"^    (\w+) = ", text, re.M)
        assert text.splitlines()[-1].strip() == steps[-1], part.name
        assert gold_of(table_of(part.name)) is None or "Source = Thrift{[Schema = Schema, Item = " in text
    readers = [name for name in names()[0] if "File.Contents" in (next(table_of(name).of("partition")).children[0].expression or "")]
    assert readers == ["Noms"]


def test_people_of_one_name_are_told_apart_by_their_number() -> None:
    """A table visual has one row for rows that look alike; DAX compares texts as the engine stores them, without regard to case."""
    text = next(table_of("Salariés").of("partition")).children[0].expression or ""
    name = "'Noms'[Prénom] & \" \" & 'Noms'[Nom]"
    assert f"VAR homonymes = COUNTROWS(FILTER('Noms', {name} = nom))" in text
    assert 'RETURN IF(ISBLANK(nom), "Salarié " & numero, IF(homonymes > 1, nom & " (" & numero & ")", nom))' in text


def test_names_are_read_from_the_columns_of_a_delivery_and_from_nowhere_else() -> None:
    text = next(table_of("Noms").of("partition")).children[0].expression or ""
    assert re.findall(r"Voulues = \{(.*?)\}", text) == [
        ", ".join(f'"{normalise(one)}"' for one in (delivery.ID, delivery.NOM, delivery.PRENOM))
    ]
    assert {
        node.properties.get("sourceColumn") for name in names()[0] if name != "Noms" for node in table_of(name).of("column")
    }.isdisjoint({"nom", "prenom", "adresse", "salaire_brut", "date_naissance"})
