"""The topic of activities through kafka-python, as one group of consumers reads it: committed records only, offsets committed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from sportdata.contracts.topics import ACTIVITIES
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

GROUP = "sportdata-slack"
MOST_RECORDS = 4_000
FETCH_WAIT_MS = 1_000
ANSWER_S = 0.25  # a poll that has waited so long for nothing: the broker, which answers at once when there is something, has nothing


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
        self._nothing_came = False
        self._mark: dict[TopicPartition, int] | None = None
        self._mark_is_fresh = False

    def poll(self, wait_s: float) -> list[Record]:
        """The next records, in order within each partition; none after `wait_s` without any."""
        batches = self._consumer.poll(timeout_ms=int(wait_s * 1000), max_records=MOST_RECORDS)
        records = []
        for partition, batch in batches.items():
            for one in batch:
                records.append(Record(one.partition, one.offset, one.value, list(one.headers or ())))
            self._read[partition] = batch[-1].offset + 1
        self._nothing_came = not records
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

    def look_anew(self) -> None:
        """What `has_caught_up` tells from now on begins with its next call."""
        self._mark = None

    def has_caught_up(self) -> bool:
        """Whether `poll` has returned all that a reader could see when this was first asked since `look_anew`. To be asked after each poll
        (of ANSWER_S at least). Without partitions of one's own, nothing is known.

        A poll that brought nothing tells it at once. In a busy stream more has always come meanwhile, so there a mark is set at the end
        and passed; twice, as the first may stand in an answer that the broker gave before the look began. Not by `end_offsets`: with
        kafka-python 3.0.12 a consumer that asks for them now and then spins at 60 % of a core, or hangs.
        """
        ends = self._ends()
        if ends is None:
            self._mark = None
            return False
        if self._nothing_came and self._has_passed(ends):
            return True
        if self._mark is None or self._mark.keys() != ends.keys():
            self._mark, self._mark_is_fresh = ends, False
            return False
        if not self._mark_is_fresh and self._has_passed(self._mark):
            self._mark, self._mark_is_fresh = ends, True
        return self._mark_is_fresh and self._has_passed(self._mark)

    def _ends(self) -> dict[TopicPartition, int] | None:
        """As the broker's latest answers had them; None before the first, and without partitions of one's own."""
        ends = {partition: self._consumer.highwater(partition) for partition in self._consumer.assignment()}
        return ends if ends and None not in ends.values() else None

    def _has_passed(self, mark: dict[TopicPartition, int]) -> bool:
        return all(self._consumer.position(partition) >= end for partition, end in mark.items())


@contextmanager
def activity_stream(settings: Settings) -> Iterator[ActivityStream]:
    """Joins the group. Raises BrokenWorld when the broker cannot be reached or stops answering."""
    try:
        consumer = KafkaConsumer(
            ACTIVITIES,
            bootstrap_servers=settings.bootstrap,
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
            reconnect_backoff_max_ms=1_000,  # the library's 30 s would be half a minute of silence after a broker that was down
        )
        try:
            yield ActivityStream(consumer)
        finally:
            consumer.close(autocommit=False, timeout_ms=5_000)
    except KafkaError as error:
        raise BrokenWorld(f"broker at {settings.bootstrap} does not answer: {type(error).__name__} {error}") from error
