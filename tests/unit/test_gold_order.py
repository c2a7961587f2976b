"""The order in which gold takes events: by partition, merged by the time they were sent, whatever the batches."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from sportdata.jobs.gold import in_order

Event = dict[str, Any]


def event(offset: int, sent_us: int, partition: int = 0) -> Event:
    return {"topic_id": "t", "partition": partition, "offset": offset, "sent_us": sent_us}


def test_partitions_are_merged_by_time_and_each_keeps_its_offsets() -> None:
    events = [event(1, 30), event(0, 10), event(0, 20, partition=1), event(1, 5, partition=1)]
    ordered = in_order(events, {})
    assert [(row["partition"], row["offset"]) for row in ordered] == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert [row["sent_us"] for row in ordered] == [10, 20, 20, 30]


@pytest.mark.parametrize("seed", range(20))
def test_how_events_fall_into_batches_makes_no_difference(seed: int) -> None:
    chance = Random(seed)
    times = [1_000 * number + chance.randrange(-5_000, 5_000) for number in range(60)]
    events = [event(offset, sent_us) for offset, sent_us in enumerate(times)]
    whole = in_order([dict(row) for row in events], {})
    sent: dict[str, int] = {}
    parts: list[Event] = []
    while events:
        size = chance.randrange(1, 9)
        parts += in_order(events[:size], sent)
        events = events[size:]
    assert parts == whole
