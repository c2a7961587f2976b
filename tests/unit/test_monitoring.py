"""Rules, dashboards and runbooks name what exists, and the files that are made are what their sources say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from sportdata.cli import parser
from sportdata.contracts.tables import KPIS
from sportdata.jobs.measured import served
from sportdata.local.monitoring import ONLY_IN_CONTAINERS, components, configuration, find_prometheus
from sportdata.metrics import BUSINESS, catalogue
from sportdata.settings import PORTS, PORTS_ASIDE, ROOT, Settings

MONITORING = ROOT / "monitoring"
RULES = sorted((MONITORING / "prometheus" / "rules").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
CONTAINERS = "(containers)"
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
PROMQL = """floor abs and avg avg_over_time by changes count deriv group_left histogram_quantile ignoring increase max max_over_time min
min_over_time on or predict_linear rate round sum time timestamp unless vector without"""
WORDS = frozenset(PROMQL.split())
SHELL = frozenset({"curl", "kill", "uptime", "free", "df", "du", "sleep", "grep"})


def rules() -> list[dict[str, Any]]:
    return [rule for file in RULES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def panels() -> list[dict[str, Any]]:
    return [panel for row in yaml.safe_load((MONITORING / "dashboard.yml").read_text()) for panel in row["panels"]]


def names_in(expression: str) -> set[str]:
    """The metrics of a PromQL expression: what is left without texts, selectors' labels, groupings, functions and durations."""
    bare = re.sub(r'"[^"]*"', "", expression).replace("$__rate_interval", "1m")
    bare = re.sub(r"\b(by|on|without|ignoring|group_left)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    return {name for name in NAME.findall(bare) if name not in WORDS and not re.fullmatch(r"e\d*|_*", name)}


KNOWN = {one.name for one in catalogue()} | {rule["record"] for rule in rules() if "record" in rule}
KNOWN |= {f"{one.name}_{part}" for one in catalogue() if one.kind == "histogram" for part in ("bucket", "sum", "count")}


def test_names_in_finds_what_is_a_metric() -> None:
    expression = 'sum by (stage, le) (rate(a_bucket{b="c"}[10m])) > 1e9 unless on () increase(d_total{e=~"f|g"}[5m]) > 0.5'
    assert names_in(expression) == {"a_bucket", "d_total"}
    assert not names_in("rate(sportdata_of_nobody_total[5m])") <= KNOWN


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_name_only_known_metrics(rule: dict[str, Any]) -> None:
    assert names_in(rule["expr"]) <= KNOWN


def test_panels_name_only_known_metrics() -> None:
    assert {name for panel in panels() for query in panel["queries"].values() for name in names_in(query)} <= KNOWN


def test_every_metric_of_ours_has_a_name_by_convention_and_a_meaning() -> None:
    own = [one for one in catalogue() if one.kind]
    assert [one.name for one in own if not re.fullmatch(r"sportdata_[a-z]+_[a-z0-9_]+", one.name) or len(one.meaning) < 8] == []
    assert len({one.name for one in own}) == len(own)
    assert len({label for one in own for label in one.labels} & {"bu", "employee", "employee_id", "name", "id"}) == 0


def test_business_totals_have_no_labels() -> None:
    business = [one for one in catalogue() if one.name.startswith("sportdata_business_")]
    assert len(business) == 10
    assert not [column.name for column in KPIS.columns if column.tells_salary and column.name in BUSINESS]
    assert {one.labels for one in business} == {()}


def test_what_gold_counts_is_served_where_gold_runs_and_nowhere_else() -> None:
    of_gold = {one.name for one in catalogue() if one.name.startswith(("sportdata_business_", "sportdata_gold_"))}
    pages = {gold: generate_latest(served(gold)).decode() for gold in (True, False)}
    shown = {gold: set(re.findall(r"^# TYPE (\S+)", page, re.M)) for gold, page in pages.items()}
    assert len(of_gold) == 14
    assert shown[True] - shown[False] == of_gold
    assert "sportdata_stream_query_active" in shown[False]


@pytest.mark.parametrize("rule", ALERTS.values(), ids=ALERTS.keys())
def test_each_alert_has_a_severity_a_summary_and_a_page(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert len(rule["annotations"]["summary"]) > 15
    assert rule["annotations"]["runbook_url"] == f"{{{{ $externalURL }}}}/user/runbooks/{rule['alert']}.md"
    page = (RUNBOOKS / f"{rule['alert']}.md").read_text()
    assert re.findall(r"^#.*", page, re.M)[:1] == [f"# {rule['alert']}"]
    assert re.findall(r"^## (.*)", page, re.M) == ["Look", "Do", "It ends"]
    assert f"[{rule['alert']}]" in (RUNBOOKS / "README.md").read_text()


def test_no_page_is_left_over() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"} == set(ALERTS)


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text(), re.S)
    return [part.strip() for block in blocks for line in block.splitlines() for part in re.split(r" \| ", line) if part.strip()]


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_the_commands_and_links_of_a_page_exist(page: Path) -> None:
    for command in commands(page):
        first, *rest = shlex.split(command.replace("$PID", "1").replace("$ID", "1"))
        if first == "sportdata":
            parser().parse_args(rest)
        elif first == "python":
            assert (ROOT / rest[0]).exists(), command
        else:
            assert first in SHELL, command
        ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", command)}
        assert ports <= {*PORTS.values(), *PORTS_ASIDE.values()}, command
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert (RUNBOOKS / link).exists(), link


def test_panels_link_to_alerts_that_exist() -> None:
    assert {alert for panel in panels() for alert in panel.get("alerts", ())} <= set(ALERTS)


def test_every_alert_has_cases_that_fire_and_that_do_not() -> None:
    cases: dict[str, set[bool]] = {name: set() for name in ALERTS}
    for file in (MONITORING / "prometheus" / "tests").glob("*.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test.get("alert_rule_test", ()):
                cases[case["alertname"]].add(bool(case["exp_alerts"]))
    assert {name: seen for name, seen in cases.items() if seen != {True, False}} == {}


def tool(name: str) -> str:
    """Prometheus' own programs: on the PATH, or beside SPORTDATA_PROMETHEUS."""
    beside = Path(os.environ.get("SPORTDATA_PROMETHEUS", "")).parent / name
    found = shutil.which(name) or (str(beside) if beside.is_file() else None)
    if found is None:
        pytest.skip(f"{name} is not installed: put it on the PATH, or set SPORTDATA_PROMETHEUS")
    return found


def test_the_rules_do_what_their_cases_say() -> None:
    cases = [str(file) for file in sorted((MONITORING / "prometheus" / "tests").glob("*.yml"))]
    done = subprocess.run([tool("promtool"), "test", "rules", *cases], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_the_configuration_of_containers_and_that_of_the_embedded_way(tmp_path: Path) -> None:
    promtool = tool("promtool")
    embedded = tmp_path / "prometheus.yml"
    embedded.write_text(yaml.safe_dump(configuration(Settings(home=tmp_path))))
    for file, flags in ((MONITORING / "prometheus" / "prometheus.yml", ["--syntax-only"]), (embedded, [])):
        done = subprocess.run([promtool, "check", "config", *flags, str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_embedded_way_asks_the_ports_of_this_stack() -> None:
    settings = Settings(port_offset=1000, streams="apart")
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in configuration(settings)["scrape_configs"]}
    assert targets == {
        "connect": ["127.0.0.1:6556"],
        "streams": ["127.0.0.1:9087", "127.0.0.1:9088"],
        "slack": ["127.0.0.1:9084"],
        "exporter": ["127.0.0.1:9089"],
        "validation": ["127.0.0.1:9086"],
        "prometheus": ["127.0.0.1:10090"],
    }
    assert targets.keys().isdisjoint(ONLY_IN_CONTAINERS)
    together = configuration(Settings(streams="together"))["scrape_configs"]
    assert next(job["static_configs"] for job in together if job["job_name"] == "streams") == [{"targets": ["127.0.0.1:8087"]}]


def test_prometheus_is_started_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPORTDATA_PROMETHEUS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_prometheus(Settings()) is None
    program = tmp_path / "prometheus"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_prometheus(Settings()) == str(program)
    assert find_prometheus(Settings(prometheus="off")) is None
    assert [one.name for one in components(Settings(prometheus="/elsewhere/prometheus"))] == ["exporter", "prometheus"]
    assert all(one.optional for one in components(Settings()))


@pytest.mark.parametrize("script", ["dashboard.py", "metrics_page.py"])
def test_what_is_made_is_up_to_date(script: str) -> None:
    done = subprocess.run([sys.executable, str(MONITORING / script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_two_dashboards_differ_in_their_datasource_alone() -> None:
    provisioned = (MONITORING / "grafana" / "dashboards" / "sportdata.json").read_text()
    importable = json.loads((MONITORING / "grafana.json").read_text())
    source = yaml.safe_load((MONITORING / "grafana" / "provisioning" / "datasources" / "prometheus.yml").read_text())
    assert [one["name"] for one in importable.pop("__inputs")] == ["DS_PROMETHEUS"]
    importable.pop("__requires")
    uid = source["datasources"][0]["uid"]
    assert json.loads(json.dumps(importable).replace("${DS_PROMETHEUS}", uid)) == json.loads(provisioned)


def test_panels_do_not_overlap_and_fill_their_lines() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in json.loads((MONITORING / "grafana.json").read_text())["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
        if panel["type"] != "row":
            assert panel["targets"]
            assert len(panel["description"]) > 5, panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"]


def limits() -> list[tuple[str, str, float]]:
    """(alert, metric, the constant that the alert compares it with), where that is more than happened or not."""
    compared = re.compile(r"([a-z][\w:]*)(?:\{[^}]*\})?(?:\[\w+\]\))? [<>] ([\d.e]+)")
    found = [(name, metric, float(limit)) for name, rule in ALERTS.items() for metric, limit in compared.findall(rule["expr"])]
    return [one for one in found if one[2] > 2]


def test_a_panel_shows_the_limit_from_which_its_metric_is_an_alert() -> None:
    shown = []
    for name, metric, limit in limits():
        for panel in panels():
            if name in panel.get("alerts", ()) and metric in {found for query in panel["queries"].values() for found in names_in(query)}:
                assert limit in panel.get("steps", {}), (panel["title"], name, limit)
                shown.append(name)
    assert {"ChangesPending", "DebeziumLate", "DiskAlmostFull", "SlackStuck", "SlotWalAboveLimit", "StreamSilent"} <= set(shown)


def pages_at(flags: list[str]) -> dict[str, str]:
    return dict(flag.split("=", 1) for flag in flags if flag.startswith(("--web.external-url=", "--web.user-assets=")))


def test_the_runbooks_are_where_alerts_and_the_dashboard_lead_in_both_ways_of_running() -> None:
    [_, prometheus] = components(Settings(port_offset=1000, prometheus="/elsewhere/prometheus"))
    assert pages_at(list(prometheus.command())) == {
        "--web.external-url": "http://127.0.0.1:10090",
        "--web.user-assets": str(RUNBOOKS.parent),
    }
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]
    told = pages_at(service["command"])
    assert f"./docs:{told['--web.user-assets']}:ro" in service["volumes"]
    [variable] = json.loads((MONITORING / "grafana.json").read_text())["templating"]["list"]
    [default] = re.findall(r"\$\{SPORTDATA_PROMETHEUS_URL:-(.*)\}", told["--web.external-url"])
    assert variable["query"] == f"{default}/user/{RUNBOOKS.name}"
    assert default == f"http://127.0.0.1:{PORTS['prometheus']}"


def test_the_list_of_alerts_leads_to_their_runbooks() -> None:
    [table] = [panel for panel in json.loads((MONITORING / "grafana.json").read_text())["panels"] if panel["type"] == "table"]
    [override] = table["fieldConfig"]["overrides"]
    assert override["matcher"]["options"] in table["targets"][0]["expr"]
    [link] = override["properties"][0]["value"]
    assert link["url"] == "${runbooks}/${__value.raw}.md"
