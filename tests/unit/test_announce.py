"""What the channel reads: the brief's examples, numbers as people say them, and nothing that could ping or link."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sportdata.contracts.announcements import ANY_FAMILY, read_templates
from sportdata.contracts.change import Details
from sportdata.contracts.ledger import DECLINED, TOO_OLD, Person
from sportdata.contracts.sports import read_sports
from sportdata.errors import RefusedInput
from sportdata.rules.activities import Activity
from sportdata.stages.announce import LONGEST_LIST, digest, expected, for_slack, harmless, reason_to_skip, single, too_old

CONFIG = Path(__file__).resolve().parents[2] / "config"
SPORTS = read_sports((CONFIG / "sports.yml").read_text(encoding="utf-8"), "sports.yml")
TEXT = (CONFIG / "slack.yml").read_text(encoding="utf-8")
TEMPLATES = read_templates(TEXT, "slack.yml")
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
RUN = Details(Activity(7, NOW - timedelta(hours=1), "Runing", 10_800.0, 46 * 60), None)
JULIETTE = Person(7, "Juliette", "Mendes", True, True)
JOINER = "\u2060"


def run(**changes: object) -> Details:
    return replace(RUN, activity=replace(RUN.activity, **changes))  # type: ignore[arg-type]


def test_a_run_reads_like_the_first_example_of_the_brief() -> None:
    assert (
        single((0, RUN, JULIETTE), TEMPLATES, SPORTS)
        == "Bravo Juliette Mendes ! Tu viens de courir 10,8 km en 46 min ! Quelle énergie ! 🔥🏅"
    )


def test_a_hike_reads_like_the_second_example_with_its_comment_quoted() -> None:
    comment = "Randonnée de St Guilhem le désert, je vous la conseille c'est top"
    hike = replace(run(type_activite="randonnee", distance_m=10_000.0, duree_s=9_300), commentaire=comment)
    laurence = Person(8, "Laurence", "Morvan", True, True)
    assert single((3, hike, laurence), TEMPLATES, SPORTS) == (
        f'Magnifique Laurence Morvan ! Une randonnée de 10 km en 2 h 35 et un nouveau spot à découvrir ! 🌄 ("{comment}")'
    )


@pytest.mark.parametrize("metres", [None, float("nan"), float("inf"), 0.0])
def test_without_a_distance_worth_saying_the_duration_is_said(metres: float | None) -> None:
    assert "courir pendant 46 min" in single((0, run(distance_m=metres), JULIETTE), TEMPLATES, SPORTS)


def test_a_sport_without_distance_never_mentions_one() -> None:
    assert "km" not in single((0, run(type_activite="Judo"), JULIETTE), TEMPLATES, SPORTS)


def test_every_family_of_the_catalogue_has_three_sentences_of_its_own_and_each_gets_its_turn() -> None:
    for sport in SPORTS.sports:
        assert len(TEMPLATES.families[sport.famille]) >= 3, sport.famille
        said = {single((number, run(type_activite=sport.nom), JULIETTE), TEMPLATES, SPORTS) for number in range(12)}
        assert len(said) == len(TEMPLATES.families[sport.famille])
        assert all("Juliette Mendes" in text and "46 min" in text for text in said)


def test_the_same_activity_always_gets_the_same_sentence() -> None:
    assert len({single((41, RUN, JULIETTE), TEMPLATES, SPORTS) for _ in range(20)}) == 1


def test_an_unknown_sport_is_announced_by_its_label() -> None:
    assert "« Quidditch »" in single((0, run(type_activite="Quidditch"), JULIETTE), TEMPLATES, SPORTS)
    assert "Une séance de sport" in single((0, run(type_activite=None), JULIETTE), TEMPLATES, SPORTS)


HOSTILE = [
    "<!channel> venez", "<!here|ici>", "<@U123456>", "<#C123|general>", "<https://evil.example|clic>", "@here @channel @everyone",
    "https://evil.example/x?a=b&c=d", "www.evil.example", "evil.example", "mailto:a@evil.example", "a@evil.example", "#general", "＠here",
    "http://127.0.0.1/", "ftp://evil.example", "&lt;!channel&gt;", "ligne\n<!channel>\u2028autre", "\u202e<!channel>\u202c", "<<!channel>>",
]  # fmt: skip


@pytest.mark.parametrize("where", ["comment", "name", "label"])
@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_somebody_typed_can_ping_or_link(typed: str, where: str) -> None:
    details = replace(run(type_activite=typed) if where == "label" else RUN, commentaire=typed if where == "comment" else None)
    person = JULIETTE._replace(nom=typed) if where == "name" else JULIETTE
    for text in (single((5, details, person), TEMPLATES, SPORTS), digest([(5, details, person)] * 2, TEMPLATES, SPORTS)[0]):
        sent = for_slack(text)
        assert not set("<>") & set(sent)
        assert re.findall(r"&(?!amp;|lt;|gt;)", sent) == []
        assert re.findall(r"[@＠#]\w|\w@\w|\w:/|www\.|[^\W\d]\.[^\W\d]{2}", sent) == []


def test_an_ordinary_comment_is_left_as_it_is() -> None:
    said = "C'est top ! 10.5 km à 12,3 km/h… 100 % motivé(e) – « bravo » 👨‍👩‍👧 ❤️"
    assert harmless(said, 400) == said


def test_a_comment_stays_on_one_line_and_is_shortened() -> None:
    assert harmless("a\r\n\tb\x00\u2028c", 400) == "a b c"
    assert len(harmless("mot " * 5_000, 400)) <= 400


def test_a_digest_lists_each_in_order_and_says_how_many_found_room() -> None:
    several = [(number, replace(RUN, commentaire="x" * 300), JULIETTE._replace(nom=f"N{number}")) for number in range(60)]
    text, listed = digest(several, TEMPLATES, SPORTS)
    assert 2 < listed < 60
    assert len(text) <= LONGEST_LIST
    assert text.splitlines()[0].startswith(f"📣 {listed} ")
    assert [f"N{number} :" in line for number, line in enumerate(text.splitlines()[1:])] == [True] * listed


def test_what_was_committed_long_after_it_began_is_a_backfill() -> None:
    day = timedelta(hours=24)
    assert too_old(run(date_debut=NOW - day), NOW, day) is None
    assert too_old(run(date_debut=NOW - day - timedelta(microseconds=1)), NOW, day) == TOO_OLD
    assert too_old(run(date_debut=None), NOW, day) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None), ({"date_debut": None}, "date_absente"), ({"date_debut": NOW + timedelta(days=1)}, "date_future"),
        ({"date_debut": NOW + timedelta(hours=2)}, None), ({"duree_s": 0}, "duree_impossible"), ({"duree_s": None}, "duree_impossible"),
        ({"distance_m": -1.0}, "distance_negative"), ({"distance_m": 90_000.0}, "vitesse_impossible"),
        ({"distance_m": float("nan")}, "vitesse_impossible"), ({"type_activite": "Quidditch"}, None), ({"type_activite": "Judo"}, None),
    ],
)  # fmt: skip
def test_what_does_not_count_is_not_announced(changes: dict[str, object], reason: str | None) -> None:
    assert reason_to_skip(run(**changes), NOW, JULIETTE, SPORTS) == reason


@pytest.mark.parametrize(
    ("person", "reason"),
    [(None, "employe_inconnu"), (JULIETTE._replace(actif=False), "employe_inconnu"), (JULIETTE._replace(slack_ok=False), DECLINED)],
)
def test_unknown_people_those_who_left_and_those_who_declined_are_not_named(person: Person | None, reason: str) -> None:
    assert reason_to_skip(RUN, NOW, person, SPORTS) == reason


def test_the_generator_says_what_the_channel_will_read() -> None:
    row = (7, NOW, "Course à pied", 10_800.0, 2_760, None)
    assert expected(0, row, JULIETTE, TEMPLATES, SPORTS).startswith("Bravo Juliette Mendes ! Tu viens de courir 10,8 km en 46 min")
    assert expected(0, row, JULIETTE._replace(slack_ok=False), TEMPLATES, SPORTS) == "not announced (slack_refuse)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  autre:\n", "  autres:\n", "familles.autre is missing"),
        ("{nombre} nouvelles", "Des nouvelles", "titre_liste"),
        ("• {personne} :", "• :", "{personne}"),
        ("Bravo {personne} ! Tu viens {de_verbe} {effort} ! Quelle", "Bravo {personne.nom} ! Quelle", "personne.nom"),
        ("Bravo {personne} ! Tu viens {de_verbe} {effort} ! Quelle", "Bravo {personne:>9} ! Quelle", "braces"),
        ("Bravo {personne} ! Tu viens {de_verbe} {effort} ! Quelle", "Bravo {personne ! Quelle", "}"),
        ("Bravo {personne} ! Tu viens {de_verbe} {effort} ! Quelle", "Bravo {personne} {salaire} ! Quelle", "salaire"),
        ("titre_liste:", "titre:", "titre is not a known key"),
    ],
)
def test_a_bad_edit_of_the_templates_is_refused_with_file_and_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(RefusedInput, match=r"slack\.yml") as refused:
        read_templates(TEXT.replace(old, new, 1), "slack.yml")
    assert said in str(refused.value)


def test_fewer_than_three_sentences_are_refused() -> None:
    with pytest.raises(RefusedInput):
        read_templates(
            f"titre_liste: '{{nombre}}'\nligne_liste: '{{personne}}'\nfamilles:\n  {ANY_FAMILY}: ['{{personne}}', '{{personne}}']", "f"
        )
