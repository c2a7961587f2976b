"""Bronze and gold: in one Spark driver, which a laptop with 8 GB is comfortable with, or in one each."""

from __future__ import annotations

import os
import sys
import time

from sportdata.adapters.documents import read_document
from sportdata.contracts.lakeside import KEYS
from sportdata.contracts.progress import LONGEST_SILENCE_S
from sportdata.local import cluster
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings


def components(settings: Settings) -> list[Component]:
    if settings.streams == "apart":
        return [
            _component(settings, "bronze", "bronze_job.py", ("bronze",), "streams_metrics"),
            _component(settings, "gold", "gold_job.py", ("gold",), "gold_metrics"),
        ]
    return [_component(settings, "streams", "both_jobs.py", ("bronze", "gold"), "streams_metrics")]


def _component(settings: Settings, name: str, script: str, jobs: tuple[str, ...], metrics: str) -> Component:
    def answers(pid: int) -> str | None:
        for job in jobs:
            said = read_document(settings.progress / f"{job}.json")
            if said is None or said["pid"] != pid:
                return f"{job} has not reported yet"
            if (silence := time.time() - said["beat"]) > LONGEST_SILENCE_S[job]:
                return f"{job} has been silent for {silence:.0f} s"
        return None

    return Component(
        name=name,
        command=lambda: [sys.executable, str(ROOT / "spark" / script)],
        answers=answers,
        log=settings.logs / f"{name}.log",
        ports={metrics: settings.port(metrics)},
        needs=("broker", "postgres", *cluster.worker_names(settings)),
        environment={"PYTHONPATH": os.fspath(ROOT), **cluster.driver_environment(settings)},
        secrets=KEYS,
        patience_s=40.0,
        shown_as=jobs,
    )
