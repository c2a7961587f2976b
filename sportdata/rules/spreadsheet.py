"""Text that a spreadsheet shows and does not evaluate (formula injection: https://owasp.org/www-community/attacks/CSV_Injection)."""

from __future__ import annotations

import re
from typing import Final

CELL_LIMIT: Final = 32_767  # UTF-16 units, in Excel and LibreOffice
_CUT: Final = "… [coupé]"

# What begins a formula, its full-width twins, and our own mark.
_TRIGGER = r"['=+\-@＝＋－＠]"
# A cell begins with one, blanks aside, or with a tab or an end of line, which a spreadsheet drops.
_AT_START = re.compile(rf"\s*{_TRIGGER}|[\t\r\n]")
# A spreadsheet of another country takes another separator, and finds the beginning of a cell in the midst of ours.
_WITHIN = re.compile(rf'([,;|"\t\r\n]\s*)(?={_TRIGGER})')
_MARKED_WITHIN = re.compile(rf'([,;|"\t\r\n]\s*)\'(?={_TRIGGER})')
# How a workbook writes a character that XML cannot: Excel reads `_x003D_` as `=`. `_x005F_` is the underscore itself (ECMA-376, 22.9.2.19).
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # in XML 1.0, of which a workbook is made


def csv_text(text: str) -> str:
    """The text for a CSV file: an apostrophe before whatever could begin a formula, an apostrophe included. `from_csv_text` undoes it."""
    marked = _WITHIN.sub(r"\1'", text)
    return f"'{marked}" if _AT_START.match(text) else marked


def from_csv_text(text: str) -> str:
    """What `csv_text` was given."""
    bare = text[1:] if text.startswith("'") else text
    return _MARKED_WITHIN.sub(r"\1", bare)


def cell_text(text: str) -> str:
    """The text for a cell that is marked as text: only what a workbook cannot hold is replaced (�) or cut."""
    clean = _ESCAPED.sub("_x005F_", _FORBIDDEN.sub("�", text))
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * CELL_LIMIT:
        return clean
    return units[: 2 * (CELL_LIMIT - len(_CUT))].decode("utf-16-le", errors="ignore") + _CUT  # half a character is left out


def begins_like_a_formula(text: str) -> bool:
    return bool(_AT_START.match(text))
