"""Makes Grafana's files of monitoring/dashboard.yml: the one that is provisioned, and the one that is imported.

python monitoring/dashboard.py           write both
python monitoring/dashboard.py --check   1 when they are not what they would be
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "dashboard.yml"
PROVISIONED = HERE / "grafana" / "dashboards" / "sportdata.json"
IMPORTABLE = HERE / "grafana.json"
DATASOURCE_UID = "sportdata-prometheus"  # as in grafana/provisioning/datasources/prometheus.yml
[REACHED] = re.findall(r"^#SPORTDATA_PROMETHEUS_URL=(\S+)$", (HERE.parent / ".env.example").read_text(), re.MULTILINE)
RUNBOOKS = f"{REACHED}/user/runbooks"  # Prometheus shows docs/ at /user
COLOURS = {"palette": {"mode": "palette-classic"}, "thresholds": {"mode": "thresholds"}}
INPUT = {
    "name": "DS_PROMETHEUS",
    "label": "Prometheus",
    "description": "The Prometheus that scrapes the stack with monitoring/prometheus/prometheus.yml and its rules",
    "type": "datasource",
    "pluginId": "prometheus",
    "pluginName": "Prometheus",
}
REQUIRES = [
    {"type": "grafana", "id": "grafana", "name": "Grafana", "version": "11.0.0"},
    {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
    *({"type": "panel", "id": kind, "name": kind, "version": ""} for kind in ("bargauge", "stat", "table", "timeseries")),
]


def dashboard(source: str) -> dict[str, Any]:
    """`source` is the uid of the datasource, or the name of an input."""
    return {
        "uid": "sportdata",
        "title": "Sport Data Solution",
        "description": "From a change in PostgreSQL to the indicators: is it up, how late, how much, what failed",
        "tags": ["sportdata"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_runbooks()]},
        "annotations": {"list": [_alerts(source)]},
        "panels": _panels(yaml.safe_load(SOURCE.read_text()), {"type": "prometheus", "uid": source}),
    }


def _runbooks() -> dict[str, Any]:
    """Where docs/runbooks is to be read: at Prometheus, unless the reader has another place."""
    return {
        "name": "runbooks",
        "label": "Runbooks at",
        "description": "Where docs/runbooks is shown, without a slash at the end: links to runbooks lead there",
        "type": "textbox",
        "query": RUNBOOKS,
        "current": {"text": RUNBOOKS, "value": RUNBOOKS},
    }


def _alerts(source: str) -> dict[str, Any]:
    return {
        "name": "Critical alerts",
        "datasource": {"type": "prometheus", "uid": source},
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing", severity="critical"}',
        "titleFormat": "{{alertname}}",
        "step": "30s",
    }


def _panels(rows: list[dict[str, Any]], datasource: dict[str, str]) -> list[dict[str, Any]]:
    """Left to right, then down; each row begins a new line."""
    made: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        head = {"type": "row", "title": row["row"], "collapsed": False, "panels": []}
        made.append({"id": len(made) + 1, **head, "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}})
        left, top, line = 0, top + 1, 0
        for panel in row["panels"]:
            width, height = panel["size"]
            if left + width > 24:
                left, top, line = 0, top + line, 0
            place = {"x": left, "y": top, "w": width, "h": height}
            made.append({"id": len(made) + 1, **_panel(panel, datasource), "gridPos": place})
            left, line = left + width, max(line, height)
        top += line
    return made


def _panel(panel: dict[str, Any], datasource: dict[str, str]) -> dict[str, Any]:
    kind = panel.get("is", "timeseries")
    instant = kind != "timeseries"
    alerts = panel.get("alerts", [])
    meaning = panel.get("meaning", "")
    if alerts:
        meaning += "\n\nRunbooks: " + ", ".join(f"[{alert}](${{runbooks}}/{alert}.md)" for alert in alerts)
    return {
        "type": kind,
        "title": panel["title"],
        "description": meaning.strip(),
        "datasource": datasource,
        "links": [{"title": f"Runbook: {alert}", "url": f"${{runbooks}}/{alert}.md", "targetBlank": True} for alert in alerts],
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": datasource,
                "expr": expression,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
                "format": "table" if kind == "table" else "time_series",
            }
            for place, (legend, expression) in enumerate(panel["queries"].items())
        ],
        "fieldConfig": {"defaults": _field(panel, kind), "overrides": [RUNBOOK_OF_ALERT] if kind == "table" else []},
        "options": OPTIONS[kind] | ({"textMode": "value_and_name"} if kind == "stat" and any(panel["queries"]) else {}),
        **({"transformations": TABLE} if kind == "table" else {}),
    }


def _field(panel: dict[str, Any], kind: str) -> dict[str, Any]:
    steps = panel.get("steps", {0: "green"})
    field: dict[str, Any] = {
        "unit": panel.get("unit", "short"),
        "color": COLOURS["thresholds" if kind == "stat" else "palette"],
        "thresholds": {
            "mode": "absolute",
            "steps": [{"value": None if not place else value, "color": colour} for place, (value, colour) in enumerate(steps.items())],
        },
        "min": 0,
    }
    field |= {name: panel[name] for name in ("decimals", "max") if name in panel}
    if "words" in panel:
        shown = {
            str(value): {"text": text, "color": colour, "index": i} for i, (value, (text, colour)) in enumerate(panel["words"].items())
        }
        special = [{"type": "special", "options": {"match": "null+nan", "result": shown.pop("nan")}}] if "nan" in shown else []
        field["mappings"] = [{"type": "value", "options": shown}, *special]
    if kind == "timeseries":
        field["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if panel.get("stacked") else 10,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.get("stacked") else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if len(steps) > 1 else "off"},
            "scaleDistribution": {"type": "log", "log": 2} if panel.get("log") else {"type": "linear"},
        }
    return field


LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS: dict[str, dict[str, Any]] = {
    "stat": {"reduceOptions": LAST, "colorMode": "background", "graphMode": "none", "textMode": "auto", "justifyMode": "center"},
    "bargauge": {"reduceOptions": LAST, "displayMode": "basic", "orientation": "horizontal"},
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "table": {"showHeader": True, "cellHeight": "sm"},
}
RUNBOOK_OF_ALERT = {
    "matcher": {"id": "byName", "options": "alertname"},
    "properties": [
        {"id": "links", "value": [{"title": "Runbook: ${__value.raw}", "url": "${runbooks}/${__value.raw}.md", "targetBlank": True}]}
    ],
}
TABLE = [{"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}]


def files() -> dict[Path, str]:
    """What each file must hold."""
    importable = {"__inputs": [INPUT], "__requires": REQUIRES, **dashboard("${DS_PROMETHEUS}")}
    made = {PROVISIONED: dashboard(DATASOURCE_UID), IMPORTABLE: importable}
    return {file: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for file, document in made.items()}


def main() -> int:
    stale = [file for file, text in files().items() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv[1:]:
        for file in stale:
            sys.stderr.write(f"{file.relative_to(HERE.parent)} is not what dashboard.yml says: run `python monitoring/dashboard.py`\n")
        return 1 if stale else 0
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files()[file])
    return 0


if __name__ == "__main__":
    sys.exit(main())
