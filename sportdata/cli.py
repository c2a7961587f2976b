"""The command `sportdata`. Exit codes: 0 done, 1 the answer is no, 2 wrong use or a broken world."""

from __future__ import annotations

import argparse
from pathlib import Path

from sportdata.contracts.editions import FORMATS
from sportdata.local import commands
from sportdata.local.script import positive, positive_seconds, run
from sportdata.settings import Settings

EXAMPLES = """examples:
  sportdata up --wait                      start the stack and wait until every component is ready
  sportdata load-hr --rh data/donnees_rh.xlsx --sport data/donnees_sportives.xlsx
  sportdata wait && sportdata kpis         the indicators, everything committed so far included
  sportdata sql "SELECT bu, sum(montant_prime_euros) FROM gold.eligibilites GROUP BY bu"
  sportdata simulate --percent 0.06 --max-walk-km 10       today under other parameters; writes nothing
  sportdata export --out exports && sportdata report       a workbook and a page for HR
  eval "$(sportdata env)" && psql          connect as the role that may write activities
  SPORTDATA_HOME=/tmp/second SPORTDATA_PORT_OFFSET=1000 sportdata up    a second stack beside the first
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="sportdata", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    up = verbs.add_parser("up", help="start the embedded stack; harmless when it runs")
    up.add_argument("--wait", action="store_true", help="return only once every component is ready")
    up.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="bronze and gold on a Spark cluster of this machine with N workers (default: inside their driver)",
    )
    up.set_defaults(call=lambda settings, asked: commands.up(settings, asked.wait, asked.workers))

    down = verbs.add_parser("down", help="stop the stack; what it knows stays")
    down.set_defaults(call=lambda settings, _: commands.down(settings))

    reset = verbs.add_parser("reset", help="stop the stack and forget everything it knows")
    reset.set_defaults(call=lambda settings, _: commands.reset(settings))

    status = verbs.add_parser("status", help="state, memory and processor time of each component")
    status.add_argument("--json", action="store_true")
    status.set_defaults(call=lambda settings, asked: commands.status(settings, asked.json))

    logs = verbs.add_parser("logs", help="the end of the components' logs")
    logs.add_argument("component", nargs="?", help="default: all of them")
    logs.add_argument("--lines", type=int, default=20)
    logs.set_defaults(call=lambda settings, asked: commands.logs(settings, asked.component, asked.lines))

    env = verbs.add_parser("env", help="how to reach everything, as export lines or JSON (it holds passwords)")
    env.add_argument("--json", action="store_true")
    env.set_defaults(call=lambda settings, asked: commands.env(settings, asked.json))

    load = verbs.add_parser("load-hr", help="load the two workbooks of HR, in one transaction")
    load.add_argument("--rh", type=Path, help="default: data/donnees_rh.xlsx")
    load.add_argument("--sport", type=Path, help="default: data/donnees_sportives.xlsx")
    load.add_argument("--confirm", action="store_true", help="accept that more than 10 %% of the employees have left")
    load.set_defaults(call=lambda settings, asked: commands.load(settings, asked.rh, asked.sport, asked.confirm))

    wait = verbs.add_parser("wait", help="0 once everything committed before the call is visible in gold")
    wait.add_argument("--timeout", type=positive_seconds, default=120.0, metavar="S", help="default: 120")
    wait.set_defaults(call=lambda settings, asked: commands.wait(settings, asked.timeout))

    kpis = verbs.add_parser("kpis", help="the indicators, through the Thrift server")
    kpis.add_argument("--json", action="store_true")
    kpis.set_defaults(call=lambda settings, asked: commands.kpis(settings, asked.json))

    sql = verbs.add_parser("sql", help="one statement through the Thrift server")
    sql.add_argument("statement")
    sql.add_argument("--format", choices=["table", "csv", "json"], default="table")
    sql.set_defaults(call=lambda settings, asked: commands.sql(settings, asked.statement, asked.format))

    rebuild = verbs.add_parser("rebuild", help="gold anew from bronze and the HR versions alone; PostgreSQL may be down")
    rebuild.set_defaults(call=lambda settings, _: commands.rebuild(settings))

    _history(verbs)
    _editions(verbs)
    _slack(verbs)

    demo = verbs.add_parser("demo", help="the whole stream once, from the workbooks to the indicators (what `make demo` runs)")
    demo.add_argument("--rh", type=Path)
    demo.add_argument("--sport", type=Path)
    demo.add_argument("--distances", type=Path, help="recorded distances (employee_id,mode,distance_km); the others are estimated")
    demo.set_defaults(call=lambda settings, asked: commands.demo(settings, asked.rh, asked.sport, asked.distances))
    return top


def _history(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    replay = verbs.add_parser("replay", help="every day anew under one set of parameters, as a run of its own in gold.kpis_historique")
    replay.add_argument("--from", dest="since", metavar="DATE", help="first day; default: 365 days, today included")
    replay.add_argument("--config", type=Path, metavar="FILE", help="a file like config.yml, or - for the input; default: the one in force")
    replay.add_argument("--reason", required=True, metavar="TEXT", help="why, for those who will compare")
    replay.add_argument("--by", metavar="NAME", help="who asks for it; default: the user of this machine")
    replay.set_defaults(call=lambda settings, asked: commands.replay(settings, asked.since, asked.config, asked.reason, asked.by))

    simulate = verbs.add_parser("simulate", help="today under other parameters, by BU, with who gains and who loses; writes nothing")
    names = ("percent", "min_activities", "window_days", "days", "max_walk_km", "max_bike_km")
    for name in names:
        simulate.add_argument(f"--{name.replace('_', '-')}", metavar="X", help="as in config.yml; default: as it is there")
    simulate.add_argument("--json", action="store_true")
    simulate.set_defaults(
        call=lambda settings, asked: commands.simulate(settings, {name: getattr(asked, name) for name in names}, asked.json)
    )


EXPORTS = """examples:
  sportdata wait && sportdata export --out exports           a workbook for Excel or LibreOffice, no names
  sportdata export --format csv --out exports                one file a table, as Excel opens them in French
  sportdata export --format parquet --activities --out lake-copy
  sportdata export --hr --out exports                        with names from PostgreSQL; readable by its owner alone
"""


def _editions(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    form = argparse.RawDescriptionHelpFormatter
    export = verbs.add_parser(
        "export", help="gold as a workbook, CSV or Parquet; the stack may be down", epilog=EXPORTS, formatter_class=form
    )
    export.add_argument("--format", choices=FORMATS, default="xlsx", help="default: xlsx")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write into; made when it is not there")
    export.add_argument("--hr", action="store_true", help="with names, which needs PostgreSQL; the files are open to their owner alone")
    export.add_argument("--activities", action="store_true", help="each activity with its comment as well (a workbook holds 1 048 575)")
    export.set_defaults(call=lambda settings, asked: commands.export(settings, asked.format, asked.out, asked.hr, asked.activities))

    report = verbs.add_parser("report", help="one French page to read, print or send (HTML, no network); the stack may be down")
    report.add_argument("--out", type=Path, metavar="FILE", help="default: rapport-DATE.html, or rapport-rh-DATE.html, in this folder")
    report.add_argument("--hr", action="store_true", help="with names, which needs PostgreSQL; the file is open to its owner alone")
    report.set_defaults(call=lambda settings, asked: commands.report(settings, asked.out, asked.hr))


def _slack(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    slack = verbs.add_parser("slack", help="what is announced, what waits, and what somebody must settle")
    asked_of_slack = slack.add_subparsers(dest="what", required=True, metavar="status | settle")
    told = asked_of_slack.add_parser("status", help="counts by state; messages that wait, are uncertain or were refused")
    told.add_argument("--json", action="store_true")
    told.set_defaults(call=lambda settings, asked: commands.slack_status(settings, asked.json))
    settle = asked_of_slack.add_parser("settle", help="says of an uncertain or refused message whether the channel has it")
    settle.add_argument("id", type=int, metavar="ID", help="an activity of the message")
    which = settle.add_mutually_exclusive_group(required=True)
    which.add_argument("--posted", action="store_true", help="it is in the channel: nothing more happens")
    which.add_argument("--not-posted", action="store_true", help="it is not: it will be posted")
    settle.set_defaults(call=lambda settings, asked: commands.slack_settle(settings, asked.id, asked.posted))


def main() -> None:
    """Entry point."""
    asked = parser().parse_args()
    run(lambda: asked.call(Settings(), asked))
