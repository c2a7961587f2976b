"""Makes Great Expectations' Data Docs pages that stand by themselves.

As they come, each page loads twelve files from five content networks and an image that counts readers, and the first page is empty
without them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from html import escape
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from sportdata.contracts.validation import Outcome, Verdict, failures

# An element with all that it holds, or one that holds nothing: whatever of a page reaches for the network, and what needs it.
_REMOTE = re.compile(r"<script\b.*?</script>|<style\b.*?</style>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>", re.S)
STYLE = Path(__file__).with_suffix(".css")


def finish(folder: Path, verdicts: Sequence[Verdict], title: str) -> None:
    """Takes the network out of every page of a site, and writes its first page: the verdicts with examples, linked to theirs."""
    style = f"<style>{STYLE.read_text()}</style>"
    for page in folder.rglob("*.html"):
        text = _REMOTE.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("</head>", f"{style}</head>", 1), encoding="utf-8")
    shutil.rmtree(folder / "static")
    body = "".join(chain(_summary(folder, verdicts, title), _failed(verdicts)))
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{style}</head>'
    (folder / "index.html").write_text(f'{head}<body><div class="page">{body}</div></body></html>\n', encoding="utf-8")


def _summary(folder: Path, verdicts: Sequence[Verdict], title: str) -> Iterator[str]:
    wrong = len(list(failures(verdicts, strict=False)))
    answer = f'<span class="answer critical">{wrong} fail</span>' if wrong else '<span class="answer holds">fine</span>'
    yield f"<h1>{escape(title)} {answer}</h1>"
    yield '<p class="quiet">Made by validate_strava.py with Great Expectations; a critical expectation that fails makes the data fail.</p>'
    yield '<div class="box"><table><tr><th>table</th><th>suite</th>'
    yield "".join(f'<th class="number">{name}</th>' for name in ("rows", "hold", "fail", "seconds")) + "</tr>"
    for verdict in verdicts:
        rows = max((outcome.rows for outcome in verdict.outcomes if outcome.rows is not None), default=0)
        kept = len(verdict.outcomes) - len(verdict.failed)
        yield f"<tr><td>{escape(verdict.table)}</td><td>{_link(folder, verdict)}</td>"
        yield "".join(
            f'<td class="number">{number}</td>' for number in (f"{rows:,}", kept, len(verdict.failed), f"{verdict.duration_s:.1f}")
        )
        yield "</tr>"
    yield "</table></div>"


def _link(folder: Path, verdict: Verdict) -> str:
    page = next(folder.glob(f"validations/{verdict.suite}/**/*{verdict.table}.html"))
    return f'<a href="{quote(str(page.relative_to(folder)))}">{escape(verdict.suite)}</a>'


def _failed(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for outcome in verdict.failed:
            count = "" if outcome.unexpected is None else f", {outcome.unexpected:,} of {outcome.rows:,} rows"
            yield f'<div class="box"><h2><span class="{outcome.severity}">{outcome.severity}</span> {escape(outcome.code)} '
            yield f'<span class="quiet">{escape(verdict.table)}{count}</span></h2><p>{escape(outcome.description)}</p>'
            yield from _examples(outcome)
            yield "</div>"


def _examples(outcome: Outcome) -> Iterator[str]:
    if not outcome.examples:
        yield f"<p>found: {escape(str(outcome.observed))}</p>"
        return
    yield "<table><tr>" + "".join(f"<th>{escape(name)}</th>" for name in outcome.examples[0]) + "</tr>"
    for example in outcome.examples:
        yield "<tr>" + "".join(f"<td>{'' if value is None else escape(str(value))}</td>" for value in example.values()) + "</tr>"
    yield "</table>"
