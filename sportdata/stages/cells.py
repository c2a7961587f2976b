"""What one Excel cell means: a number, an amount, a date, a text. Each reader raises ValueError that says what is the matter."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
LARGEST_AMOUNT: Final = Decimal("9999999999.99")  # NUMERIC(12,2)
LARGEST_ID: Final = 2**31 - 1  # INTEGER

# What a binary float may be off from the cents that were typed.
_FLOAT_DUST = Decimal("0.000001")
# "30940", "30 940,00": blanks between groups of three only, a comma or a point before the decimals.
# "30.940" and "30,940" could be thirty or thirty thousand: three decimals do not match.
_AMOUNT = re.compile(r"([-−]?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d{1,2}|\d{4,}))?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)


def text(cell: object) -> str | None:
    """Text in NFC, blanks of any kind collapsed and trimmed; a whole number as its digits; None when empty."""
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFC", str(cell)).split()) or None


def employee_id(cell: object) -> int:
    """A whole number from 1 to the largest 32-bit one, typed as a number or as digits."""
    value = _whole(cell)
    if value is None:
        raise ValueError("an id is missing" if text(cell) is None else "an id must be a whole number")
    if not 1 <= value <= LARGEST_ID:
        raise ValueError(f"an id must be from 1 to {LARGEST_ID}")
    return value


def days(cell: object) -> int | None:
    """A whole number from 0 to 366, or None when empty."""
    if text(cell) is None:
        return None
    value = _whole(cell)
    if value is None or not 0 <= value <= 366:
        raise ValueError("not a whole number of days from 0 to 366")
    return value


def _whole(cell: object) -> int | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    if isinstance(cell, str) and re.fullmatch(r"[0-9]{1,12}(\.0+)?", cell.strip()):
        return int(cell.strip().partition(".")[0])
    return None


def amount(cell: object) -> Decimal:
    """Euros with two decimals: as typed, or rounded half up where there are more."""
    value = _exact_amount(cell)
    cents = value.quantize(CENT, ROUND_HALF_UP) if value <= LARGEST_AMOUNT + 1 else value
    if cents > LARGEST_AMOUNT:
        raise ValueError(f"a salary must not be above {LARGEST_AMOUNT}")
    return cents


def has_more_than_cents(cell: object) -> bool:
    """Whether `amount` rounds more than the dust of binary floats away."""
    return abs(_exact_amount(cell) - amount(cell)) > _FLOAT_DUST


def _exact_amount(cell: object) -> Decimal:
    value = _typed_amount(cell) if isinstance(cell, str) else _numeric_amount(cell)
    if value < 0:
        raise ValueError("a salary must not be negative")
    return value


def _numeric_amount(cell: object) -> Decimal:
    if cell is None:
        raise ValueError("a salary is missing")
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal) or not math.isfinite(cell):
        raise ValueError("a salary must be a number")
    # Excel shows 15 digits: what reads 34021.105 there is a half here too, whatever its binary digits are
    return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)


def _typed_amount(cell: str) -> Decimal:
    bare = " ".join(cell.split())
    if not bare:
        raise ValueError("a salary is missing")
    number = _AMOUNT.fullmatch(re.sub(r"\s*(€|EUR|euros?)$", "", bare, flags=re.IGNORECASE))
    if number is None:
        raise ValueError("a salary must be a number, such as 30940 or 30940.50")
    sign, euros, cents = number.groups()
    return Decimal(f"{'-' if sign else ''}{euros.replace(' ', '')}.{cents or '0'}")


def day(cell: object, today: date) -> date | None:
    """A date, not after today: an Excel date, or text as 2020-12-14 or 14/12/2020; None when empty."""
    if isinstance(cell, datetime):
        value = cell.date()
    elif isinstance(cell, date):
        value = cell
    elif text(cell) is None:
        return None
    else:
        value = _typed_day(cell)
    if value > today:
        raise ValueError(f"a date in the future (today is {today})")
    return value


def _typed_day(cell: object) -> date:
    typed = cell.strip() if isinstance(cell, str) else ""
    try:
        if iso := _ISO.fullmatch(typed):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if french := _FRENCH.fullmatch(typed):
            return date(int(french[3]), int(french[2]), int(french[1]))
    except ValueError as error:
        raise ValueError("not a date of the calendar") from error
    raise ValueError("not a date, such as 14/12/2020")
