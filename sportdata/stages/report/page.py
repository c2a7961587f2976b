"""The report: one French page that needs nothing but itself. No script; nothing of it reaches for the network."""

from __future__ import annotations

from sportdata.rules.wording import day_words, moment_words
from sportdata.stages.report import sections
from sportdata.stages.report.figures import Gold
from sportdata.stages.report.style import STYLE
from sportdata.stages.report.typography import escape

_NAMED = (
    '<p class="alerte"><strong>Réservé aux ressources humaines\u00a0:</strong> '
    "cette édition contient des noms, et ses montants révèlent des salaires.</p>"
)


def page(gold: Gold, doubts: list[str]) -> str:
    """The whole document. `doubts`: French sentences about what has not come up with the rest."""
    day = day_words(gold.kpis["as_of"])
    parts = (
        sections.headline, sections.rules, sections.units, sections.declarations, sections.near, sections.practice, sections.history,
        sections.what_if,
    )  # fmt: skip
    alerts = (_NAMED if gold.names is not None else "") + "".join(f'<p class="alerte">{escape(doubt)}</p>' for doubt in doubts)
    return f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Primes sportives et journées bien-être au {escape(day)}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="saut" href="#contenu">Aller au contenu</a>
<header>
<h1>Primes sportives et journées bien-être</h1>
<p class="sous">Sport Data Solution · situation au {escape(day)} · écrit le {escape(moment_words(gold.now))} (heure de Paris)</p>
{alerts}</header>
<main id="contenu">
{"".join(part(gold) for part in parts)}</main>
<footer>
<p>Lot de données {gold.kpis["batch_id"]}. Montants en euros, arrondis au centime par salarié puis additionnés. L'historique, la pratique et
les simulations suivent les autres chiffres de quelques secondes.</p>
</footer>
</body>
</html>
"""
