"""The Power BI report is as Microsoft's schemas want it, and its visuals show what the model has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.unit.powerbi_project import POWERBI, REPORT, model, names, visuals

SCHEMAS = Path(__file__).parent / "powerbi_schemas"
ADDRESS = "https://developer.microsoft.com/json-schemas/"
DOCUMENTS = [
    *sorted(file for file in POWERBI.rglob("*.json") if ".pbi" not in file.parts),  # .pbi is what Desktop keeps for itself
    *sorted(POWERBI.rglob(".platform")),
    *sorted(POWERBI.glob("*/definition.pb*")),
    POWERBI / "SportData.pbip",
]


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


def unknown(visual: dict[str, Any]) -> list[tuple[str, str, str]]:
    tables, measures = names()
    homes = {("Measure", table.name, node.name) for table in model().of("table") for node in table.of("measure")}
    known = homes | {("Column", table, name) for table, columns in tables.items() for name in columns}
    sources = [one for each in visual.get("filterConfig", {}).get("filters", ()) for one in each["filter"]["From"]]
    assert measures
    return [field for field in fields(visual, {one["Name"]: one["Entity"] for one in sources}) if field not in known]


def test_every_visual_names_columns_and_measures_that_exist() -> None:
    assert {file.parent.name: wrong for file, visual in visuals().items() if (wrong := unknown(visual))} == {}
    for visual in visuals().values():
        for role in visual["visual"]["query"]["queryState"].values():
            for one in role["projections"]:
                _, table, name = next(fields(one["field"], {}))
                assert (one["queryRef"], one["nativeQueryRef"]) == (f"{table}.{name}", name)


def shown(visual: dict[str, Any]) -> set[tuple[str, str]]:
    """Table and name of what a visual shows, its filters aside."""
    return {(table, name) for _, table, name in fields(visual["visual"]["query"], {})}


def test_lines_that_look_alike_stay_apart() -> None:
    """A table visual groups by its columns: it needs the activity's key, or the person's name, which the model makes unique."""
    lines = [shown(one) for one in visuals().values() if one["visual"]["visualType"] == "tableEx"]
    keys = {
        "Activités": ("Activités", "N° activité"), "Proches du seuil": ("Salariés", "Salarié"), "Déclarations": ("Salariés", "Salarié"),
        "Droits dans le temps": ("Salariés", "Salarié"),
    }  # fmt: skip
    for home, key in keys.items():
        [line] = [line for line in lines if home in {table for table, _ in line}]
        assert key in line


def test_the_choice_of_a_run_does_not_empty_the_table_of_replaced_values() -> None:
    """Only run 0 has values that were replaced."""
    times = ("Historique", "Affiché jusqu'au")
    [target] = [file for file, one in visuals().items() if one["visual"]["visualType"] == "tableEx" and times in shown(one)]
    assert not {("Historique", "Run de l'historique"), ("Runs", "Run")} & shown(visuals()[target])
    beside = {file: one for file, one in visuals().items() if file.parts[-4] == target.parts[-4]}
    of_runs = [
        file for file, one in beside.items() if one["visual"]["visualType"] == "slicer" and {table for table, _ in shown(one)} == {"Runs"}
    ]
    page = json.loads((target.parents[2] / "page.json").read_text(encoding="utf-8"))
    pairs = [{"source": file.parent.name, "target": target.parent.name, "type": "NoFilter"} for file in of_runs]
    assert pairs and page["visualInteractions"] == pairs
    assert complaints(page) == [] and complaints(page | {"visualInteractions": [pairs[0] | {"type": "None"}]})


def test_a_visual_whose_column_was_renamed_is_caught() -> None:
    visual = next(one for one in visuals().values() if '"Salarié"' in json.dumps(one, ensure_ascii=False))
    assert unknown(visual) == []
    renamed = json.loads(json.dumps(visual, ensure_ascii=False).replace('"Salarié"', '"Personne"'))
    assert unknown(renamed)


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
