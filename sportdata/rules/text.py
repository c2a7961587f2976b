"""How two labels are the same: case, accents and blanks aside."""

from __future__ import annotations

import unicodedata


def normalise(text: str | None) -> str:
    """The key under which a label is compared: NFKD, lower case, without marks, inner blanks as one space, trimmed; "" for None.

    Non-breaking and narrow spaces are blanks, composed and decomposed accents are the same letter.
    """
    if text is None:
        return ""
    letters = unicodedata.normalize("NFKD", text).lower()
    bare = "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M"))
    return " ".join(bare.split())
