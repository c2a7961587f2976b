"""Tables of the report: a caption, headers with their scope, numbers to the right, all texts escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sportdata.stages.report.typography import escape


class Head(NamedTuple):
    text: str
    is_number: bool = False


class Line(NamedTuple):
    """Cells as texts, the first one the line's header; `mark`: a class of the line."""

    cells: Sequence[str]
    mark: str = ""


def table(caption: str, heads: Sequence[Head], lines: Iterable[Line], foot: Line | None = None, style: str = "") -> str:
    head = "".join(f'<th scope="col"{_number(one)}>{escape(one.text)}</th>' for one in heads)
    body = "".join(_line(heads, line) for line in lines)
    last = f"<tfoot>{_line(heads, foot)}</tfoot>" if foot else ""
    name = escape(caption)
    return (
        f'<div class="defile" role="region" tabindex="0" aria-label="{name}"><table{_class(style)}><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{last}</table></div>"
    )


def _line(heads: Sequence[Head], line: Line) -> str:
    first, *rest = zip(heads, line.cells, strict=True)
    cells = "".join(f"<td{_number(head)}>{escape(text)}</td>" for head, text in rest)
    return f'<tr{_class(line.mark)}><th scope="row"{_number(first[0])}>{escape(first[1])}</th>{cells}</tr>'


def _number(head: Head) -> str:
    return ' class="n"' if head.is_number else ""


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
