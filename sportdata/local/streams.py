"""Bronze and gold: in one Spark driver, which a laptop with 8 GB is comfortable with, or in one each."""

from __future__ import annotations

import os
import sys
import time

from sportdata.adapters.documents import read_document
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings

LONGEST_SILENCE_S = 45.0  # a batch of a large backlog holds gold's lock for a while


def components(settings: Settings) -> list[Component]:
    if settings.streams == "apart":
        return [_component(settings, "bronze", "bronze_job.py", ("bronze",)), _component(settings, "gold", "gold_job.py", ("gold",))]
    return [_component(settings, "streams", "both_jobs.py", ("bronze", "gold"))]


def _component(settings: Settings, name: str, script: str, jobs: tuple[str, ...]) -> Component:
    def answers(pid: int) -> str | None:
        for job in jobs:
            said = read_document(settings.progress / f"{job}.json")
            if said is None or said["pid"] != pid:
                return f"{job} has not reported yet"
            if (silence := time.time() - said["beat"]) > LONGEST_SILENCE_S:
                return f"{job} has been silent for {silence:.0f} s"
        return None

    return Component(
        name=name,
        command=lambda: [sys.executable, str(ROOT / "spark" / script)],
        answers=answers,
        log=settings.logs / f"{name}.log",
        needs=("broker", "postgres"),
        environment={"PYTHONPATH": os.fspath(ROOT)},
        patience_s=40.0,
        shown_as=jobs,
    )
