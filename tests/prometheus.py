"""What tests ask a running Prometheus; and every query of the dashboard."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import yaml

from sportdata.settings import ROOT


def query(address: str, expression: str) -> list[dict[str, Any]]:
    """The samples of an instant query; none while Prometheus does not answer."""
    try:
        with urllib.request.urlopen(f"http://{address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}", timeout=10) as answer:
            samples: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        if error.code == 503:  # still starting
            return []
        raise AssertionError(f"{expression}: {error.read().decode()}") from error
    except urllib.error.URLError:
        return []
    return samples


def pages(address: str) -> dict[str, str]:
    """Alert → first line of the page to which it leads, of those that are pending or firing."""
    found = {}
    with urllib.request.urlopen(f"http://{address}/api/v1/alerts", timeout=10) as answer:
        alerts = json.load(answer)["data"]["alerts"]
    for alert in alerts:
        with urllib.request.urlopen(alert["annotations"]["runbook_url"], timeout=10) as page:  # noqa: S310
            found[alert["labels"]["alertname"]] = page.readline().decode().strip()
    return found


def queries() -> dict[str, str]:
    """Title of the panel and legend → PromQL."""
    rows = yaml.safe_load((ROOT / "monitoring" / "dashboard.yml").read_text())
    return {
        f"{panel['title']}: {legend}": expression.replace("$__rate_interval", "1m")
        for row in rows
        for panel in row["panels"]
        for legend, expression in panel["queries"].items()
    }
