"""A message of which it is open whether it was posted, and what the channel's history has said of it so far."""

from __future__ import annotations

from dataclasses import dataclass

from sportdata.adapters.slack import Slack
from sportdata.contracts.ledger import OpenMessage
from sportdata.contracts.slack_api import Answer

DENIALS = frozenset({"blocked", "refused", "unknown"})  # Slack's own word that its history is not to be read


@dataclass
class Doubt:
    """`until`: a history whose reading begins then, and that does not hold the message, settles that it was not posted."""

    message: OpenMessage
    until: float
    denied_since: float | None = None
    _began: float = 0.0
    _cursor: str = ""

    def look(self, slack: Slack, channel: str, ledger: str, now: float) -> Answer:
        """Reads the history, from where the last look was interrupted. `absent` may come too early to count: see `is_over`."""
        if not self._cursor:
            self._began = now
        answer = slack.find(channel, self.message.ids, self.message.tried_at, ledger, self._cursor)
        self._cursor = answer.cursor
        if answer.kind not in DENIALS:
            self.denied_since = None
        elif self.denied_since is None:
            self.denied_since = now
        return answer

    def is_over(self, answer: Answer) -> bool:
        """Whether this answer settles it: the newest messages are on the first page, so it counts when that was read."""
        return answer.kind == "posted" or (answer.kind == "absent" and self._began >= self.until)
