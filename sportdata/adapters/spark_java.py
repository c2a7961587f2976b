"""Options of the JVMs that Spark runs in, drivers and executors alike."""

from __future__ import annotations

import shlex
from pathlib import Path

from sportdata.settings import Settings


def archive_file(settings: Settings) -> Path:
    """Where `local.class_archive` leaves what spares a Spark most of its class loading."""
    return settings.jars.resolve() / "spark.jsa"


def archived_classes(settings: Settings) -> tuple[str, ...]:
    """The JVM checks that the archive is of its own class path and version; if not, it does without, which is nothing to warn of."""
    file = archive_file(settings)
    return (f"-XX:SharedArchiveFile={file}", "-Xlog:cds*=error", "-Xlog:class+path=error") if file.is_file() else ()


def java_options(*options: str) -> str:
    """In one line, as Spark's launcher takes it apart again: by a shell's rules, so that a path may hold a blank."""
    return shlex.join(options)
