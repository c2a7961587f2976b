"""How much the broker holds and who is how far behind, through the Kafka API alone: the same on every broker."""

from __future__ import annotations

from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from sportdata.contracts.change import Unreadable, read_change
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

PASSING = ("console-consumer-", "spark-kafka-source-")  # groups with a new name at each start: they would never stop being new
PATIENCE_MS = 5_000


class TopicState(NamedTuple):
    first: dict[int, int]
    """Partition → its oldest offset."""
    end: dict[int, int]
    """Partition → the offset after its newest record, transaction markers included."""
    bytes: int


class Broker:
    """One connection, made at the first look and made anew after an error."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: Any = None
        self._consumer: Any = None

    def topics(self) -> dict[str, TopicState]:
        """Every topic but the broker's own. Raises BrokenWorld, as everything here does, when the broker does not answer."""
        try:
            self._connect()
            names = [name for name in self._consumer.topics() if not name.startswith("__") or "heartbeat" in name]
            parts = [TopicPartition(name, number) for name in names for number in self._consumer.partitions_for_topic(name) or ()]
            first, end = self._consumer.beginning_offsets(parts), self._consumer.end_offsets(parts)
            sizes = self._sizes()
        except KafkaError as error:
            raise self._lost(error) from error
        states = {}
        for name in names:
            mine = [part for part in parts if part.topic == name]
            states[name] = TopicState({p.partition: first[p] for p in mine}, {p.partition: end[p] for p in mine}, sizes.get(name, 0))
        return states

    def groups(self) -> dict[str, dict[tuple[str, int], int]]:
        """Group → (topic, partition) → the offset that it has committed."""
        try:
            self._connect()
            names = [group["group_id"] for group in self._admin.list_groups()]
            names = [name for name in names if not name.startswith(PASSING)]
            found = self._admin.list_group_offsets(names) if names else {}
        except KafkaError as error:
            raise self._lost(error) from error
        return {
            group: {(part.topic, part.partition): known.offset for part, known in offsets.items() if known.offset >= 0}
            for group, offsets in found.items()
            if offsets
        }

    def committed_at(self, topic: str, partition: int, offset: int) -> float | None:
        """When the first record from an offset on was committed at PostgreSQL, or sent where it does not say; None: there is none."""
        part = TopicPartition(topic, partition)
        try:
            self._connect()
            self._consumer.assign([part])
            self._consumer.seek(part, offset)
            batch = self._consumer.poll(timeout_ms=1000, max_records=1)
            self._consumer.assign([])
        except KafkaError as error:
            raise self._lost(error) from error
        for record in batch.get(part, ()):
            try:
                change = read_change(record.value, list(record.headers or ()))
            except Unreadable:
                change = None
            return change.committed_at.timestamp() if change is not None else record.timestamp / 1000
        return None

    def _sizes(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for node in self._admin.describe_log_dirs():
            for folder in node["log_dirs"]:
                for topic in folder["topics"]:
                    sizes[topic["name"]] = sizes.get(topic["name"], 0) + sum(part["partition_size"] for part in topic["partitions"])
        return sizes

    def _connect(self) -> None:
        if self._consumer is None:
            where = {"bootstrap_servers": self._settings.bootstrap, "client_id": "sportdata-exporter", "request_timeout_ms": PATIENCE_MS}
            self._consumer = KafkaConsumer(
                **where, enable_auto_commit=False, isolation_level="read_committed", max_partition_fetch_bytes=65_536
            )
            self._admin = KafkaAdminClient(**where)

    def _lost(self, error: KafkaError) -> BrokenWorld:
        for client in (self._consumer, self._admin):
            if client is not None:
                client.close()
        self._consumer = self._admin = None
        return BrokenWorld(f"broker at {self._settings.bootstrap} does not answer: {type(error).__name__} {error}")
