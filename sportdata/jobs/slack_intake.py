"""From the stream into the ledger: one transaction a batch, then the broker's offsets."""

from __future__ import annotations

from datetime import timedelta

from sportdata.adapters.activity_stream import Record
from sportdata.adapters.ledger import Ledger
from sportdata.contracts.change import Change, Details, Unreadable, read_change
from sportdata.contracts.ledger import SKIPPED
from sportdata.contracts.topics import ACTIVITIES
from sportdata.metrics import SLACK_SKIPPED, SLACK_UNREADABLE
from sportdata.rules.sports import Catalogue
from sportdata.stages.announce import reason_to_skip
from sportdata.stages.intake import Intake

LONGEST_REASON = 300


def take_in(ledger: Ledger, records: list[Record], catalogue: Catalogue, longest_age: timedelta) -> int:
    """Notes in the ledger what a batch says; taking a batch twice changes nothing. Returns how many activities wait because of it."""
    changes, unreadable = _decoded(records)
    ids = {change.id for change in changes} | {change.moved_from for change in changes if change.moved_from is not None}
    owners = {change.details.activity.employee_id for change in changes if change.details} - {None}
    with ledger.transaction():
        people = ledger.people(owner for owner in owners if owner is not None)

        def judge(details: Details, change: Change) -> str | None:
            return reason_to_skip(details, change.committed_at, people.get(details.activity.employee_id or 0), catalogue)

        known = ledger.entries(ids, every_open=any(change.op == "t" for change in changes))
        skipped_before = {number for number, entry in known.items() if entry.state == SKIPPED}
        intake = Intake(known, ledger.landmarks(), ledger.next_rank(), longest_age, judge)
        for change in changes:
            intake.take(change)
        touched = [intake.entries[number] for number in intake.touched]
        ledger.save(touched, intake.landmarks)
        new_unreadable = ledger.set_aside(unreadable)
    SLACK_UNREADABLE.inc(new_unreadable)
    for entry in touched:
        if entry.state == SKIPPED and entry.id not in skipped_before:
            SLACK_SKIPPED.labels(entry.reason).inc()
    return sum(entry.state != SKIPPED for entry in touched)


def _decoded(records: list[Record]) -> tuple[list[Change], list[tuple[str, int, int, str]]]:
    changes, unreadable = [], []
    for record in records:
        try:
            change = read_change(record.value, record.headers)
        except Unreadable as error:
            unreadable.append((ACTIVITIES, record.partition, record.offset, str(error).replace("\0", "")[:LONGEST_REASON]))
            continue
        if change is not None:
            changes.append(change)
    return changes, unreadable
