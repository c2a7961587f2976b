"""`sportdata report`: one French page, readable by anybody, that needs nothing but itself."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sportdata.adapters.gold_snapshot import GoldSnapshot
from sportdata.contracts.tables import (
    DECLARATIONS,
    ELIGIBILITES,
    KPIS_HISTORIQUE,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    SIMULATIONS,
)
from sportdata.local import report
from sportdata.local.report import gathered, run_report
from sportdata.rules.wording import counted, day_words, euro_words, kilometre_words, moment_words, number_words, share_words
from sportdata.settings import Settings
from sportdata.stages.report import figures
from sportdata.stages.report.page import page
from sportdata.stages.report.style import STYLE
from tests.unit.gold_lake import EVIL_BU, NOW, TODAY, GoldLake

VOID = {"meta", "rect", "line", "polygon", "polyline"}


class Parsed(HTMLParser):
    """Elements in order, each with its attributes and its text; fails on what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    return GoldLake(tmp_path_factory.mktemp("gold") / "lake")


def written(lake: GoldLake, file: Path, **more: Any) -> str:
    with Path(os.devnull).open("w") as nowhere:
        settings = Settings(home=lake.lake.parent, runtime="containers")
        assert run_report(settings, file, more.get("is_hr", False), Console(file=nowhere), NOW) == 0
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html(lake: GoldLake, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(lake, tmp_path_factory.mktemp("report") / "r.html")


def test_its_figures_are_those_of_gold(lake: GoldLake, html: str) -> None:
    kpis = lake.kpis
    for words in (euro_words(kpis["prime_total_eur"]), euro_words(kpis["pending_eur"]), number_words(kpis["wellness_days"])):
        assert f"<dd>{words}</dd>" in html
    units = figures.by_bu(figures_of(lake).eligibilites)
    assert sum((unit.prime_eur for unit in units), Decimal(0)) == kpis["prime_total_eur"]
    assert sum(unit.wellness_days for unit in units) == kpis["wellness_days"]
    assert "5\u00a0%" in html and "15\u00a0km" in html


def figures_of(lake: GoldLake) -> figures.Gold:
    return gathered(GoldSnapshot(lake.lake, report.TABLES), None, NOW)


def test_practice_history_and_what_if_are_of_the_company(lake: GoldLake) -> None:
    gold = figures_of(lake)
    assert sum(one.activities for one in figures.by_month(gold.pratique_mensuelle)) == lake.kpis["activities"]
    assert sum(one.activities for one in figures.by_sport(gold.pratique_mensuelle)) == lake.kpis["activities"]
    assert len(figures.by_month(figures.recent(gold.pratique_mensuelle, TODAY))) <= 12
    days = figures.history(gold.kpis_historique)
    assert len(days) == 365 and days[-1]["jour"] == TODAY and days[-1]["prime_total_eur"] == lake.kpis["prime_total_eur"]
    assert [row["jour"].day for row in figures.ends_of_months(days)][-2:] == [31, 15]
    for rule, among in (("percent", 6), ("max_walk_km", 4), ("max_bike_km", 4), ("min_activities", 4)):
        rows = figures.what_if(gold.simulations, rule)
        assert len(rows) == among and [row["prime_total_eur"] for row in rows if row["actuel"]] == [lake.kpis["prime_total_eur"]]


def test_it_needs_no_network_and_no_script(html: str) -> None:
    found = Parsed(html)
    assert {tag for tag, _ in found.elements}.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert not re.search(r"https?:|url\(|@import|javascript:|src=", html)
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert {one["href"] for one in found.all("a")} == {"#contenu"}


def test_hostile_words_are_shown_and_not_obeyed(html: str) -> None:
    assert "<b>" not in html and "=1+1&lt;b&gt;R&amp;D&lt;/b&gt;" in html
    assert any(EVIL_BU in text for text in Parsed(html).texts["th"])


def test_it_can_be_read_without_seeing_it(html: str) -> None:
    found = Parsed(html)
    assert found.all("html") == [{"lang": "fr"}] and len(found.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(one.get("scope") in ("col", "row") for one in found.all("th")) and found.all("th")
    assert len(found.all("caption")) == len(found.all("table")) > 8
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(found.all("svg")) == len(found.all("desc")) >= 7
    for svg in found.all("svg"):
        assert svg["role"] == "img" and set((svg["aria-labelledby"] or "").split()) <= set(ids)
    assert len([text for text in found.texts["desc"] if text]) == len(found.all("desc"))
    assert all(one.get("tabindex") == "0" and one.get("aria-label") for one in found.all("div") if one.get("class") == "defile")


def test_which_rule_is_in_force_is_said_in_words(html: str) -> None:
    found = Parsed(html)
    marked = [text for text in found.texts["th"] if text.endswith(" (en vigueur)")]
    assert len(marked) == sum(one.get("class") == "actuel" for one in found.all("tr")) == 4
    assert [text for text in found.texts["desc"] if "5\u00a0% (en vigueur)\u00a0: " in text]


def test_no_line_ends_where_french_has_none(html: str) -> None:
    texts = [text for tag, texts in Parsed(html).texts.items() if tag != "style" for text in texts]
    assert [text for text in texts if re.search(r" [;:!?%»€]|\d (?:km|h|min)\b", text)] == []


def test_one_is_singular_and_so_is_none() -> None:
    assert [counted(number, "salarié") for number in (0, 1, 2, 1_000)] == ["0 salarié", "1 salarié", "2 salariés", "1\u202f000 salariés"]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", block))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_have_contrast_by_day_by_night_and_on_paper() -> None:
    blocks = re.findall(r":root\{[^}]*\}", STYLE)
    assert len(blocks) == 3
    for block in blocks:
        known = colours(block)
        for name, least in (("texte", 4.5), ("doux", 4.5), ("rouge", 4.5), ("accent", 3), ("marque", 3)):
            for ground in ("fond", "carte", "voile"):
                one, other = sorted((luminance(known[name]), luminance(known[ground])))
                assert (other + 0.05) / (one + 0.05) >= least, (name, ground, block)


def test_the_default_edition_has_no_name_and_the_hr_edition_has_them(
    lake: GoldLake, html: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = {part for name in lake.names.values() for part in name if part and len(part) > 3}
    assert not any(part in html for part in hidden | set(lake.addresses))
    monkeypatch.setattr(report, "read_names", lambda _: lake.names)
    named = written(lake, tmp_path / "rh.html", is_hr=True)
    shown = [row["employee_id"] for row in figures_of(lake).proches_du_seuil]
    assert shown and all(figures.name_of(lake.names, who).partition(" ")[0] in named for who in shown)
    assert "Réservé aux ressources humaines" in named and (tmp_path / "rh.html").stat().st_mode & 0o777 == 0o600


def test_a_gold_that_has_next_to_nothing_still_makes_a_page(lake: GoldLake) -> None:
    empty = figures_of(lake)._replace(**{name: [] for name in figures.Gold._fields[2:8]}, parameters=None)
    text = page(empty._replace(kpis={**lake.kpis, "employees": 0, "last_activity": None}), ["<b>"])
    Parsed(text)
    assert "Aucune activité comptée" in text and "&lt;b&gt;" in text
    few = figures_of(lake)
    Parsed(page(few._replace(kpis_historique=few.kpis_historique[:1]), []))
    assert {table.name for table in report.TABLES} == {
        table.name for table in (ELIGIBILITES, DECLARATIONS, PROCHES_DU_SEUIL, PRATIQUE_MENSUELLE, KPIS_HISTORIQUE, SIMULATIONS)
    }


def test_the_same_gold_gives_the_same_page(lake: GoldLake, html: str, tmp_path: Path) -> None:
    assert written(lake, tmp_path / "again.html") == html


def test_words_are_those_of_french() -> None:
    assert euro_words(Decimal("1234.5")) == "1\u202f234,50\u00a0€" and euro_words(Decimal("0.005")) == "0,01\u00a0€"
    assert number_words(1234567) == "1\u202f234\u202f567" and share_words(Decimal("0.0525")) == "5,25\u00a0%"
    assert share_words(Decimal("0.050000000000000000")) == "5\u00a0%" and kilometre_words(Decimal("20.000")) == "20\u00a0km"
    assert day_words(TODAY.replace(day=1)) == "1er juin 2026" and moment_words(NOW) == "15 juin 2026 à 10\u00a0h\u00a000"
