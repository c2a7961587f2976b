"""Where the lake is: a folder, or a place in an object store that Spark and delta-rs name the same way."""

from __future__ import annotations

import re
from pathlib import Path

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")  # for those processes alone that reach the lake
_BUCKET = re.compile(r"s3a://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._=-]+)*)/?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/?/?")


class ObjectStore:
    """`s3a://bucket/prefix`, to be joined with `/` like a path."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __truediv__(self, name: str) -> ObjectStore:
        return ObjectStore(f"{self._url}/{name}")

    def __str__(self) -> str:
        return self._url

    def __repr__(self) -> str:
        return f"ObjectStore({self._url!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectStore) and other._url == self._url

    def __hash__(self) -> int:
        return hash(self._url)


Lakeside = Path | ObjectStore


def delta_options(lake: Lakeside) -> dict[str, str] | None:
    """What delta-rs must be told; keys, endpoint and region it takes from the environment (AWS_…), or from the machine's role."""
    return {"allow_http": "true"} if isinstance(lake, ObjectStore) else None


def read_lakeside(value: object) -> Lakeside:
    """What `SPORTDATA_LAKE` says. Raises ValueError, without the value where it may hold a secret."""
    if isinstance(value, Path | ObjectStore):
        return value.resolve() if isinstance(value, Path) else value
    text = str(value)
    if "@" in text and _SCHEME.match(text):
        raise ValueError(
            "keys do not belong into it: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's role"
        )
    if found := _BUCKET.fullmatch(text):
        return ObjectStore(f"s3a://{found[1]}{found[2]}")
    if _SCHEME.match(text):
        raise ValueError(f"{text!r} is neither a folder nor s3a://bucket/prefix (letters, digits and . _ = - in the prefix)")
    return Path(text).resolve()
