"""Bronze and gold in one Spark driver: what a laptop with 8 GB is comfortable with."""

from __future__ import annotations

import os
import sys
import time

from sportdata.adapters.documents import read_document
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings

LONGEST_SILENCE_S = 45.0  # a batch of a large backlog holds gold's lock for a while


def component(settings: Settings) -> Component:
    def answers(pid: int) -> str | None:
        for name in ("bronze", "gold"):
            said = read_document(settings.progress / f"{name}.json")
            if said is None or said["pid"] != pid:
                return f"{name} has not reported yet"
            if (silence := time.time() - said["beat"]) > LONGEST_SILENCE_S:
                return f"{name} has been silent for {silence:.0f} s"
        return None

    return Component(
        name="streams",
        command=lambda: [sys.executable, str(ROOT / "spark" / "both_jobs.py")],
        answers=answers,
        log=settings.logs / "streams.log",
        needs=("broker", "postgres"),
        environment={"PYTHONPATH": os.fspath(ROOT)},
        patience_s=40.0,
        shown_as=("bronze", "gold"),
    )
