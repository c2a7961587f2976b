"""The order of CONTRACT §9, held against a slow and obvious model over thousands of random histories."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sportdata.adapters.gold_memory import forget
from sportdata.adapters.gold_state import Change, GoldState


def change(op: str, id_: int | None, lsn: int, **more: object) -> Change:
    plain = Change(0, op, id_, lsn, "", False, op != "d", None, 1, 0, "Tennis", None, 60, None, lsn, 20_000, "", True, 0)
    return plain._replace(**more)  # type: ignore[arg-type]


def snapshot(key: str, rows: dict[int, int]) -> list[Change]:
    """The rows of one snapshot (id → duration), the last one marked."""
    ids = sorted(rows)
    return [change("r", id_, 999, snapshot_key=key, duration_s=rows[id_], snapshot_ends=id_ == ids[-1]) for id_ in ids]


@pytest.fixture
def state(tmp_path: Path) -> GoldState:
    return GoldState(tmp_path / "state.sqlite")


def present(state: GoldState) -> dict[int, int]:
    return {row[0]: row[5] for part in state.to_judge(most=2) for row in part}


def test_a_redelivered_event_changes_nothing(state: GoldState) -> None:
    history = [change("c", 1, 10), change("u", 1, 20, duration_s=70), change("d", 1, 30), change("c", 2, 40)]
    state.apply("t", history)
    state.apply("t", history[:2])
    assert present(state) == {2: 60}


def test_a_greater_lsn_of_another_row_does_not_hide_a_late_commit(state: GoldState) -> None:
    state.apply("t", [change("c", 2, 50), change("c", 1, 10)])
    assert present(state) == {1: 60, 2: 60}


def test_a_snapshot_row_is_younger_than_what_came_before_and_older_than_what_comes_after(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 5_000), *snapshot("s", {1: 77}), change("u", 1, 6_000, duration_s=88), *snapshot("s", {1: 77})])
    assert present(state) == {1: 88}


def test_what_a_complete_snapshot_does_not_name_is_gone(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 10), change("c", 2, 20), *snapshot("s", {2: 61})])
    assert present(state) == {2: 61}


def test_an_incomplete_snapshot_removes_nothing(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 10), change("r", 2, 999, snapshot_key="s")])
    assert present(state) == {1: 60, 2: 60}


def test_an_event_of_a_transaction_open_during_the_snapshot_counts_though_its_lsn_is_smaller(state: GoldState) -> None:
    state.apply("t", [*snapshot("s", {1: 60}), change("d", 1, 100), change("c", 3, 101)])
    assert present(state) == {3: 60}


def test_truncate_empties_what_is_older_and_a_redelivered_one_nothing(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 10), change("t", None, 20), change("c", 2, 30), change("t", None, 20), change("c", 1, 10)])
    assert present(state) == {2: 60}


def test_what_another_partition_delivers_after_the_truncate_but_was_written_before_stays_away(state: GoldState) -> None:
    state.apply("t", [change("t", None, 20), change("c", 1, 10, partition=1), change("c", 2, 30, partition=1)])
    assert present(state) == {2: 60}


def test_an_old_snapshot_row_for_an_id_that_was_truncated_stays_away(state: GoldState) -> None:
    state.apply("t", [*snapshot("s", {1: 60, 2: 60}), change("t", None, 2_000), *snapshot("s", {1: 60, 2: 60})])
    assert present(state) == {}


def test_a_key_change_in_one_event_removes_the_former_row(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 10), change("u", 9, 20, former_id=1)])
    assert present(state) == {9: 60}


def test_what_it_knows_survives_a_restart(state: GoldState, tmp_path: Path) -> None:
    state.apply("t", [change("c", 1, 10), *snapshot("s", {1: 61})])
    state.close()
    again = GoldState(tmp_path / "state.sqlite")
    again.apply("t", [change("u", 1, 20, duration_s=99), *snapshot("s", {1: 61})])
    assert present(again) == {1: 99}


def test_a_failed_batch_leaves_no_trace(state: GoldState) -> None:
    with pytest.raises(RuntimeError, match="half-way"), state.transaction():
        state.apply("t", [change("c", 1, 10)])
        raise RuntimeError("half-way")
    assert present(state) == {}


def test_an_activity_stays_to_be_published_when_it_changes_during_the_publication(state: GoldState) -> None:
    state.apply("t", [change("c", 1, 10)])
    turn, rows = state.unpublished.take()
    state.apply("t", [change("u", 1, 20, duration_s=99)])
    state.unpublished.done(turn)
    assert len(rows) == 1 and state.unpublished.count() == 1


@pytest.mark.parametrize("seed", range(60))
def test_any_history_with_redeliveries_and_snapshots_ends_as_the_table_does(tmp_path: Path, seed: int) -> None:
    r = random.Random(seed)
    state = GoldState(tmp_path / "state.sqlite")
    table: dict[int, int] = {}
    delivered: list[Change] = []
    lsn = 0
    for number in range(r.randint(5, 25)):
        fresh: list[Change] = []
        kind = r.random()
        if kind < 0.12:
            fresh = snapshot(f"{number}", dict(table))
        elif kind < 0.18:
            lsn += 1
            table.clear()
            fresh = [change("t", None, lsn)]
        else:
            for _ in range(r.randint(1, 30)):
                lsn += r.randint(1, 5)
                id_ = r.randint(1, 12)
                if id_ in table and r.random() < 0.4:
                    del table[id_]
                    fresh.append(change("d", id_, lsn))
                else:
                    table[id_] = lsn
                    fresh.append(change("u", id_, lsn, duration_s=lsn))
        delivered += fresh
        begin = r.randint(0, len(delivered))
        again = delivered[begin : begin + r.randint(0, 40)] if r.random() < 0.6 and not any(one.op == "r" for one in fresh) else []
        with state.transaction():
            state.apply("t", fresh + again)
    assert present(state) == table


class Partitioned:
    """A table, and the partitioned topic that tells of it: one producer, redeliveries, snapshots after things that nobody delivered."""

    def __init__(self, r: random.Random) -> None:
        self.r, self.table, self.lsn, self.clock = r, dict[int, int](), 0, 0
        self.logs: list[list[Change]] = [[] for _ in range(r.randint(2, 5))]

    def send(self, one: Change, partition: int) -> None:
        self.clock += 1
        self.logs[partition].append(one._replace(partition=partition, sent_us=self.clock))

    def lose(self) -> None:
        """The slot is gone for a while."""
        for id_ in self.r.sample(range(1, 9), self.r.randint(0, 4)):
            self.lsn += 1
            self.table[id_] = self.lsn
        while len(self.table) > 1 and self.r.random() < 0.5:
            del self.table[self.r.choice(list(self.table))]

    def snapshot(self, key: str) -> None:
        for one in snapshot(key, dict(self.table)):
            self.send(one, (one.id or 0) % len(self.logs))

    def truncate(self) -> None:
        self.lsn += 1
        self.table.clear()
        self.send(change("t", None, self.lsn), self.r.randrange(len(self.logs)))

    def write(self) -> None:
        self.lsn += self.r.randint(1, 5)
        id_ = self.r.randint(1, 8)
        if id_ in self.table and self.r.random() < 0.5:
            del self.table[id_]
            self.send(change("d", id_, self.lsn), id_ % len(self.logs))
        else:
            self.table[id_] = self.lsn
            self.send(change("u", id_, self.lsn, duration_s=self.lsn), id_ % len(self.logs))

    def redeliver(self) -> None:
        partition = self.r.randrange(len(self.logs))
        begin = self.r.randint(0, len(self.logs[partition]))
        for one in self.logs[partition][begin : begin + 15]:
            self.send(one, partition)

    def batches(self) -> Iterator[list[Change]]:
        """Micro-batches: each takes some partitions further, in the order of sending."""
        while any(self.logs):
            batch = []
            for log in self.logs:
                reached = self.r.choice((0, 0, self.r.randint(0, len(log)), len(log)))
                batch += log[:reached]
                del log[:reached]
            yield sorted(batch, key=lambda one: one.sent_us)


def told(source: Partitioned, r: random.Random) -> None:
    for number in range(r.randint(5, 25)):
        kind = r.random()
        if kind < 0.3:
            source.lose()
            source.snapshot(f"{number}")
        elif kind < 0.45:
            source.truncate()
        else:
            for _ in range(r.randint(1, 6)):
                source.write()
        if r.random() < 0.4:
            source.redeliver()


@pytest.mark.parametrize("seed", range(150))
def test_any_history_spread_over_partitions_that_lag_behind_each_other_ends_as_the_table_does(tmp_path: Path, seed: int) -> None:
    r = random.Random(seed)
    source = Partitioned(r)
    told(source, r)
    state = GoldState(tmp_path / "state.sqlite")
    for batch in source.batches():
        with state.transaction():
            state.apply("t", batch)
    assert present(state) == source.table


@pytest.mark.parametrize("seed", range(150))
def test_whoever_has_lost_the_place_may_read_all_from_the_beginning_and_ends_as_the_table_does(tmp_path: Path, seed: int) -> None:
    """What is known already comes with the latest time of its partition, since times never go back (jobs.gold.in_order)."""
    r = random.Random(seed)
    source = Partitioned(r)
    told(source, r)
    logs = [list(log) for log in source.logs]
    state = GoldState(tmp_path / "state.sqlite")
    sent: dict[int, int] = {}

    def read(batch: list[Change]) -> None:
        for place, one in enumerate(batch):
            sent[one.partition] = max(one.sent_us, sent.get(one.partition, 0))
            batch[place] = one._replace(sent_us=sent[one.partition])
        with state.transaction():
            state.apply("t", sorted(batch, key=lambda one: one.sent_us))

    batches = list(source.batches())
    for batch in batches[: r.randint(0, len(batches))]:
        read(batch)
    source.logs = logs
    for batch in source.batches():
        read(batch)
    assert present(state) == source.table


def test_what_a_former_topic_says_again_undoes_nothing_of_the_one_made_after_it(state: GoldState) -> None:
    """The new one begins without a snapshot: Debezium went on from where it was."""
    former = snapshot("1", {1: 10, 2: 10})
    later = [change("u", 1, 1_010, duration_s=20), change("d", 2, 1_020)]
    for topic, events in (("A", former), ("B", later), ("A", former), ("B", later)):
        state.apply(topic, events)
    assert present(state) == {1: 20}


@pytest.mark.parametrize("form", [1, None])
def test_a_memory_that_is_forgotten_keeps_the_last_good_texts_and_nothing_else(tmp_path: Path, form: int | None) -> None:
    """Made by an earlier version, or forgotten on purpose."""
    file = tmp_path / "state.sqlite"
    with closing(GoldState(file)) as state:
        state.apply("t", [change("c", 1, 10)])
        for key in ("config.yml", "sports.yml", "batch_id"):
            state.remember(key, f"of {key}")
        if form is not None:
            state.db.execute(f"PRAGMA user_version = {form}")
    if form is None:
        forget(file)
    with closing(GoldState(file)) as state:
        assert [state.remembered(key) for key in ("config.yml", "sports.yml", "batch_id")] == ["of config.yml", "of sports.yml", None]
        assert present(state) == {}


def test_a_chunk_of_everything_ends_with_so_many_rows_or_so_many_characters(state: GoldState) -> None:
    state.apply("t", [change("c", number, 10, comment="x" * 100) for number in range(1, 5_001)])
    for values in ({"chunk": 2_000}, {"text": 200_000}):
        _, chunks = state.unpublished.take_all(**values)
        found = list(chunks)
        assert [len(rows) for rows in found] == [2_000, 2_000, 1_000]
        assert [row[1] for rows in found for row in rows] == list(range(1, 5_001))
    assert state.unpublished.characters() == 500_000
