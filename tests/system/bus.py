"""What an operator or an accident does to the bus: redelivery, garbage, a new snapshot."""

from __future__ import annotations

from datetime import datetime

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from sportdata.adapters.connect import call
from sportdata.adapters.kafka import bootstrap, end_offsets
from sportdata.contracts.topics import ACTIVITIES, CONNECTOR, SLOT
from sportdata.settings import Settings
from tests.waiting import until


def length(settings: Settings) -> int:
    """Events in the topic, all partitions together."""
    return sum(end_offsets(settings, ACTIVITIES).values())


def redeliver(settings: Settings, first: float, last: float) -> int:
    """Sends the stretch of the topic between two fractions of its length once more; returns how many events that were."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap(settings), enable_auto_commit=False)
    producer = KafkaProducer(bootstrap_servers=bootstrap(settings), acks="all", max_request_size=20_000_000)
    sent = 0
    try:
        for number in consumer.partitions_for_topic(ACTIVITIES) or ():
            partition = TopicPartition(ACTIVITIES, number)
            end = consumer.end_offsets([partition])[partition]
            begin, stop = int(end * first), int(end * last)
            consumer.assign([partition])
            consumer.seek(partition, begin)
            while consumer.position(partition) < stop:
                for record in consumer.poll(timeout_ms=1000).get(partition, []):
                    if record.offset < stop:
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
    producer = KafkaProducer(bootstrap_servers=bootstrap(settings), acks="all")
    at = sent and int(sent.timestamp() * 1000)
    for value in GARBAGE:
        producer.send(ACTIVITIES, key=b'{"id":1}', value=value, partition=0, timestamp_ms=at)
    producer.send(ACTIVITIES, key=b'{"id":1}', value=None, partition=0)
    producer.flush()
    producer.close()
    return len(GARBAGE)


def pause_and_forget(settings: Settings, drop_slot: bool) -> None:
    """Stops the connector and deletes what it knows; without a slot, what is committed now is only in the next snapshot."""
    assert call(settings, "PUT", f"/connectors/{CONNECTOR}/stop")[0] == 204
    until(lambda: call(settings, "GET", f"/connectors/{CONNECTOR}/status")[1]["connector"]["state"] == "STOPPED")
    until(lambda: not call(settings, "GET", f"/connectors/{CONNECTOR}/status")[1]["tasks"])
    until(lambda: call(settings, "DELETE", f"/connectors/{CONNECTOR}/offsets")[0] == 200)
    if drop_slot:
        with psycopg.connect(settings.dsn("postgres")) as connection:
            connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])


def resume(settings: Settings) -> None:
    """The connector finds no offsets: it takes a new snapshot."""
    assert call(settings, "PUT", f"/connectors/{CONNECTOR}/resume")[0] == 202
