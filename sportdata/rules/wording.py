"""Distances and durations as people say them in French: « 10,8 km », « 800 m », « 46 min », « 1 h 05 »."""

from __future__ import annotations

import math


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
