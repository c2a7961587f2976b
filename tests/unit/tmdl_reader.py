"""Reads TMDL as strictly as our own files allow: tabs, known keywords and properties, expressions two steps deeper, as Desktop writes them.

https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = r"'(?:[^']|'')+'|[^\s.=:']+"
DECLARATION = re.compile(rf"(?P<keyword>ref table|[a-z]\w*)(?: (?P<name>{NAME}))?(?P<assigned> =(?P<value>.*))?")
PROPERTY = re.compile(r"(?P<name>[a-z]\w*)(?:: (?P<value>\S.*))?")
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
COLUMN_END = rf"(?:{NAME})\.(?:{NAME})"

# By kind of object: the objects it may hold, and its properties with what their values look like ("" is a flag).
TAGGED = {"lineageTag": UUID}
OBJECTS: dict[str, tuple[set[str], dict[str, str]]] = {
    "": ({"database", "model", "table", "expression", "relationship", "annotation", "ref table"}, {}),
    "database": (set(), {"compatibilityLevel": r"\d{4}"}),
    "model": (
        {"dataAccessOptions"},
        {
            "culture": r"[a-z]{2}-[A-Z]{2}",
            "sourceQueryCulture": r"[a-z]{2}-[A-Z]{2}",
            "defaultPowerBIDataSourceVersion": "powerBI_V3",
            "discourageImplicitMeasures": "",
        },
    ),
    "dataAccessOptions": (set(), {"legacyRedirects": "", "returnErrorValuesAsNull": ""}),
    "table": ({"column", "measure", "partition", "annotation"}, TAGGED | {"isHidden": "", "dataCategory": "Time"}),
    "column": (
        {"annotation"},
        TAGGED
        | {
            "dataType": "string|int64|double|decimal|boolean|dateTime",
            "summarizeBy": "none|sum|count|min|max|average",
            "formatString": ".+",
            "sourceColumn": r".+",
            "isHidden": "",
            "isKey": "",
        },
    ),
    "measure": ({"annotation"}, TAGGED | {"formatString": ".+", "displayFolder": ".+"}),
    "partition": ({"source"}, {"mode": "import"}),
    "source": (set(), {}),
    "expression": ({"annotation"}, TAGGED),
    "relationship": (set(), {"fromColumn": COLUMN_END, "toColumn": COLUMN_END}),
    "annotation": (set(), {}),
    "ref table": (set(), {}),
}
WITHOUT_NAME = {"database", "source", "dataAccessOptions"}
WITH_EXPRESSION = {"measure", "expression", "partition", "source", "annotation"}


class TmdlError(ValueError):
    """The text is not TMDL as we write it; the message begins with file and line."""


@dataclass
class Node:
    kind: str
    name: str = ""
    expression: str | None = None
    about: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[Node]:
        return (child for child in self.children if child.kind == kind)


def plain(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def read(text: str, file: str = "text") -> Node:
    return _Reader(text, file).root


def read_folder(folder: Path) -> Node:
    """All files of a model under one root."""
    root = Node("")
    for path in sorted(folder.rglob("*.tmdl")):
        root.children += read(path.read_text(encoding="utf-8"), path.name).children
    return root


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.lines, self.file, self.at, self.about = text.splitlines(), file, 0, ""
        self.root = Node("")
        self._fill(self.root, -1)
        if self.at < len(self.lines):
            raise self._error("indented deeper than its parent allows")

    def _error(self, what: str) -> TmdlError:
        line = self.lines[min(self.at, len(self.lines) - 1)]
        return TmdlError(f"{self.file}:{self.at + 1}: {what}: {line!r}")

    def _depth(self, line: str) -> int:
        indentation = line[: len(line) - len(line.lstrip())]
        if indentation.strip("\t"):
            raise self._error("indented with something else than tabs")
        return len(indentation)

    def _fill(self, parent: Node, depth: int) -> None:
        """Everything one step deeper than `depth`, up to the next line that is not."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
                continue
            found = self._depth(line)
            if found <= depth:
                return
            if found != depth + 1:
                raise self._error(f"expected {depth + 1} tabs, not {found}")
            self._statement(parent, line.strip(), found)

    def _statement(self, parent: Node, text: str, depth: int) -> None:
        objects, properties = OBJECTS[parent.kind]
        if text.startswith("///"):
            self.about = f"{self.about} {text[3:].strip()}".strip()
            self.at += 1
            return
        declared = DECLARATION.fullmatch(text)
        if declared and declared["keyword"] in objects:
            self._object(parent, declared, depth)
            return
        known = PROPERTY.fullmatch(text)
        if known is None or known["name"] not in properties:
            raise self._error(f"neither an object nor a property of {parent.kind or 'a file'}")
        if known["name"] in parent.properties:
            raise self._error("said twice")
        if not re.fullmatch(properties[known["name"]], known["value"] or ""):
            raise self._error(f"not a value of {known['name']}")
        parent.properties[known["name"]] = known["value"] or ""
        self.at += 1

    def _object(self, parent: Node, declared: re.Match[str], depth: int) -> None:
        kind, name = declared["keyword"], declared["name"]
        if (name is None) != (kind in WITHOUT_NAME):
            raise self._error(f"{kind} {'has no' if name else 'needs a'} name")
        node = Node(kind, plain(name or ""), about=self.about)
        self.about = ""
        self.at += 1
        if declared["assigned"]:
            node.expression = declared["value"].strip() or self._block(depth + 2)
            if not node.expression:
                self.at -= 1
                raise self._error("an expression is missing, or not two tabs deeper")
        elif kind in WITH_EXPRESSION:
            self.at -= 1
            raise self._error(f"{kind} needs an expression")
        parent.children.append(node)
        self._fill(node, depth)

    def _block(self, tabs: int) -> str:
        begin, made = "\t" * tabs, []
        while self.at < len(self.lines) and (self.lines[self.at].startswith(begin) or not self.lines[self.at].strip()):
            if not self.lines[self.at].strip():
                break
            made.append(self.lines[self.at].removeprefix(begin))
            self.at += 1
        return "\n".join(made)
