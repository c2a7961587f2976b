"""The sections of the report, each a piece of HTML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sportdata.rules.wording import (
    MONTHS,
    counted,
    day_words,
    euro_words,
    kilometre_words,
    moment_words,
    number_words,
    share_words,
)
from sportdata.stages.report import figures
from sportdata.stages.report.charts import Bar, Curve, bars, columns, curve
from sportdata.stages.report.figures import Gold, Unit
from sportdata.stages.report.tables import Head, Line, table
from sportdata.stages.report.typography import escape

MOST_BARS, MOST_LINES = 12, 300
IN_FORCE = "en vigueur"
STATES = {"incorrecte": "Incorrecte", "a_verifier": "À vérifier", "inconnue": "Distance inconnue"}
_SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def headline(gold: Gold) -> str:
    kpis = gold.kpis
    cards = (
        ("Primes sportives", euro_words(kpis["prime_total_eur"]), _of(kpis["prime_employees"], kpis["employees"])),
        (
            "Primes en attente",
            euro_words(kpis["pending_eur"]),
            f"{kpis['to_check'] + kpis['unknown_distances']} sans réponse sûre",
        ),
        ("Journées bien-être", number_words(kpis["wellness_days"]), _of(kpis["wellness_employees"], kpis["employees"])),
        ("Déclarations incorrectes", number_words(kpis["wrong_declarations"]), "trajet au-delà de la limite"),
        ("Salariés actifs", number_words(kpis["employees"]), ""),
        ("Activités comptées", number_words(kpis["activities"]), _last(kpis["last_activity"])),
    )
    return _section("chiffres", "Chiffres clés", f'<dl class="chiffres">{"".join(_card(*card) for card in cards)}</dl>')


def _card(title: str, value: str, detail: str) -> str:
    more = f'<dd class="precis">{escape(detail)}</dd>' if detail else ""
    return f"<div><dt>{escape(title)}</dt><dd>{escape(value)}</dd>{more}</div>"


def _of(some: int, everybody: int) -> str:
    share = f" ({number_words(Decimal(100 * some) / everybody)} %)" if everybody else ""
    return f"{counted(some, 'salarié')}{share}"


def _last(moment: Any) -> str:
    return "" if moment is None else f"dernière : {moment_words(moment)}"


def rules(gold: Gold) -> str:
    known = gold.parameters
    if known is None:
        return _section("regles", "Règles en vigueur", _note("Cette version du lac ne les enregistre pas."))
    said = (
        ("Taux de la prime", share_words(known["percent"])),
        ("Limite à pied ou en courant", kilometre_words(known["max_walk_km"])),
        ("Limite à vélo, trottinette, autres", kilometre_words(known["max_bike_km"])),
        ("Activités exigées", number_words(known["min_activities"])),
        ("Période prise en compte", counted(known["window_days"], "jour")),
        ("Journées par salarié", number_words(known["days"])),
    )
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in said)
    return _section("regles", "Règles en vigueur", f'<dl class="regles carte">{lines}</dl>')


def units(gold: Gold) -> str:
    found, whole = figures.by_bu(gold.eligibilites), figures.company(gold.eligibilites)
    money = [Bar(one.name, float(one.prime_eur), euro_words(one.prime_eur)) for one in found[:MOST_BARS]]
    days = sorted(found, key=lambda one: (-one.wellness_days, one.name))[:MOST_BARS]
    drawn = [Bar(one.name, one.wellness_days, number_words(one.wellness_days)) for one in days]
    heads = (
        Head("BU"), Head("Salariés", True), Head("Primes", True), Head("Avec prime", True), Head("En attente", True),
        Head("Avec journées", True), Head("Journées", True),
    )  # fmt: skip
    charts = _pair(
        _card_of("Primes par BU", bars("primes-bu", "Primes sportives par BU", _words(money), money)),
        _card_of("Journées bien-être par BU", bars("jours-bu", "Journées bien-être par BU", _words(drawn), drawn)),
    )
    lines = [Line(_unit_cells(one)) for one in found]
    return _section("bu", "Par BU", charts + _carte(table("Primes et journées par BU", heads, lines, Line(_unit_cells(whole)))))


def _unit_cells(one: Unit) -> tuple[str, ...]:
    counts = (one.wellness_employees, one.wellness_days)
    return (
        one.name, number_words(one.employees), euro_words(one.prime_eur), number_words(one.prime_employees), euro_words(one.pending_eur),
        *map(number_words, counts),
    )  # fmt: skip


def practice(gold: Gold) -> str:
    rows = figures.recent(gold.pratique_mensuelle, gold.kpis["as_of"])
    if not rows:
        return _section("pratique", "Pratique sportive", _note("Aucune activité comptée."))
    months, sports = figures.by_month(rows), figures.by_sport(rows)
    by_month = [Bar(_SHORT_MONTHS[one.key.month - 1], one.activities, number_words(one.activities)) for one in months]
    by_sport = [Bar(one.key, one.activities, number_words(one.activities)) for one in sports[:MOST_BARS]]
    heads = (Head("Activités", True), Head("Kilomètres", True), Head("Heures", True))
    charts = _pair(
        _card_of("Activités par mois", columns("mois", "Activités par mois", _words(by_month), by_month)),
        _card_of("Sports les plus pratiqués", bars("sports", "Activités par sport", _words(by_sport), by_sport)),
    )
    tables = _pair(
        _carte(table("Pratique par mois", (Head("Mois"), *heads), [_done(month_words(one.key), one) for one in months])),
        _carte(table("Pratique par sport", (Head("Sport"), *heads), [_done(one.key, one) for one in sports])),
    )
    return _section("pratique", "Pratique sportive, douze mois", charts + tables)


def _done(name: str, one: figures.Practice) -> Line:
    return Line((name, number_words(one.activities), number_words(one.km), number_words(one.hours)))


def declarations(gold: Gold) -> str:
    found = figures.doubtful(gold)
    if not found:
        body = _note("Aucune : chaque trajet actif déclaré a une distance, et la respecte.")
    else:
        named = gold.names is not None
        heads = [Head("ID salarié"), *([Head("Nom")] if named else []), *map(Head, ("BU", "Trajet déclaré", "État"))]
        heads += [Head("En attente", True), Head("Raison")]
        lines = [
            Line(
                (
                    str(one.employee_id), *((one.name,) if named else ()), one.bu, one.mode, STATES[one.state],
                    euro_words(one.pending_eur) if one.pending_eur else "–", one.reason,
                )
            )
            for one in found[:MOST_LINES]
        ]  # fmt: skip
        body = _carte(table(f"{len(found)} à vérifier", heads, lines, style="large"), "longue") + _rest(len(found))
    return _section("declarations", "Déclarations à vérifier", body)


def near(gold: Gold) -> str:
    found = sorted(gold.proches_du_seuil, key=lambda row: (row["manquantes"], row["employee_id"]))
    if not found:
        return _section("seuil", "Proches du seuil", _note("Personne à cinq activités ou moins des journées bien-être."))
    named = gold.names is not None
    heads = (Head("ID salarié"), *((Head("Nom"),) if named else ()), Head("BU"), Head("Activités", True), Head("Manquantes", True))
    lines = [
        Line(
            (
                str(row["employee_id"]), *((figures.name_of(gold.names, row["employee_id"]),) if named else ()),
                row["bu"] or figures.NO_BU, number_words(row["nb_activites"]), number_words(row["manquantes"]),
            )
        )
        for row in found[:MOST_LINES]
    ]  # fmt: skip
    body = _carte(table("Une à cinq activités manquantes", heads, lines), "longue") + _rest(len(found))
    return _section("seuil", "Proches du seuil", body)


def history(gold: Gold) -> str:
    days = figures.history(gold.kpis_historique)
    if not days:
        return _section("historique", "Historique", _note("Pas encore d'historique."))
    charts = _pair(
        _over_time("hist-primes", "Primes sportives", days, "prime_total_eur", euro_words),
        _over_time("hist-jours", "Journées bien-être", days, "wellness_days", number_words),
    )
    heads = (
        Head("Au"),
        Head("Salariés", True),
        Head("Primes", True),
        Head("En attente", True),
        Head("Journées", True),
        Head("Activités", True),
    )
    lines = [
        Line(
            (
                day_words(row["jour"]), number_words(row["employees"]), euro_words(row["prime_total_eur"]), euro_words(row["pending_eur"]),
                number_words(row["wellness_days"]), number_words(row["activities"]),
            )
        )
        for row in figures.ends_of_months(days)
    ]  # fmt: skip
    return _section("historique", "Historique", charts + _carte(table("En fin de mois", heads, lines)))


def _over_time(key: str, title: str, days: list[Any], name: str, words: Callable[[Any], str]) -> str:
    first, last = days[0], days[-1]
    greatest = max(row[name] for row in days)
    said = (
        f"{words(first[name])} le {day_words(first['jour'])}, {words(last[name])} le {day_words(last['jour'])} ; "
        f"au plus {words(greatest)}. Le tableau qui suit donne les fins de mois."
    )
    drawn = Curve([float(row[name]) for row in days], "0", words(greatest), day_words(first["jour"]), day_words(last["jour"]))
    return _card_of(f"{title}, jour par jour", curve(key, f"{title}, jour par jour", said, drawn))


def what_if(gold: Gold) -> str:
    rates = figures.what_if(gold.simulations, "percent")
    if not rates:
        return _section("simulations", "Et si…", _note("Pas encore de simulation."))
    drawn = [Bar(share_words(row["percent"]), float(row["prime_total_eur"]), _thousands(row), bool(row["actuel"])) for row in rates]
    chart = columns("taux", "Primes sportives selon le taux, en milliers d'euros", _words(drawn), drawn)
    thresholds = [
        Line(
            (
                _in_force(row, number_words(row["min_activities"])),
                *(number_words(row[f"wellness_{name}"]) for name in ("employees", "days")),
            ),
            _mark(row),
        )
        for row in figures.what_if(gold.simulations, "min_activities")
    ]
    parts = _pair(
        _card_of("Primes selon le taux (k€)", chart + _note("En orange : le taux en vigueur.")),
        _priced(gold, "Selon le taux", "percent", share_words),
        _priced(gold, "Selon la limite à pied", "max_walk_km", kilometre_words),
        _priced(gold, "Selon la limite à vélo", "max_bike_km", kilometre_words),
        _carte(
            table("Selon les activités exigées", [Head(name, True) for name in ("Activités", "Salariés", "Journées")], thresholds),
        ),
    )
    return _section("simulations", "Et si… une règle changeait, les autres restant les mêmes", parts)


def _priced(gold: Gold, caption: str, rule: str, words: Callable[[Any], str]) -> str:
    heads = (Head("Règle"), Head("Primes", True), Head("En attente", True), Head("Avec prime", True))
    lines = [
        Line(
            (
                _in_force(row, words(row[rule])),
                euro_words(row["prime_total_eur"]),
                euro_words(row["pending_eur"]),
                number_words(row["prime_employees"]),
            ),
            _mark(row),
        )
        for row in figures.what_if(gold.simulations, rule)
    ]
    return _carte(table(caption, heads, lines))


def _mark(row: Any) -> str:
    return "actuel" if row["actuel"] else ""


def _in_force(row: Any, rule: str) -> str:
    """In words too, for those who do not see the line's style."""
    return f"{rule} ({IN_FORCE})" if row["actuel"] else rule


def _thousands(row: Any) -> str:
    return number_words(row["prime_total_eur"] / 1000, 1)


def month_words(month: date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"


def _words(drawn: list[Bar]) -> str:
    """What a chart shows, for those who do not see it."""
    return " ; ".join(f"{bar.label}{f' ({IN_FORCE})' if bar.is_marked else ''} : {bar.shown}" for bar in drawn) + "."


def _rest(rows: int) -> str:
    more = rows - MOST_LINES
    return _note(f"Et {counted(more, 'autre')} : voir l'export.") if more > 0 else ""


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _section(key: str, title: str, body: str) -> str:
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(title)}</h2>{body}</section>\n'


def _pair(*parts: str) -> str:
    return f'<div class="deux">{"".join(parts)}</div>'


def _carte(body: str, style: str = "") -> str:
    return f'<div class="carte{" " + style if style else ""}">{body}</div>'


def _card_of(title: str, body: str) -> str:
    return _carte(f"<h3>{escape(title)}</h3>{body}")
