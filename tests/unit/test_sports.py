"""The catalogue of sports: what the deliveries write is found, and a mistake in the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportdata.contracts.sports import read_sports
from sportdata.errors import RefusedInput
from sportdata.rules.sports import Catalogue

FILE = Path(__file__).resolve().parents[2] / "config" / "sports.yml"
CATALOGUE = read_sports(FILE.read_text(encoding="utf-8"), FILE.name)
TEXT = """\
Course à pied:
  famille: course
  synonymes: [Running, Runing]
  verbe: courir
  seance: une course
  emoji: "🏃"
  distance: true
  vitesse_max_kmh: 30
  vitesse_kmh: [7.5, 14]
  duree_min: [20, 90]
  saison: toute
Judo:
  famille: combat
  synonymes: []
  verbe: pratiquer le judo
  seance: une séance de judo
  emoji: "🥋"
  distance: false
  vitesse_max_kmh: null
  vitesse_kmh: null
  duree_min: [45, 110]
  saison: toute
"""


def changed(old: str, new: str) -> Catalogue:
    assert old in TEXT
    return read_sports(TEXT.replace(old, new, 1), "sports.yml")


@pytest.mark.parametrize(
    ("label", "nom"),
    [
        ("Runing", "Course à pied"), ("running", "Course à pied"), (" COURSE ", "Course à pied"), ("Randonnée", "Randonnée"),
        ("randonnee", "Randonnée"), ("Tennis", "Tennis"), ("Natation", "Natation"), ("Football", "Football"), ("Rugby", "Rugby"),
        ("Badminton", "Badminton"), ("Voile", "Voile"), ("Judo", "Judo"), ("Boxe", "Boxe"), ("Escalade", "Escalade"),
        ("Triathlon", "Triathlon"), ("E\u0301quitation", "Équitation"), ("Basketball", "Basketball"),
        ("Tennis de table", "Tennis de table"),
    ],
)  # fmt: skip
def test_what_the_deliveries_write_is_in_the_catalogue(label: str, nom: str) -> None:
    sport = CATALOGUE.find(label)
    assert sport is not None
    assert sport.nom == nom


@pytest.mark.parametrize("label", [None, "", " ", "Quidditch", "Course à"])
def test_what_is_not_a_sport_is_not_found(label: str | None) -> None:
    assert CATALOGUE.find(label) is None


def test_an_ordinary_session_is_never_impossible() -> None:
    for sport in CATALOGUE.sports:
        assert sport.distance == (sport.vitesse_max_kmh is not None) == (sport.vitesse_kmh is not None), sport.nom
        if sport.vitesse_max_kmh and sport.vitesse_kmh:
            assert sport.vitesse_kmh[1] < sport.vitesse_max_kmh, sport.nom


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("famille: course", "famile: course", "Course à pied: famile is not a known key"),
        ("famille: course", "famile: course", "Course à pied: famille is missing"),
        ("distance: true", "distance: oui", "Course à pied: distance is 'oui'; allowed: true or false"),
        ("distance: true", "distance: false", "both null where it is false"),
        ("vitesse_max_kmh: 30", "vitesse_max_kmh: 0", "Course à pied: vitesse_max_kmh is 0"),
        ("vitesse_max_kmh: 30", "vitesse_max_kmh: .inf", "vitesse_max_kmh is inf"),
        ("vitesse_max_kmh: 30", "vitesse_max_kmh: true", "vitesse_max_kmh is True"),
        ("vitesse_max_kmh: 30", "vitesse_max_kmh: 13", "a vitesse_kmh within vitesse_max_kmh"),
        ("[7.5, 14]", "[14, 7.5]", "vitesse_kmh is [14, 7.5]"),
        ("[20, 90]", "[20]", "allowed: [lowest, highest] in whole minutes"),
        ("[20, 90]", "[0, 90]", "duree_min is 0"),
        ("saison: toute", "saison: printemps", "saison is 'printemps'; allowed: toute, ete or hiver"),
        ("une course", "la course", "seance is 'la course'"),
        ("Runing]", "RUNNING]", "'Running' is given twice for 'Course à pied'"),
        ("Runing]", "jûdo]", "names both 'Course à pied' and 'Judo'"),
        ("Judo:", "course a  pied:", "names both 'Course à pied' and 'course a  pied'"),
        ("Judo:", "Course à pied:", "line 12: the key 'Course à pied' is given twice"),
        ("Runing]", "''] ", "synonymes is ''"),
        (TEXT, "{}", "sports.yml: found {}; allowed: at least one sport"),
        (TEXT, "- Judo", "found ['Judo']"),
    ],
)
def test_a_mistake_is_refused_with_its_sport_key_value_and_what_is_allowed(old: str, new: str, said: str) -> None:
    with pytest.raises(RefusedInput) as refusal:
        changed(old, new)
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("sports.yml")
    assert "allowed" in str(refusal.value)
