"""From the ledger to Slack, one message at a time: noted before it is posted and after; what is doubtful is looked up before anything else.

Without a token the message's transition in the ledger is the posting itself (preview): the page shows what the ledger holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sportdata.adapters.ledger import Ledger
from sportdata.contracts.announcements import Templates
from sportdata.contracts.ledger import REFUSED, SKIPPED, UNCERTAIN, WAITING, Entry, OpenMessage, Person
from sportdata.contracts.slack_api import ADVICE, Answer
from sportdata.errors import BrokenWorld
from sportdata.jobs.slack_access import Access
from sportdata.jobs.slack_doubt import DENIALS, Doubt
from sportdata.metrics import SLACK_ANNOUNCED, SLACK_POSTED, SLACK_RETRIED, SLACK_SKIPPED
from sportdata.rules.sports import Catalogue
from sportdata.settings import Settings
from sportdata.stages.announce import Announced, digest, for_slack, reason_to_skip, single

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
LOOK_EVERY_S = 1.5  # conversations.history allows about 50 calls a minute
MOST_UNKNOWN_ERRORS = 5  # an error that Slack does not document is taken for the message's fault after so many tries

Log = Callable[..., None]


class Posting:
    """`ready_at` says by `clock` when there may be something to do; `trouble` what is in the way, for people to read."""

    def __init__(self, settings: Settings, ledger: Ledger, access: Access, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._ledger, self._access, self._log, self._clock = settings, ledger, access, log, clock
        self.trouble: str | None = None
        self.ready_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._unknown_errors = 0
        self._identity = ledger.identity()
        self._doubts: list[Doubt] = []
        for message in ledger.unfinished():
            self._doubt(message)

    @property
    def doubtful(self) -> bool:
        return bool(self._doubts)

    def _doubt(self, message: OpenMessage) -> None:
        """From now, whenever it was tried: how long an attempt took before a crash is not known."""
        until = self._clock() + self._settings.slack_timeout_s + self._settings.slack_visibility_s
        self._doubts.append(Doubt(message, until))

    def hurry(self) -> None:
        """Somebody gave another token: no reason to wait any longer."""
        if self.trouble:
            self.ready_at, self._pause_s = 0.0, FIRST_PAUSE_S

    def clear_doubt(self) -> None:
        """Finds out whether the oldest doubtful message was posted, as far as Slack tells now."""
        doubt = self._doubts[0]
        if not self._ledger.is_open(doubt.message.number):  # somebody has settled it
            self._doubts.pop(0)
            self._free()
            return
        channel = doubt.message.channel
        if channel is None:
            self._settle(doubt, Answer("absent", "the preview ended before it was noted"))
            return
        try:
            slack = self._access.slack()
        except BrokenWorld as error:
            self._wait(str(error))
            return
        if slack is None:
            self._uncertain(doubt, "it was tried with a token, and there is none now to read the channel's history with")
            return
        answer = doubt.look(slack, channel, self._identity, self._clock())
        if doubt.is_over(answer):
            self._settle(doubt, answer)
        elif answer.kind in {"more", "absent"}:
            self.trouble = None
            pause_s = 0.0 if answer.kind == "more" else min(LOOK_EVERY_S, max(0.05, doubt.until - self._clock()))
            self.ready_at = self._clock() + pause_s
        elif answer.kind in DENIALS:
            self._denied(doubt, answer)
        else:
            self._wait(f"the channel's history cannot be read yet: {answer.detail}", answer.seconds)

    def _denied(self, doubt: Doubt, answer: Answer) -> None:
        """Slack does not show its history: a while later only people can tell. (A Slack that fails is waited for: that loses nothing.)"""
        why = f"the channel's history cannot be read: {_advised(answer.detail)}"
        over_at = (doubt.denied_since or 0.0) + self._settings.slack_history_patience_s
        if self._clock() >= over_at:
            self._uncertain(doubt, why)
        else:
            self._wait(why)
            self.ready_at = min(self.ready_at, over_at)

    def _uncertain(self, doubt: Doubt, why: str) -> None:
        number = doubt.message.number
        if not self._closed(doubt, lambda: self._ledger.set_state(number, UNCERTAIN, why)):
            return
        self._log("slack_uncertain", message=doubt.message.number, ids=doubt.message.ids, why=why)
        self._free()

    def _settle(self, doubt: Doubt, answer: Answer) -> None:
        number = doubt.message.number
        if answer.kind == "posted":
            closed = self._closed(doubt, lambda: self._ledger.posted(number, answer.ts))
        else:
            closed = self._closed(doubt, lambda: self._ledger.not_posted(number, answer.detail))
        if not closed:
            return
        if answer.kind == "posted":
            self._count(doubt.message)
            self._log("slack_found_in_history", message=doubt.message.number, ids=doubt.message.ids)
        else:
            SLACK_RETRIED.inc()
        self._free()

    def _closed(self, doubt: Doubt, close: Callable[[], None]) -> bool:
        """Ends a doubt; False when somebody has settled it by hand while Slack was asked: their word stands."""
        with self._ledger.transaction():
            is_open = self._ledger.is_open(doubt.message.number)
            if is_open:
                close()
        self._doubts.pop(0)
        return is_open

    def post_next(self, waiting: int, templates: Templates, catalogue: Catalogue) -> None:
        """Posts the next message, if one is left to post once names and preferences have been looked at again."""
        try:
            slack, channel = self._access.slack(), self._access.channel
        except BrokenWorld as error:
            self._wait(str(error))
            return
        several = waiting > self._settings.slack_digest_above
        with self._ledger.transaction():
            message = self._note(self._settings.slack_digest_size if several else 1, channel, templates, catalogue)
        if message is None:
            return
        if slack is None or channel is None:
            self._done(message, "")
            return
        answer = slack.post(channel, for_slack(message.text), message.ids, self._identity)
        self._react(message, answer)

    def _note(self, most: int, channel: str | None, templates: Templates, catalogue: Catalogue) -> OpenMessage | None:
        """Writes down what is about to be posted. Who has declined or left meanwhile, or what was corrected, is passed over."""
        candidates = self._ledger.waiting(most)
        owners = {one.details.activity.employee_id for one in candidates if one.details}
        people = self._ledger.people(owner for owner in owners if owner is not None)
        chosen: list[Announced] = []
        passed: list[Entry] = []
        for entry in candidates:
            found = self._announced(entry, people, catalogue)
            if isinstance(found, str):
                passed.append(Entry(entry.id, SKIPPED, found, entry.lsn))
            elif entry.alone and chosen:
                break
            else:
                chosen.append(found)
                if entry.alone:
                    break
        if passed:
            self._ledger.save(passed, self._ledger.landmarks())
            for one in passed:
                SLACK_SKIPPED.labels(one.reason).inc()
        if not chosen:
            return None
        if len(chosen) == 1:
            return self._ledger.open_message([chosen[0][0]], channel, single(chosen[0], templates, catalogue))
        text, listed = digest(chosen, templates, catalogue)
        if listed == 1:
            text = single(chosen[0], templates, catalogue)
        return self._ledger.open_message([one[0] for one in chosen[:listed]], channel, text)

    @staticmethod
    def _announced(entry: Entry, people: dict[int, Person], catalogue: Catalogue) -> Announced | str:
        if entry.details is None or entry.committed_at is None:
            raise BrokenWorld(f"slack.annonces: id {entry.id} is {WAITING} without its commit time; set its etat to {SKIPPED}")
        person = people.get(entry.details.activity.employee_id or 0)
        reason = reason_to_skip(entry.details, entry.committed_at, person, catalogue)
        if reason or person is None:
            return reason or "employe_inconnu"
        return entry.id, entry.details, person

    def _react(self, message: OpenMessage, answer: Answer) -> None:
        if answer.kind == "posted":
            self._done(message, answer.ts)
        elif answer.kind == "doubtful":
            self._doubt(message)
            self._log("slack_doubtful", message=message.number, ids=message.ids, why=answer.detail)
            self.ready_at = self._clock()
        elif answer.kind == "refused" or self._is_at_fault(answer):
            self._refused(message, answer)
        else:
            with self._ledger.transaction():
                self._ledger.not_posted(message.number, answer.detail)
            SLACK_RETRIED.inc()
            self._wait(f"Slack: {_advised(answer.detail)}", answer.seconds)

    def _is_at_fault(self, answer: Answer) -> bool:
        """Whether an error that Slack does not document is the message's: after some tries, unless it has just set aside another one.
        Two in a row are the world's fault."""
        if answer.kind != "unknown":
            return False
        self._unknown_errors += 1
        if self._unknown_errors < MOST_UNKNOWN_ERRORS:
            return False
        self._unknown_errors = 0
        return self._ledger.last_refusal() != answer.detail

    def _refused(self, message: OpenMessage, answer: Answer) -> None:
        """One activity is set aside; of a list, each is tried by itself, so that only the one at fault is."""
        with self._ledger.transaction():
            if len(message.ids) == 1:
                self._ledger.set_state(message.number, REFUSED, answer.detail)
            else:
                self._ledger.not_posted(message.number, answer.detail, alone=True)
        self._log("slack_refused", message=message.number, ids=message.ids, why=answer.detail)
        self._free()

    def _done(self, message: OpenMessage, ts: str) -> None:
        with self._ledger.transaction():
            self._ledger.posted(message.number, ts)
        self._count(message)
        if message.channel is None:
            self._log("slack_preview", message=message.number, ids=message.ids, text=message.text)
        else:
            self._log("slack_posted", message=message.number, ids=message.ids)
        self._free()

    @staticmethod
    def _count(message: OpenMessage) -> None:
        SLACK_POSTED.inc()
        SLACK_ANNOUNCED.inc(len(message.ids))

    def _free(self) -> None:
        self.trouble, self._pause_s, self._unknown_errors = None, FIRST_PAUSE_S, 0
        self.ready_at = self._clock() + self._settings.slack_interval_s

    def _wait(self, trouble: str, seconds: float = 0.0) -> None:
        """Tries again after what Slack asks for, or after a pause that doubles up to a minute."""
        if trouble != self.trouble:
            self._log("slack_waits", why=trouble)
        self.trouble = trouble
        self.ready_at = self._clock() + (seconds or self._pause_s)
        if not seconds:
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)


def _advised(error: str) -> str:
    advice = ADVICE.get(error)
    return f"{error} ({advice})" if advice else error
