"""The broker through kafka-python: topics and offsets."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

# what goes wrong is raised; without a handler Python would also print the library's warnings on a command's stderr
logging.getLogger("kafka").addHandler(logging.NullHandler())


def create_topics(settings: Settings, file: Path) -> list[str]:
    """Creates the topics of `topic_creator/topics.yml` that do not exist yet; returns their names."""
    wanted: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        created, there = [], set(admin.list_topics())
        for name in sorted(wanted):
            partitions = wanted[name]["partitions"]
            count = settings.topic_partitions if partitions == "configured" else int(partitions)
            if name in there:
                _check_partitions(admin, name, count)
                continue
            try:
                admin.create_topics([NewTopic(name=name, num_partitions=count, replication_factor=1, topic_configs=wanted[name]["config"])])
                created.append(name)
            except TopicAlreadyExistsError:
                continue  # somebody was faster
        return created
    finally:
        admin.close()


def _check_partitions(admin: KafkaAdminClient, topic: str, asked: int) -> None:
    [found] = admin.describe_topics([topic])
    if (count := len(found["partitions"])) != asked:
        raise BrokenWorld(
            f"topic {topic} has {count} partitions, {asked} are asked for: activities would move between partitions, and their order with "
            f"them. Set SPORTDATA_TOPIC_PARTITIONS={count}, or start anew with `sportdata reset`"
        )


def end_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """Partition → offset after the last record that the broker has acknowledged, transaction markers included.

    Raises BrokenWorld when the broker cannot be asked, or knows no such topic.
    """
    try:
        consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap, isolation_level="read_uncommitted", consumer_timeout_ms=5000)
        try:
            partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            ends = {partition.partition: offset for partition, offset in consumer.end_offsets(partitions).items()}
        finally:
            consumer.close()
    except KafkaError as error:
        raise BrokenWorld(f"broker at {settings.bootstrap} does not answer: {error}") from error
    if not ends:
        raise BrokenWorld(f"broker at {settings.bootstrap} knows no topic {topic}")
    return ends


def topic_id(settings: Settings, topic: str) -> str:
    """The topic's identity in Kafka's own spelling; another one once the topic has been made anew. Raises BrokenWorld as `end_offsets`."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
        try:
            [found] = admin.describe_topics([topic])
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokenWorld(f"broker at {settings.bootstrap} does not answer: {error}") from error
    if not found["partitions"]:
        raise BrokenWorld(f"broker at {settings.bootstrap} knows no topic {topic}")
    identity = UUID(found["topic_id"]) if found["topic_id"] else UUID(int=0)  # a broker that gives none
    return urlsafe_b64encode(identity.bytes).rstrip(b"=").decode()
