"""What is said of an activity, and what is not said and why. Pure: decoded activity + person → text or reason.

Texts are plain; `for_slack` turns one into what Slack must be sent. What people typed (names, comments, labels) is made harmless first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sportdata.contracts.announcements import ANY_FAMILY, Templates
from sportdata.contracts.change import Details
from sportdata.contracts.ledger import DECLINED, TOO_OLD, Person
from sportdata.rules.activities import EXCLUDING, Activity, Employee, anomalies
from sportdata.rules.calendar import paris_day
from sportdata.rules.sports import Catalogue
from sportdata.rules.wording import de, distance_words, duration_words

LONGEST_COMMENT, LONGEST_COMMENT_IN_LIST, LONGEST_NAME = 400, 100, 80
LONGEST_LIST = 3_500  # Slack advises to stay below 4,000 characters: https://docs.slack.dev/changelog/2018-truncating-really-long-messages

_JOINER = "\u2060"  # word joiner: shown as nothing, and neither @here nor a URL is recognised across it
# an @ or # before a word; ://; a dot, colon or slash inside what a client may take for a host, an address or a link
_RISKY = re.compile(r"(?<=[@＠#])(?=\w)|(?<=\w)(?=@|:/)|(?<=\w)(?=\.[^\W\d_]{2})|(?<=\bwww)(?=\.)")

Announced = tuple[int, Details, Person]
"""An activity's id, what it says, whose it is."""

Row = tuple[int, datetime, str, float | None, int, str | None]
"""The columns of sport_activities after id, as the generators write them."""


def too_old(details: Details, committed_at: datetime, longest_age: timedelta) -> str | None:
    """TOO_OLD for an activity that began more than `longest_age` before it was committed: a backfill, not news."""
    started = details.activity.date_debut
    return TOO_OLD if started is not None and committed_at - started > longest_age else None


def reason_to_skip(details: Details, committed_at: datetime, person: Person | None, catalogue: Catalogue) -> str | None:
    """Why an activity must not be announced: its first excluding anomaly as of the day of its commit, or DECLINED; None when it may."""
    employee = Employee(person.employee_id, person.actif, None) if person else None
    found = anomalies(details.activity, employee, paris_day(committed_at), catalogue)
    excluding = next((code for code in found if code in EXCLUDING), None)
    return excluding or (DECLINED if person and not person.slack_ok else None)


def single(announced: Announced, templates: Templates, catalogue: Catalogue) -> str:
    """The message of one activity; its id chooses the sentence. The comment is quoted at the end."""
    number, details, _ = announced
    sport = catalogue.find(details.activity.type_activite)
    sentences = templates.of(sport.famille if sport else ANY_FAMILY)
    return sentences[number % len(sentences)].format(**_places(announced, catalogue)) + _quoted(details.commentaire, LONGEST_COMMENT)


def digest(several: Sequence[Announced], templates: Templates, catalogue: Catalogue) -> tuple[str, int]:
    """One message that lists activities in their order, and how many of them found room (at least one)."""
    lines: list[str] = []
    length = len(templates.list_title) + 10
    for one in several:
        line = templates.list_line.format(**_places(one, catalogue)) + _quoted(one[1].commentaire, LONGEST_COMMENT_IN_LIST)
        if lines and length + len(line) + 1 > LONGEST_LIST:
            break
        lines.append(line)
        length += len(line) + 1
    return "\n".join([templates.list_title.replace("{nombre}", str(len(lines))), *lines]), len(lines)


def expected(number: int, row: Row, person: Person | None, templates: Templates, catalogue: Catalogue) -> str:
    """What the channel should read of a row just written, or why it should read nothing."""
    employee_id, started, label, metres, seconds, comment = row
    details = Details(Activity(employee_id, started, label, metres, seconds), comment)
    reason = reason_to_skip(details, started, person, catalogue)
    if reason or person is None:
        return f"not announced ({reason})"
    return single((number, details, person), templates, catalogue)


def for_slack(text: str) -> str:
    """Slack reads commands (`<!channel>`, `<@U…>`, `<url|label>`) between angle brackets, and nothing else of ours is one.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(text: str | None, longest: int) -> str:
    """What somebody typed, on one line, without invisible characters, shortened, and so that no client makes a mention or a link of it."""
    if text is None:
        return ""
    kept = "".join(letter if _is_shown(letter) else " " for letter in text)
    line = " ".join(kept.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return _RISKY.sub(_JOINER, line)


def _is_shown(letter: str) -> bool:
    """Controls and formatting marks (right-to-left overrides among them) are not; the joiner that emoji are made with is."""
    return letter == "\u200d" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _quoted(comment: str | None, longest: int) -> str:
    said = harmless(comment, longest)
    return f' ("{said}")' if said else ""


def _places(announced: Announced, catalogue: Catalogue) -> dict[str, str]:
    _, details, person = announced
    activity = details.activity
    sport = catalogue.find(activity.type_activite)
    label = harmless(activity.type_activite, LONGEST_NAME)
    far = distance_words(activity.distance_m) if sport is None or sport.distance else None
    lasting = duration_words(activity.duree_s or 0)
    session = sport.seance if sport else f"une séance de « {label} »" if label else "une séance de sport"
    verb = sport.verbe if sport else "bouger"
    name = " ".join(part for part in (harmless(person.prenom, LONGEST_NAME), harmless(person.nom, LONGEST_NAME)) if part)
    return {
        "personne": name or "quelqu'un de chez nous",
        "verbe": verb,
        "de_verbe": de(verb),
        "effort": f"{far} en {lasting}" if far else f"pendant {lasting}",
        "seance": session,
        "Seance": session[:1].upper() + session[1:],
        "ampleur": f"de {far} en {lasting}" if far else f"de {lasting}",
        "duree": lasting,
        "emoji": sport.emoji if sport else "🏅",
    }
