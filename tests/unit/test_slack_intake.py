"""Which activities are new, in every order in which a stream can tell it, once or twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sportdata.contracts.change import Change, Details
from sportdata.contracts.ledger import (
    ALREADY_THERE,
    DELETED,
    KEY_CHANGED,
    POSTED,
    POSTING,
    REFUSED,
    SKIPPED,
    TOO_OLD,
    UNCERTAIN,
    WAITING,
    Entry,
    Landmarks,
)  # fmt: skip
from sportdata.rules.activities import Activity
from sportdata.stages.intake import Intake

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
DETAILS = Details(Activity(7, NOW, "Judo", None, 60), None)
EMPTY, USED = Landmarks(True, "", 0, None), Landmarks(False, "", 0, None)


def change(op: str, id: int, lsn: int, **more: object) -> Change:
    return replace(Change(op, lsn, NOW, id, None if op in {"t", "d"} else DETAILS), **more)  # type: ignore[arg-type]


def moved(old: int, new: int, lsn: int) -> list[Change]:
    return [change("d", old, lsn, moved_to=new), change("c", new, lsn, moved_from=old)]


def taken(changes: Iterable[Change], *entries: Entry, landmarks: Landmarks = USED, reason: str | None = None) -> Intake:
    intake = Intake({one.id: one for one in entries}, landmarks, 100, timedelta(hours=24), lambda *_: reason)
    for one in changes:
        intake.take(one)
    return intake


def states(intake: Intake) -> dict[int, tuple[str, str | None]]:
    return {number: (entry.state, entry.reason) for number, entry in intake.entries.items()}


def test_an_insert_waits_in_the_order_of_the_stream() -> None:
    intake = taken([change("c", 9, 1), change("c", 3, 2), change("c", 5, 3)])
    assert sorted(intake.entries, key=lambda number: intake.entries[number].rank or 0) == [9, 3, 5]
    assert set(states(intake).values()) == {(WAITING, None)}


def test_an_id_of_the_ledger_is_never_new_again() -> None:
    for state in (POSTED, SKIPPED, WAITING, POSTING, UNCERTAIN):
        entry = Entry(1, state, TOO_OLD if state == SKIPPED else None, 5)
        assert states(taken([change("c", 1, 9), change("r", 1, 10)], entry)) == {1: (state, entry.reason)}


def test_the_snapshot_that_finds_the_ledger_empty_is_known_all_of_it_in_however_many_batches() -> None:
    first = taken([change("r", 1, 50, snapshot="50/1"), change("r", 2, 50, snapshot="50/1")], landmarks=EMPTY)
    second = taken([change("r", 3, 50, snapshot="50/1"), change("c", 4, 60)], landmarks=first.landmarks)
    assert states(first) == {1: (SKIPPED, ALREADY_THERE), 2: (SKIPPED, ALREADY_THERE)}
    assert states(second) == {3: (SKIPPED, ALREADY_THERE), 4: (WAITING, None)}


def test_a_later_snapshot_brings_what_nobody_had_heard_of() -> None:
    assert states(taken([change("r", 1, 50, snapshot="50/1")])) == {1: (WAITING, None)}


def test_the_first_event_of_an_empty_ledger_may_be_an_insert() -> None:
    intake = taken([change("c", 1, 5), change("r", 2, 50, snapshot="50/1")], landmarks=EMPTY)
    assert states(intake) == {1: (WAITING, None), 2: (WAITING, None)}


def test_an_update_of_an_unknown_id_is_known_from_then_on_not_new() -> None:
    assert states(taken([change("u", 1, 5), change("c", 1, 9)])) == {1: (SKIPPED, ALREADY_THERE)}


def test_a_correction_before_posting_is_what_is_announced_and_an_old_one_is_not() -> None:
    better, older = (replace(DETAILS, commentaire=text) for text in ("better", "older"))
    intake = taken([change("c", 1, 5), change("u", 1, 9, details=better), change("u", 1, 7, details=older)])
    assert intake.entries[1].details == better


def test_deleted_before_posting_is_not_announced() -> None:
    assert states(taken([change("c", 1, 5), change("d", 1, 6)])) == {1: (SKIPPED, DELETED)}


def test_a_delete_older_than_the_row_is_a_redelivery() -> None:
    assert states(taken([change("d", 1, 4)], Entry(1, WAITING, None, 5, 1, NOW, DETAILS))) == {1: (WAITING, None)}


def test_deleted_and_inserted_again_before_anybody_heard_of_it_is_announced_once() -> None:
    intake = taken([change("c", 1, 5), change("d", 1, 6), change("c", 1, 7)])
    assert states(intake) == {1: (WAITING, None)}
    assert states(taken([change("c", 1, 5)], Entry(1, SKIPPED, DELETED, 6))) == {1: (SKIPPED, DELETED)}


def test_a_delete_while_the_message_is_under_way_forbids_a_second_attempt_only() -> None:
    intake = taken([change("d", 1, 6)], Entry(1, POSTING, None, 5, 1, NOW, DETAILS))
    assert states(intake) == {1: (POSTING, DELETED)}


def test_a_truncate_deletes_everything_earlier_and_nothing_later() -> None:
    intake = taken([change("c", 1, 5), change("c", 3, 9), change("t", 0, 7), change("c", 2, 8)], Entry(4, UNCERTAIN, None, 2))
    assert states(intake) == {
        1: (SKIPPED, DELETED), 2: (WAITING, None), 3: (WAITING, None), 4: (UNCERTAIN, DELETED),
    }  # fmt: skip


def test_a_truncate_that_arrives_before_what_it_deletes_deletes_it_all_the_same() -> None:
    truncated = taken([change("t", 0, 7)])
    late = change("c", 1, 5, committed_at=NOW - timedelta(seconds=1))
    assert states(taken([late], landmarks=truncated.landmarks)) == {1: (SKIPPED, DELETED)}


def test_after_a_move_to_a_new_cluster_whose_lsns_begin_anew_inserts_are_new() -> None:
    truncated = taken([change("t", 0, 7_000)])
    later = change("c", 1, 5, committed_at=NOW + timedelta(hours=1))
    assert states(taken([later], landmarks=truncated.landmarks)) == {1: (WAITING, None)}


def test_a_change_of_key_is_one_activity_before_posting_and_after() -> None:
    before = taken([change("c", 1, 5), *moved(1, 2, 6)])
    assert states(before) == {1: (SKIPPED, KEY_CHANGED), 2: (WAITING, None)}
    assert before.entries[2].rank == 100
    assert states(taken(moved(1, 2, 6), Entry(1, POSTED, None, 5))) == {1: (POSTED, None), 2: (SKIPPED, KEY_CHANGED)}


@pytest.mark.parametrize("there", [SKIPPED, UNCERTAIN])
def test_a_row_that_was_announced_and_took_a_given_up_id_is_no_news_in_a_snapshot(there: str) -> None:
    given_up = Entry(2, there, DELETED, 3)  # type: ignore[arg-type]
    intake = taken([*moved(1, 2, 6), change("r", 2, 9, snapshot="9/1")], Entry(1, POSTED, None, 5), given_up)
    assert states(intake) == {1: (POSTED, None), 2: (there, KEY_CHANGED)}


def test_two_activities_that_swap_their_keys_are_two_activities() -> None:
    intake = taken([change("c", 1, 1), change("c", 2, 2), *moved(1, -1, 3), *moved(2, 1, 4), *moved(-1, 2, 5)])
    assert states(intake) == {1: (WAITING, None), 2: (WAITING, None), -1: (SKIPPED, KEY_CHANGED)}


@pytest.mark.parametrize("taken_by", [POSTED, UNCERTAIN, WAITING])
def test_an_activity_that_takes_an_id_of_the_ledger_waits_on_under_its_old_one(taken_by: str) -> None:
    """A swap, or the id of a row that was deleted."""
    there = Entry(1, taken_by, None, 1, 1, NOW, DETAILS, moved_to=None if taken_by == POSTED else 9)  # type: ignore[arg-type]
    intake = taken([change("c", 2, 2), *moved(2, 1, 4)], there)
    assert states(intake) == {1: (taken_by, None), 2: (WAITING, None)}
    better = replace(DETAILS, commentaire="better")
    for one in (change("u", 1, 5, details=better), change("u", 2, 6)):
        intake.take(one)
    assert (intake.entries[2].details, intake.entries[1].details) == (better, DETAILS)
    assert states(taken([change("d", 1, 7)], *intake.entries.values())) == {1: (taken_by, None), 2: (SKIPPED, DELETED)}


def test_the_other_half_of_a_swap_is_not_taken_for_the_one_that_waits() -> None:
    swap = [*moved(1, -1, 3), *moved(2, 1, 4), *moved(-1, 2, 5), change("u", 2, 6), change("d", 2, 7)]
    assert states(taken([change("c", 2, 2), *swap], Entry(1, POSTED, None, 1)))[2] == (WAITING, None)


@pytest.mark.parametrize("state", [POSTING, UNCERTAIN, REFUSED])
def test_a_message_under_way_hears_what_happens_to_its_row_under_another_id(state: str) -> None:
    entry = Entry(1, state, None, 5, 1, NOW, DETAILS)  # type: ignore[arg-type]
    better = replace(DETAILS, commentaire="better")
    followed = taken([*moved(1, 2, 6), *moved(2, 3, 7), change("u", 3, 8, details=better)], entry)
    assert (followed.entries[1].moved_to, followed.entries[1].details) == (3, better)
    gone = taken([change("d", 3, 9)], *followed.entries.values())
    assert (states(gone)[1], gone.touched) == ((state, DELETED), {1})


def test_a_message_that_came_back_to_its_own_id_is_deleted_under_it() -> None:
    intake = taken([*moved(1, 2, 6), *moved(2, 1, 7), change("d", 1, 8)], Entry(1, UNCERTAIN, None, 5, 1, NOW, DETAILS))
    assert states(intake)[1] == (UNCERTAIN, DELETED)


def test_too_old_and_judged_are_noted_with_their_reason() -> None:
    old = change("c", 1, 5, details=Details(replace(DETAILS.activity, date_debut=NOW - timedelta(hours=25)), None))
    assert states(taken([old])) == {1: (SKIPPED, TOO_OLD)}
    assert states(taken([change("c", 1, 5)], reason="slack_refuse")) == {1: (SKIPPED, "slack_refuse")}


def test_what_was_committed_while_the_stream_was_interrupted_is_as_young_as_it_was_then() -> None:
    """A lost slot, and a new snapshot two days later: the time of its rows' commits is gone."""
    heard = taken([change("c", 1, 5)]).landmarks
    ran = replace(DETAILS, activity=replace(DETAILS.activity, date_debut=NOW + timedelta(hours=1)))
    older = replace(DETAILS, activity=replace(DETAILS.activity, date_debut=NOW - timedelta(hours=25)))
    later = {"committed_at": NOW + timedelta(hours=48), "snapshot": "50/1"}
    intake = taken([change("r", 2, 50, details=ran, **later), change("r", 3, 50, details=older, **later)], landmarks=heard)
    assert states(intake) == {2: (WAITING, None), 3: (SKIPPED, TOO_OLD)}
    assert states(taken([change("r", 2, 50, details=ran, **later)])) == {2: (SKIPPED, TOO_OLD)}


@pytest.mark.parametrize("seed", range(40))
def test_a_stretch_delivered_again_from_anywhere_changes_nothing(seed: int) -> None:
    draw, changes = random.Random(seed), []
    alive: set[int] = set()
    for lsn in range(1, 61):
        number = draw.randint(1, 6)
        if number not in alive:
            changes.append(change("c", number, lsn))
            alive.add(number)
        elif draw.random() < 0.4:
            changes.append(change("d", number, lsn))
            alive.discard(number)
        elif draw.random() < 0.3 and (free := [one for one in range(1, 9) if one not in alive]):
            new = draw.choice(free)
            changes += moved(number, new, lsn)
            alive = alive - {number} | {new}
        else:
            changes.append(change("u", number, lsn, details=replace(DETAILS, commentaire=str(lsn))))
    once = taken(changes)
    first = draw.randint(0, len(changes))
    again = taken([*changes, *changes[first:]])
    assert states(again) == states(once)
    assert {number: one.details for number, one in again.entries.items()} == {number: one.details for number, one in once.entries.items()}
    assert {number for number, (state, _) in states(once).items() if state == WAITING} == alive


@pytest.mark.parametrize("seed", range(60))
def test_whatever_rows_do_with_their_keys_each_unheard_one_waits_once_and_no_other(seed: int) -> None:
    """Rows are told apart by a name in their comment. Some were announced, or are under way, before; some batches end in between."""
    draw, lsn = random.Random(seed), 10
    rows = {number: f"row {number}" for number in range(1, 5)}
    known = [
        Entry(number, POSTED if number < 3 else draw.choice([POSTING, UNCERTAIN]), None, number, number, NOW, DETAILS) for number in rows
    ]
    intake, history = taken([], *known), list[Change]()
    for lsn in range(10, 70):
        step, number = draw.random(), draw.choice([*rows] or [0])
        free = [one for one in range(-2, lsn) if one not in rows]
        if step < 0.25 or not rows:
            rows[lsn * 100] = f"row {lsn * 100}"
            changes = [change("c", lsn * 100, lsn, details=replace(DETAILS, commentaire=rows[lsn * 100]))]
        elif step < 0.4:
            changes = [change("d", number, lsn)]
            del rows[number]
        else:
            new = draw.choice(free)
            changes = [
                *moved(number, new, lsn)[:1],
                change("c", new, lsn, moved_from=number, details=replace(DETAILS, commentaire=rows[number])),
            ]
            rows[new] = rows.pop(number)
        history += changes
        for one in [*changes, *history[-draw.randint(0, 8) :]]:  # and some of them again
            intake.take(one)
        if draw.random() < 0.3:
            intake = taken([], *intake.entries.values())
    before = {f"row {number}": number for number in range(1, 5)}
    waiting = [entry.details.commentaire for entry in intake.entries.values() if entry.state == WAITING and entry.details]
    assert sorted(waiting) == sorted(name for name in rows.values() if name not in before)
    for name, number in before.items():
        if number >= 3:
            assert (intake.entries[number].reason is not None) == (name not in rows.values())
