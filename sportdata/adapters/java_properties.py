"""Java's .properties files: written in plain ASCII, for some readers take the bytes for UTF-8 and others for ISO-8859-1."""

from __future__ import annotations

from collections.abc import Mapping


def escaped(value: object) -> str:
    """As java.util.Properties reads it back: `\\` doubled; a leading blank, control characters and all beyond ASCII as UTF-16 units."""
    units = str(value).encode("utf-16-be")
    return "".join(_written(int.from_bytes(units[place : place + 2]), place) for place in range(0, len(units), 2))


def _written(code: int, place: int) -> str:
    if code == ord("\\"):
        return "\\\\"
    is_plain = 0x20 < code < 0x7F or (code == 0x20 and place > 0)
    return chr(code) if is_plain else f"\\u{code:04x}"


def property_lines(values: Mapping[str, object]) -> str:
    """One `key=value` a line; keys are ours, and plain."""
    return "".join(f"{key}={escaped(value)}\n" for key, value in values.items())
