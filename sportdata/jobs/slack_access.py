"""How Slack is reached now: the token from the environment or from a file that may change while everything runs."""

from __future__ import annotations

from sportdata.adapters.slack import Slack
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings


class Access:
    """Without a token and without a file of one, this is the preview: `channel` is None."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token: str | None = None
        self._slack: Slack | None = None

    @property
    def is_preview(self) -> bool:
        return self._settings.slack_token is None and self._settings.slack_token_file is None

    @property
    def channel(self) -> str | None:
        return None if self.is_preview else self._settings.slack_channel

    def slack(self) -> Slack | None:
        """The client with the token of this moment; None in preview. Raises BrokenWorld when token or channel are not to be had."""
        if self.is_preview:
            return None
        if not self._settings.slack_channel:
            raise BrokenWorld("there is a token but no channel: set SPORTDATA_SLACK_CHANNEL to the channel's id")
        token = self._read()
        if self._slack is None or token != self._token:
            self._token, self._slack = token, Slack(token, self._settings.slack_url, self._settings.slack_timeout_s)
        return self._slack

    def has_changed(self) -> bool:
        """Whether the token is another one than when it was last used."""
        if self.is_preview or self._settings.slack_token is not None:
            return False
        try:
            return self._read() != self._token
        except BrokenWorld:
            return False

    def _read(self) -> str:
        if self._settings.slack_token is not None:
            return _token(self._settings.slack_token.get_secret_value(), "SPORTDATA_SLACK_TOKEN")
        file = self._settings.slack_token_file
        try:
            text = file.read_text(encoding="ascii") if file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise BrokenWorld(f"SPORTDATA_SLACK_TOKEN_FILE: {file} cannot be read ({type(error).__name__})") from error
        return _token(text, f"SPORTDATA_SLACK_TOKEN_FILE: {file}")


def _token(text: str, where: str) -> str:
    """One word: what a header cannot hold would be quoted in an error."""
    words = text.split()
    if not words:
        raise BrokenWorld(f"{where} is empty")
    if len(words) > 1 or not words[0].isascii():
        raise BrokenWorld(f"{where} must hold the token and nothing else")
    return words[0]
