"""The Power BI project as the tests read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sportdata.contracts.tables import PUBLIC, Table
from sportdata.settings import ROOT
from tests.unit.tmdl_reader import Node, read_folder

POWERBI = ROOT / "powerbi"
MODEL = POWERBI / "SportData.SemanticModel" / "definition"
REPORT = POWERBI / "SportData.Report" / "definition"
GOLD = {table.name: table for table in PUBLIC if table.schema == "gold"}
DELIVERED = """eligibilites activites anomalies kpis kpis_historique historique_runs parametres eligibilites_historique simulations
pratique_mensuelle proches_du_seuil declarations"""


@cache
def model() -> Node:
    """All of the semantic model."""
    return read_folder(MODEL)


def objects(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from objects(child)


def table_of(name: str) -> Node:
    return next(table for table in model().of("table") if table.name == name)


def gold_of(table: Node) -> Table | None:
    """The table of gold that a table of the model reads."""
    found = re.search(r'Item = "(\w+)"', next(table.of("partition")).children[0].expression or "")
    return GOLD[found[1]] if found else None


def names() -> tuple[dict[str, set[str]], set[str]]:
    """The columns of each table, and all measures."""
    tables = {table.name: {node.name for node in table.of("column")} for table in model().of("table")}
    return tables, {node.name for node in objects(model()) if node.kind == "measure"}


def visuals() -> dict[Path, dict[str, Any]]:
    return {file: json.loads(file.read_text(encoding="utf-8")) for file in sorted(REPORT.glob("pages/*/visuals/*/visual.json"))}
