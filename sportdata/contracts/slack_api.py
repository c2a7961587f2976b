"""What Slack's Web API says, and what it means for a message: https://docs.slack.dev/reference/methods/chat.postMessage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

EVENT_TYPE: Final = "sportdata_activity"
EXACT_IN_JSON: Final = 2**53  # above it, readers of JSON that know doubles only round

Kind = Literal["posted", "absent", "more", "unsent", "later", "doubtful", "blocked", "refused", "unknown"]

# "It's possible some aspect of the operation succeeded before the error was raised"
_DOUBTFUL: Final = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_LATER: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "external_channel_migrating"})
# the message itself is at fault: no repetition helps
_REFUSED: Final = frozenset(
    {
        "msg_too_long", "msg_blocks_too_long", "no_text", "too_many_attachments", "attachment_payload_limit_exceeded",
        "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_metadata_format", "invalid_metadata_schema",
        "metadata_too_large", "markdown_text_conflict", "invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset",
        "invalid_form_data", "invalid_json", "json_not_object", "cannot_reply_to_message",
    }
)  # fmt: skip
# token, rights or channel: every message would meet it until somebody acts
_BLOCKED: Final = frozenset(
    {
        "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "no_permission", "missing_scope",
        "not_allowed_token_type", "org_login_required", "ekm_access_denied", "enterprise_is_restricted", "access_denied", "accesslimited",
        "two_factor_setup_required", "team_access_not_granted", "team_not_found", "channel_not_found", "not_in_channel", "is_archived",
        "channel_type_not_supported", "is_inactive", "restricted_action", "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel", "messages_tab_disabled", "metadata_must_be_sent_from_app", "deprecated_endpoint",
        "method_deprecated", "unknown_method", "posting_to_channel_denied", "user_is_bot", "user_is_restricted",
        "no_dual_broadcast_content_update",
    }
)  # fmt: skip
ADVICE: Final = {
    "not_authed": "give a token (SPORTDATA_SLACK_TOKEN or SPORTDATA_SLACK_TOKEN_FILE)",
    "invalid_auth": "the token is wrong: give another",
    "account_inactive": "the app or its workspace is gone: install it again and give the new token",
    "token_revoked": "the token was revoked: install the app again and give the new token",
    "token_expired": "the token has expired: give the new one",
    "missing_scope": "the app needs the scopes chat:write and channels:history (groups:history for a private channel)",
    "channel_not_found": "SPORTDATA_SLACK_CHANNEL must be the id of a channel that the app can see",
    "not_in_channel": "invite the app to the channel",
    "is_archived": "the channel is archived: unarchive it or choose another",
}


@dataclass(frozen=True)
class Answer:
    """What became of a call: `posted` (with the message's `ts`), `absent` (not in the history), `more` (the history goes on at `cursor`),
    `unsent` (never reached Slack), `later` (after `seconds`; 0: Slack does not say), `doubtful`, `blocked` (the world must change),
    `refused` (this message never will be), `unknown` (an error that Slack does not document)."""

    kind: Kind
    detail: str = ""
    ts: str = ""
    seconds: float = 0.0
    cursor: str = ""


def kind_of(error: str) -> Kind:
    """What an `error` of an `"ok": false` answer means."""
    for kind, errors in (("doubtful", _DOUBTFUL), ("later", _LATER), ("refused", _REFUSED), ("blocked", _BLOCKED)):
        if error in errors:
            return kind  # type: ignore[return-value]
    return "unknown"


def metadata(ids: Iterable[int], ledger: str) -> dict[str, Any]:
    """Whose message it is and what it announces, where `conversations.history` shows it again. Two stacks may post in one channel, and
    both count from 1. Objects are the only lists that Slack documents."""
    exact = [number if abs(number) < EXACT_IN_JSON else str(number) for number in ids]
    return {"event_type": EVENT_TYPE, "event_payload": {"ledger": ledger, "activities": [{"id": number} for number in exact]}}


def announced_ids(message: dict[str, Any], ledger: str | None = None) -> frozenset[int]:
    """The ids in the metadata of a message of a channel's history; none when it is not ours, or with `ledger` another ledger's.

    A message without a ledger counts as anybody's: the first version wrote none.
    """
    try:
        found = message["metadata"]
        payload = found["event_payload"]
        if found["event_type"] != EVENT_TYPE or ledger not in {None, payload.get("ledger", ledger)}:
            return frozenset()
        return frozenset(int(one["id"]) for one in payload["activities"])
    except (KeyError, TypeError, ValueError, AttributeError):  # whoever may post in the channel may write what they like there
        return frozenset()
