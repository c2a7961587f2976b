"""The stream bronze → gold: where it begins, how far it has come, and whether a memory that was begun anew is complete yet.

Checkpoint and memory belong together: the memory names its checkpoint.
"""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from collections.abc import Callable
from typing import Any

from deltalake.exceptions import TableNotFoundError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from sportdata.adapters import delta
from sportdata.adapters.gold_memory import READ_ANEW
from sportdata.adapters.gold_state import GoldState
from sportdata.contracts.tables import BRONZE
from sportdata.jobs import whole_bronze
from sportdata.settings import Settings
from sportdata.stages.gold.changes import changes

Take = Callable[[DataFrame, int], None]


class BronzeStream:
    """`version`: the newest version of bronze that is wholly read; -1 for none. `lock` guards the memory."""

    def __init__(self, spark: SparkSession, settings: Settings, state: GoldState, lock: threading.RLock, version: int) -> None:
        self._spark, self._settings, self._state, self._lock = spark, settings, state, lock
        self.version = version
        self.query: StreamingQuery | None = None

    def begin_memory(self) -> None:
        """A memory that knows nothing has to read all that bronze holds now."""
        self._state.remember("checkpoint", uuid.uuid4().hex)
        self._state.remember(READ_ANEW, self._events_until())

    @property
    def reads_anew(self) -> bool:
        """The memory does not know yet all that bronze held when it was begun."""
        return bool(self._state.remembered(READ_ANEW))

    def has_read_all(self) -> None:
        """The stream has read all that bronze held when the memory was begun."""
        self._state.remember(READ_ANEW, "")

    def is_complete(self) -> bool:
        """Whether a memory that reads anew has reached what bronze held when it was begun."""
        return self.reads_anew and self.version >= int(self._state.remembered(READ_ANEW) or -1)

    def start(self, take: Take, once: bool) -> StreamingQuery:
        """Hands each micro-batch of `changes` to `take`; before that, what the stream could not read in order."""
        checkpoints, lake = self._settings.checkpoints / "gold", self._settings.lake
        begins_at = None
        if not whole_bronze.has_its_place(lake, checkpoints / str(self._state.remembered("checkpoint"))):
            begins_at = self._read_all(take)
            with self._lock:
                self._state.remember("checkpoint", uuid.uuid4().hex)
        own = checkpoints / str(self._state.remembered("checkpoint"))
        for other in checkpoints.glob("*") if checkpoints.exists() else ():
            if other != own:
                shutil.rmtree(other)
        stream = self._spark.readStream.format("delta").option("maxFilesPerTrigger", "1000").option("maxBytesPerTrigger", "12m")
        if begins_at is not None:
            stream = stream.option("startingVersion", str(begins_at))
        events = stream.load(str(delta.path(lake, BRONZE)))
        writer = changes(events).writeStream.queryName("gold").foreachBatch(take).option("checkpointLocation", str(own))
        interval = f"{int(self._settings.trigger_s * 1000)} milliseconds"
        writer = writer.trigger(availableNow=True) if once else writer.trigger(processingTime=interval)
        self.query = writer.start()
        return self.query

    def _read_all(self, take: Take) -> int:
        """Hands over all that bronze holds; returns the version with which the stream begins, for it must commit something to have a place.

        What comes twice changes nothing.
        """
        opened = delta.open_table(self._settings.lake, BRONZE)
        newest = delta.newest_append(opened).version_with_files
        for part in whole_bronze.parts(self._spark, self._settings.lake, opened):
            take(changes(part), 0)
        self.version = max(self.version, opened.version())
        return newest if newest >= 0 else int(opened.version())

    def look(self) -> None:
        """Brings `version` up to date."""
        progress = self.query.lastProgress if self.query else None
        if progress is not None:
            self.version = max(self.version, _covered_version(progress))

    def _events_until(self) -> str:
        """The version up to which a memory that has just been begun has to read; "" when there is no event.

        Told by the table's files, for its log forgets appends. What begins reads the table as a whole, so whichever version that is.
        """
        try:
            opened = delta.open_table(self._settings.lake, BRONZE)
        except TableNotFoundError:
            return ""
        return str(opened.version()) if opened.file_uris() else ""


def _covered_version(progress: Any) -> int:
    """The Delta source's end offset names the first version that is not wholly read."""
    end = progress["sources"][0]["endOffset"]
    end = json.loads(end) if isinstance(end, str) else end
    return int(end["reservoirVersion"]) - 1 if end else -1
