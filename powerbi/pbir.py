"""The report as PBIR: one file a visual, held to Microsoft's published schemas by tests/unit/test_powerbi.py."""

from __future__ import annotations

from typing import Any

from naming import MEASURES, Column, Model, Table, stable_id

FABRIC = "https://developer.microsoft.com/json-schemas/fabric"
REPORT = f"{FABRIC}/item/report/definition"
WIDTH, HEIGHT, MARGIN, GAP = 1280, 720, 16, 8
CELLS = (24, 12)
ROLES = ("Rows", "Category", "Series", "Y", "Values")
ACTIVE = ("Rows", "Category")  # roles whose first field is the level that is shown


def files(model: Model) -> dict[str, dict[str, Any]]:
    """Each file of the folder `definition`."""
    ids = [name_of("page", page["page"]) for page in model.pages]
    made: dict[str, dict[str, Any]] = {
        "version.json": {"$schema": f"{REPORT}/versionMetadata/1.0.0/schema.json", "version": "2.0.0"},
        "report.json": {
            "$schema": f"{REPORT}/report/3.0.0/schema.json",
            "themeCollection": {},
            "settings": {"useStylableVisualContainerHeader": True, "defaultDrillFilterOtherVisuals": True},
        },
        "pages/pages.json": {"$schema": f"{REPORT}/pagesMetadata/1.0.0/schema.json", "pageOrder": ids, "activePageName": ids[0]},
    }
    for name, page in zip(ids, model.pages, strict=True):
        made[f"pages/{name}/page.json"] = {
            "$schema": f"{REPORT}/page/2.0.0/schema.json",
            "name": name,
            "displayName": page["page"],
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        }
        if ignored := _ignored(page):
            made[f"pages/{name}/page.json"]["visualInteractions"] = ignored
        for visual in _visuals(model, page):
            made[f"pages/{name}/visuals/{visual['name']}/visual.json"] = visual
    return made


def name_of(*parts: str) -> str:
    """Twenty hexadecimal digits, as Power BI Desktop names pages and visuals."""
    return stable_id(*parts).replace("-", "")[:20]


def _visuals(model: Model, page: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    left, top, line = 0, 0, 0
    for visual in page["visuals"]:
        width, height = visual["size"]
        if left + width > CELLS[0]:
            left, top, line = 0, top + line, 0
        place = _place(left, top, width, height, len(made))
        made.append(_visual(model, visual, name_of(page["page"], visual["is"], visual["title"]), place))
        left, line = left + width, max(line, height)
    return made


def _ignored(page: dict[str, Any]) -> list[dict[str, str]]:
    """Slicers that do not filter a visual; ValueError when the page has none of that title."""
    slicers = {visual["title"] for visual in page["visuals"] if visual["is"] == "slicer"}
    made = []
    for visual in page["visuals"]:
        for title in visual.get("ignores", ()):
            if title not in slicers:
                raise ValueError(f"powerbi/report.yml: {visual['title']} ignores {title}, which is no slicer of the page {page['page']}")
            source, target = name_of(page["page"], "slicer", title), name_of(page["page"], visual["is"], visual["title"])
            made.append({"source": source, "target": target, "type": "NoFilter"})
    return made


def _place(left: int, top: int, width: int, height: int, order: int) -> dict[str, int]:
    step = (WIDTH - 2 * MARGIN + GAP) // CELLS[0], (HEIGHT - 2 * MARGIN + GAP) // CELLS[1]
    x, y = MARGIN + left * step[0], MARGIN + top * step[1]
    return {"x": x, "y": y, "z": order, "height": height * step[1] - GAP, "width": width * step[0] - GAP, "tabOrder": order}


def _visual(model: Model, visual: dict[str, Any], name: str, place: dict[str, int]) -> dict[str, Any]:
    state = {role: {"projections": _projections(model, role, visual)} for role in ROLES if role in visual}
    content: dict[str, Any] = {"visualType": visual["is"], "query": {"queryState": state}}
    if "Category" in visual:
        content["query"]["sortDefinition"] = {"sort": [_sort(model, visual)]}
    content |= {"objects": _objects(visual)} if _objects(visual) else {}
    content["visualContainerObjects"] = {"title": [_properties(show=_literal(True), text=_literal(visual["title"]))]}
    content["drillFilterOtherVisuals"] = True
    made = {"$schema": f"{REPORT}/visualContainer/2.4.0/schema.json", "name": name, "position": place, "visual": content}
    if "only" in visual:
        made["filterConfig"] = {"filters": [_filter(model, name, field, values) for field, values in visual["only"].items()]}
    return made


def _projections(model: Model, role: str, visual: dict[str, Any]) -> list[dict[str, Any]]:
    made = []
    for place, text in enumerate(visual[role]):
        table, name, field = field_of(model, text)
        made.append({"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name})
        if place == 0 and (role in ACTIVE or visual["is"] == "slicer"):
            made[-1]["active"] = True
    return made


def field_of(model: Model, text: str) -> tuple[str, str, dict[str, Any]]:
    """Table and name, and the reference as PBIR writes it; ValueError when the measure or column is not described."""
    key, _, inner = text.rstrip("]").partition("[")
    if key:
        table, column = model.column(key, inner)
        return table.name, column.name, _reference("Column", table.name, column.name)
    if inner not in model.measures:
        raise ValueError(f"powerbi/report.yml: no measure [{inner}]")
    home = model.tables[MEASURES].name
    return home, inner, _reference("Measure", home, inner)


def _reference(kind: str, table: str, name: str, source: str = "Entity") -> dict[str, Any]:
    return {kind: {"Expression": {"SourceRef": {source: table}}, "Property": name}}


def _sort(model: Model, visual: dict[str, Any]) -> dict[str, Any]:
    """Bars by size, columns and lines from left to right."""
    bars = visual["is"] == "clusteredBarChart"
    _, _, field = field_of(model, visual["Y" if bars else "Category"][0])
    return {"field": field, "direction": "Descending" if bars else "Ascending"}


def _objects(visual: dict[str, Any]) -> dict[str, Any]:
    if visual["is"] == "card":
        whole = {"labelDisplayUnits": _literal(1.0), "fontSize": _literal(20.0)}  # 1: no "172 K" for 172 482,50
        return {"labels": [_properties(**whole)], "categoryLabels": [_properties(show=_literal(False))]}
    if visual["is"] == "slicer":
        return {"data": [_properties(mode=_literal("Dropdown"))], "header": [_properties(show=_literal(False))]}
    return {}


def _properties(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


def _literal(value: bool | float | str) -> dict[str, Any]:
    if isinstance(value, bool):
        text = str(value).lower()
    else:
        text = f"{value:g}D" if isinstance(value, float) else "'" + value.replace("'", "''") + "'"
    return {"expr": {"Literal": {"Value": text}}}


def _filter(model: Model, visual: str, text: str, values: list[str]) -> dict[str, Any]:
    table, column = _column(model, text)
    inside = _reference("Column", "t", column.name, "Source")
    chosen = [[_literal(value)["expr"]] for value in values]
    return {
        "name": name_of("filter", visual, text),
        "field": _reference("Column", table.name, column.name),
        "type": "Categorical",
        "filter": {
            "Version": 2,
            "From": [{"Name": "t", "Entity": table.name, "Type": 0}],
            "Where": [{"Condition": {"In": {"Expressions": [inside], "Values": chosen}}}],
        },
    }


def _column(model: Model, text: str) -> tuple[Table, Column]:
    key, _, inner = text.rstrip("]").partition("[")
    return model.column(key, inner)
