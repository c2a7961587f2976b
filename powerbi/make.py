"""Makes the Power BI project of model.yml, measures.yml, report.yml and the contract of gold.

python powerbi/make.py           write it
python powerbi/make.py --check   1 when it is not what it would be
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pbir
import tmdl
from naming import HERE, Model, stable_id

NAME = "SportData"
MODEL, REPORT = f"{NAME}.SemanticModel", f"{NAME}.Report"


def _platform(kind: str) -> dict[str, Any]:
    return {
        "$schema": f"{pbir.FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": NAME},
        "config": {"version": "2.0", "logicalId": stable_id(kind)},
    }


def files() -> dict[Path, str]:
    """What each file must hold."""
    model = Model()
    documents: dict[str, dict[str, Any]] = {
        f"{NAME}.pbip": {
            "$schema": f"{pbir.FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
            "version": "1.0",
            "artifacts": [{"report": {"path": REPORT}}],
            "settings": {"enableAutoRecovery": True},
        },
        f"{MODEL}/.platform": _platform("SemanticModel"),
        f"{MODEL}/definition.pbism": {
            "$schema": f"{pbir.FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json",
            "version": "4.0",
            "settings": {},
        },
        f"{REPORT}/.platform": _platform("Report"),
        f"{REPORT}/definition.pbir": {
            "$schema": f"{pbir.FABRIC}/item/report/definitionProperties/2.0.0/schema.json",
            "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{MODEL}"}},
        },
    }
    documents |= {f"{REPORT}/definition/{name}": document for name, document in pbir.files(model).items()}
    made = {HERE / name: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in documents.items()}
    return made | {HERE / MODEL / "definition" / name: text for name, text in tmdl.files(model).items()}


def main() -> int:
    wanted = files()
    there = {file for folder in (MODEL, REPORT) for file in (HERE / folder / "definition").rglob("*") if file.is_file()}
    left_over = there - wanted.keys()
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for file in [*stale, *sorted(left_over)]:
            sys.stderr.write(f"{file.relative_to(HERE.parent)} is not what powerbi/*.yml say: run `make powerbi`\n")
        return 1 if stale or left_over else 0
    for file in left_over:
        file.unlink()
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted[file], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
