"""The topic of activities through kafka-python, as one group of consumers reads it: committed records only, offsets committed by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from sportdata.adapters.kafka import bootstrap
from sportdata.contracts.topics import ACTIVITIES
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

GROUP = "sportdata-slack"
MOST_RECORDS = 4_000
FETCH_WAIT_MS = 1_000
QUIET_S = 0.25  # nothing for so long: the broker, which answers a waiting fetch at once when there is something, has nothing


class Record(NamedTuple):
    """One event as it came."""

    partition: int
    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes]]


class ActivityStream:
    """One member of the group."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._read: dict[TopicPartition, int] = {}
        self._last_record_at = time.monotonic()

    def poll(self, wait_s: float) -> list[Record]:
        """The next records, in order within each partition; none after `wait_s` without any."""
        batches = self._consumer.poll(timeout_ms=int(wait_s * 1000), max_records=MOST_RECORDS)
        records = []
        for partition, batch in batches.items():
            for one in batch:
                records.append(Record(one.partition, one.offset, one.value, list(one.headers or ())))
            self._read[partition] = batch[-1].offset + 1
        if records:
            self._last_record_at = time.monotonic()
        return records

    def commit(self) -> None:
        """Tells the broker that everything returned so far is dealt with. Who has lost a partition meanwhile leaves that to the next."""
        if not self._read:
            return
        offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in self._read.items()}
        self._read = {}
        try:
            self._consumer.commit(offsets)
        except (CommitFailedError, RebalanceInProgressError):
            return  # the records come again, and change nothing

    def is_at_end(self) -> bool:
        """Whether everything that a reader can see now has been returned by `poll`. Without partitions of one's own, nothing is known.

        Not by `end_offsets`: with kafka-python 3.0.12 a consumer that asks for them now and then spins at 60 % of a core, or hangs.
        """
        mine = list(self._consumer.assignment())
        quiet = time.monotonic() - self._last_record_at >= QUIET_S
        return bool(mine) and quiet and all(self._is_read(partition) for partition in mine)

    def _is_read(self, partition: TopicPartition) -> bool:
        end = self._consumer.highwater(partition)
        return end is not None and self._consumer.position(partition) >= end


@contextmanager
def activity_stream(settings: Settings) -> Iterator[ActivityStream]:
    """Joins the group. Raises BrokenWorld when the broker cannot be reached or stops answering."""
    try:
        consumer = KafkaConsumer(
            ACTIVITIES,
            bootstrap_servers=bootstrap(settings),
            group_id=GROUP,
            group_instance_id=GROUP,  # there is one at a time: who comes takes the place of who went without waiting for its time-out
            client_id=GROUP,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=8_000_000,
            fetch_max_bytes=16_000_000,
            session_timeout_ms=15_000,
        )
        try:
            yield ActivityStream(consumer)
        finally:
            consumer.close(autocommit=False, timeout_ms=5_000)
    except KafkaError as error:
        raise BrokenWorld(f"broker at {bootstrap(settings)} does not answer: {type(error).__name__} {error}") from error
