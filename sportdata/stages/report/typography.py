"""Text as it goes into the page."""

from __future__ import annotations

import html

from sportdata.rules.wording import unbroken


def escape(text: str) -> str:
    """For an element or an attribute in double quotes."""
    return html.escape(unbroken(text), quote=True)
