"""What an operator or an accident does to the bus: redelivery, garbage, a new snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from sportdata.adapters.connect import call
from sportdata.adapters.kafka import end_offsets
from sportdata.contracts.topics import ACTIVITIES, CONNECTOR, SLOT
from sportdata.settings import Settings
from tests.waiting import until

Ends = Mapping[int, int]  # partition → offset of the next event


def ends(settings: Settings) -> Ends:
    """How far the topic goes now."""
    return end_offsets(settings, ACTIVITIES)


def redeliver(settings: Settings, first: float, last: float, since: Ends | None = None) -> int:
    """Sends the stretch between two fractions of what came after `since` once more; returns how many events that were."""
    now, since = ends(settings), since or {}
    places = [{number: _between(since.get(number, 0), end, part) for number, end in now.items()} for part in (first, last)]
    return redeliver_between(settings, *places)


def _between(begin: int, end: int, part: float) -> int:
    return begin + int((end - begin) * part)


def redeliver_between(settings: Settings, begin: Ends, stop: Ends) -> int:
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap, enable_auto_commit=False)
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap, acks="all", max_request_size=20_000_000)
    sent = 0
    try:
        for number in stop:
            partition = TopicPartition(ACTIVITIES, number)
            consumer.assign([partition])
            consumer.seek(partition, begin[number])
            while consumer.position(partition) < stop[number]:
                for record in consumer.poll(timeout_ms=1000).get(partition, []):
                    if record.offset < stop[number]:
                        producer.send(ACTIVITIES, key=record.key, value=record.value, partition=number)
                        sent += 1
        producer.flush()
    finally:
        consumer.close()
        producer.close()
    return sent


GARBAGE = [
    b"\xff\xfe not text",
    b"not json",
    b"[]",
    b"{}",
    b'{"op":"x","source":{"lsn":1}}',
    b'{"op":"c","after":{"id":1}}',
    b'{"op":"c","source":{"lsn":1,"ts_ms":1},"after":{"id":"one"}}',
    b'{"op":"c","source":{"lsn":1,"ts_ms":1},"after":{"employee_id":5}}',
    b'{"op":"d","source":{"lsn":1,"ts_ms":1},"after":{"id":5}}',
    b'{"op":"c","source":{"lsn":99999999999999,"ts_ms":1},"after":{"id":7,"date_debut":"yesterday"}}',
    b'{"op":"c","source":{"lsn":99999999999999},"after":{"id":7}}',
    b'{"op":"c","source":{"lsn":99999999999999,"ts_ms":9223372036854775807},"after":{"id":7}}',
    b'{"op":"c","source":{"lsn":99999999999999,"ts_us":9000000000000000000},"after":{"id":7}}',
    b'{"op":"t","source":{"lsn":99999999999999,"ts_us":-9000000000000000000}}',
    b"",
]


def throw_garbage(settings: Settings, sent: datetime | None = None) -> int:
    """Sends every kind of event that cannot be read, under the time `sent` (now, if none), and one tombstone, which can be read."""
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap, acks="all")
    at = sent and int(sent.timestamp() * 1000)
    for value in GARBAGE:
        producer.send(ACTIVITIES, key=b'{"id":1}', value=value, partition=0, timestamp_ms=at)
    producer.send(ACTIVITIES, key=b'{"id":1}', value=None, partition=0)
    producer.flush()
    producer.close()
    return len(GARBAGE)


def stop(settings: Settings) -> None:
    """The connector; while Connect rebalances it answers 409."""
    until(lambda: call(settings, "PUT", f"/connectors/{CONNECTOR}/stop")[0] == 204)
    until(lambda: call(settings, "GET", f"/connectors/{CONNECTOR}/status")[1]["connector"]["state"] == "STOPPED")
    until(lambda: not call(settings, "GET", f"/connectors/{CONNECTOR}/status")[1]["tasks"])


def resume(settings: Settings) -> None:
    """The connector; if it finds no offsets, it takes a new snapshot."""
    until(lambda: call(settings, "PUT", f"/connectors/{CONNECTOR}/resume")[0] == 202)


def pause_and_forget(settings: Settings, drop_slot: bool) -> None:
    """Stops the connector and deletes what it knows; without a slot, what is committed now is only in the next snapshot."""
    stop(settings)
    until(lambda: call(settings, "DELETE", f"/connectors/{CONNECTOR}/offsets")[0] == 200)
    if drop_slot:
        until(lambda: _drop_slot(settings))


def _drop_slot(settings: Settings) -> bool:
    """Once PostgreSQL has noticed that its reader is gone."""
    statement = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active"
    with psycopg.connect(settings.dsn("postgres")) as connection:
        return connection.execute(statement, [SLOT]).fetchone() is not None
