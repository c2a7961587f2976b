"""The HR load of a fresh stack: the workbooks of `data/`, unless there are employees already.

A later delivery is loaded by `sportdata load-hr`, and no start of the containers takes it back.
Run as `python -m sportdata.local.first_load`.
"""

from __future__ import annotations

from sportdata.adapters.postgres import connect
from sportdata.errors import RefusedInput
from sportdata.local.load_hr import load_hr
from sportdata.local.script import run
from sportdata.settings import Settings


def load_once(settings: Settings) -> None:
    """Raises what `load_hr` raises, without the values of cells."""
    with connect(settings, "sportdata_hr") as connection:
        row = connection.execute("SELECT count(*) FROM hr.employes").fetchone()
    if row and row[0]:
        print(f"{row[0]} employees are there already: nothing loaded")  # noqa: T201
        return

    def say(line: str) -> None:
        if not line.startswith("  "):  # those name cells with what they hold, and this goes into a service's log
            print(line)  # noqa: T201

    try:
        load_hr(settings, settings.data / "donnees_rh.xlsx", settings.data / "donnees_sportives.xlsx", confirm=False, echo=say)
    except RefusedInput:
        raise RefusedInput("the workbooks of data/ are refused: `sportdata load-hr` says which cells, and why") from None


if __name__ == "__main__":
    run(lambda: load_once(Settings()))
