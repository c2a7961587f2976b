"""The preview page: what the channel reads, newest first, as one HTML document without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import groupby

from sportdata.rules.calendar import PARIS
from sportdata.rules.wording import day_words

Shown = tuple[datetime, str, int]
"""When a message was posted, its text, how many activities it announces."""

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

_STYLE = """
:root{color-scheme:light dark;--fond:#f4f5f8;--carte:#fff;--texte:#1d1c1d;--doux:#5b5a60;--trait:#dcdde3;--accent:#4a154b;--alerte:#8a1c1c}
@media (prefers-color-scheme:dark){:root{--fond:#17181c;--carte:#222428;--texte:#eceef2;--doux:#abb0b9;--trait:#3a3d44;
--accent:#d9a7da;--alerte:#ff9d9d}}
*{box-sizing:border-box}
body{margin:0;background:var(--fond);color:var(--texte);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.saut{position:absolute;left:-999px}.saut:focus{left:1rem;top:1rem;background:var(--carte);padding:.5rem 1rem}
header,main,footer{max-width:46rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{margin:0;font-size:1.6rem}
.canal{color:var(--accent)}
.sous{margin:.25rem 0 0;color:var(--doux)}
.etat{display:flex;gap:.5rem 1.5rem;flex-wrap:wrap;margin:1rem 0 0;padding:.75rem 1rem;background:var(--carte);
border:1px solid var(--trait);border-radius:.75rem;font-size:.95rem}
.etat p{margin:0}.alerte{color:var(--alerte);font-weight:600}
h2{margin:2rem 0 .75rem;font-size:.9rem;font-weight:600;color:var(--doux);display:flex;align-items:center;gap:1rem}
h2::before,h2::after{content:"";flex:1;border-top:1px solid var(--trait)}
ol{list-style:none;margin:0;padding:0}
li{display:grid;grid-template-columns:2.75rem 1fr;gap:.9rem;padding:.9rem 1rem;margin-bottom:.6rem;background:var(--carte);
border:1px solid var(--trait);border-radius:.75rem}
.avatar{width:2.75rem;height:2.75rem;border-radius:.6rem;background:var(--accent);color:var(--carte);display:grid;place-items:center;
font-size:1.35rem}
.qui{margin:0;font-weight:700}.qui time{margin-left:.5rem;font-weight:400;font-size:.85rem;color:var(--doux)}
.dit{margin:.1rem 0 0;white-space:pre-line;overflow-wrap:anywhere}
.vide{padding:2.5rem 1rem;text-align:center;color:var(--doux)}
footer{padding-top:1.5rem;padding-bottom:2.5rem;color:var(--doux);font-size:.85rem}
label{cursor:pointer}input{accent-color:var(--accent)}
"""
# every 3 s while somebody looks and the box is ticked, the part that changes is fetched again
_SCRIPT = """
const boite=document.getElementById('suivre');boite.parentElement.hidden=false;
setInterval(async()=>{if(!boite.checked||document.hidden)return;
try{const page=new DOMParser().parseFromString(await(await fetch('/')).text(),'text/html');
for(const nom of['etat','messages']){const la=document.getElementById(nom),neuf=page.getElementById(nom);
if(la.innerHTML!==neuf.innerHTML)la.innerHTML=neuf.innerHTML}}catch(e){}},3000);
"""


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash(_STYLE)}'; script-src 'sha256-{_hash(_SCRIPT)}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(messages: Sequence[Shown], waiting: int, trouble: str | None, is_preview: bool) -> str:
    """The whole document. Times are those of Paris; all texts are escaped."""
    where = "Aperçu du canal" if is_preview else "Publié dans Slack"
    about = (
        "Voici ce que le canal lirait : aucun jeton Slack n'est configuré, rien ne quitte cette machine."
        if is_preview
        else "Voici ce que le canal a reçu."
    )
    return f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{where} · Sport Data Solution</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="saut" href="#messages">Aller aux messages</a>
<header>
<h1>{where} <span class="canal"># sport</span></h1>
<p class="sous">{about}</p>
<div class="etat" id="etat" role="status">{_state(waiting, trouble)}</div>
</header>
<main>
<div id="messages" aria-live="polite">{_messages(messages)}</div>
</main>
<footer>
<p hidden><label><input type="checkbox" id="suivre" checked> Mise à jour automatique</label></p>
<p>Heures de Paris. Les {len(messages)} derniers messages au plus. Mesures pour Prometheus : <code>/metrics</code>.</p>
</footer>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def broken_page(why: str) -> str:
    """What is shown while the ledger cannot be read."""
    return page([], 0, f"La base de données ne répond pas ({why}). Rien n'est perdu.", True)


def _state(waiting: int, trouble: str | None) -> str:
    plural = "s" if waiting > 1 else ""
    line = f"{waiting} activité{plural} en attente" if waiting else "Tout est à jour"
    alert = f'<p class="alerte">⚠ {escape(trouble)}</p>' if trouble else ""
    return f"<p>{line}</p>{alert}"


def _messages(messages: Sequence[Shown]) -> str:
    if not messages:
        return '<p class="vide">Pas encore de message. La prochaine activité apparaîtra ici. 🏃</p>'
    parts = []
    for day, several in groupby(messages, key=lambda one: one[0].astimezone(PARIS).date()):
        title = f"{DAYS[day.weekday()]} {day_words(day)}"
        parts.append(f"<h2>{title}</h2>\n<ol>{''.join(_message(one) for one in several)}</ol>")
    return "\n".join(parts)


def _message(shown: Shown) -> str:
    at, text, _ = shown
    local = at.astimezone(PARIS)
    return (
        '<li><div class="avatar" aria-hidden="true">🏅</div><div>'
        f'<p class="qui">Sport Data<time datetime="{at.isoformat(timespec="seconds")}">{local:%H:%M}</time></p>'
        f'<p class="dit">{escape(text)}</p></div></li>'
    )
