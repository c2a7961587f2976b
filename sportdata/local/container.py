"""One component in a container: prepared as the supervisor prepares it, then this process becomes it.

Run as `python -m sportdata.local.container NAME`, with the names of `sportdata status`.
"""

from __future__ import annotations

import os
import socket
import sys

from sportdata.errors import WrongUse
from sportdata.local import cluster, connect, slack, streams, thrift
from sportdata.local.component import Component
from sportdata.local.script import run
from sportdata.settings import Settings


def become(settings: Settings, name: str) -> None:
    """Does not return: the component's own command takes this process over, its pid told to the health check.

    Raises WrongUse for a name that no image of ours runs.
    """
    ours = {component.name: component for component in components(settings)}
    if name not in ours:
        raise WrongUse(f"{name!r} does not run in a container of ours; there are: {', '.join(ours)}")
    component = ours[name]
    settings.run.mkdir(parents=True, exist_ok=True)
    if settings.workers:
        cluster.prepare(settings.model_copy(update={"streams": "apart"}))
    if component.prepare:
        component.prepare()
    command = component.command()
    (settings.run / f"{name}.pid").write_text(str(os.getpid()))
    os.execvpe(command[0], command, {**os.environ, **component.environment})  # noqa: S606 - no shell is wanted


def components(settings: Settings) -> list[Component]:
    """PostgreSQL and the broker run from their makers' images."""
    apart = settings.model_copy(update={"streams": "apart"})
    in_cluster = apart.model_copy(update={"host": socket.gethostname()})
    return [
        *streams.components(apart),
        *cluster.components(in_cluster),
        connect.component(settings),
        thrift.component(settings),
        slack.component(settings),
    ]


if __name__ == "__main__":
    run(lambda: become(Settings(), sys.argv[1]))
