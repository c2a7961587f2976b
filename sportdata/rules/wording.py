"""Distances and durations as people say them in French: « 10,8 km », « 800 m », « 46 min », « 1 h 05 »."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sportdata.rules.calendar import PARIS

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

# Where French has a space but no end of line: before double signs, within « », between a number and its unit.
_UNBREAKABLE = re.compile(r" (?=[;:!?»%€])|(?<=«) |(?<=\d) (?=(?:km|m|h|min|s)\b)")


def unbroken(text: str) -> str:
    """The text with no-break spaces where a line must not end."""
    return _UNBREAKABLE.sub("\u00a0", text)


def counted(number: int, noun: str) -> str:
    """« 0 salarié », « 1 salarié », « 1 234 salariés »."""
    return f"{number_words(number)} {noun}{'s' if number > 1 else ''}"


def distance_words(metres: float | None) -> str | None:
    """None for nothing worth saying: no distance, less than a metre, or not a number."""
    if metres is None or not math.isfinite(metres) or metres < 0.5:
        return None
    if round(metres) < 1000:
        return f"{round(metres)} m"
    return f"{f'{metres / 1000:.1f}'.removesuffix('.0')} km".replace(".", ",")


def duration_words(seconds: int) -> str:
    """Whole minutes, as a sports watch shows them; seconds below a minute."""
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def de(word: str) -> str:
    """« de courir », « d'escalader »: elided before a vowel or a mute h."""
    return f"d'{word}" if word[:1].lower() in "aeiouyàâäéèêëîïôöùûüh" else f"de {word}"


def number_words(number: int | Decimal, decimals: int = 0) -> str:
    """« 1 234 567,50 »: narrow no-break spaces between thousands, HALF_UP."""
    rounded = Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")


def euro_words(amount: Decimal) -> str:
    """« 1 234,50 € »."""
    return f"{number_words(amount, 2)}\u00a0€"


def share_words(share: Decimal) -> str:
    """A share as a percentage, with the decimals that it has: « 5 % », « 5,25 % »."""
    plain = f"{share * 100:f}"
    short = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{short.replace('.', ',')}\u00a0%"


def kilometre_words(km: Decimal) -> str:
    """« 15 km », « 12,5 km »."""
    plain = f"{km:f}"
    short = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{short.replace('.', ',')}\u00a0km"


def day_words(day: date) -> str:
    """« 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_words(instant: datetime) -> str:
    """An aware instant, in Paris: « 1er mars 2026 à 14 h 05 »."""
    local = instant.astimezone(PARIS)
    return f"{day_words(local.date())} à {local.hour}\u00a0h\u00a0{local.minute:02}"
