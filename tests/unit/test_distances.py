"""Home-office distances: recorded ones to the metre, estimated ones with an honest uncertainty."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportdata.adapters.places import french_places
from sportdata.adapters.recorded import read_recorded
from sportdata.contracts.calibration import DETOURS, OFFICE_TOWN, Detour
from sportdata.contracts.distances import (
    CAR,
    TRANSIT,
    Commuter,
    RecordedRow,
    StoredDistance,
    TravelMode,
    fingerprint,
    is_expired,
    travel_mode,
)
from sportdata.contracts.places import CHEFS_LIEUX, Place, Unplaced
from sportdata.errors import RefusedInput, WrongUse
from sportdata.rules.declarations import BIKE, WALK
from sportdata.stages.calibrate import Way, fit_detours, judge
from sportdata.stages.distances import Estimator, estimated, recorded
from sportdata.stages.places import Gazetteer, crow_km

OFFICE = "1362 Av. des Platanes, 34970 Lattes"
WALKER = Commuter(1, "12 Rue X, 34470 Pérols", WALK)
RIDER = Commuter(2, "3 Rue Y, 34000 Montpellier", "velo/trottinette/AUTRES")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(french_places())


@pytest.fixture(scope="module")
def office(gazetteer: Gazetteer) -> Place:
    place = gazetteer.locate(OFFICE)
    assert isinstance(place, Place)
    return place


@pytest.fixture(scope="module")
def estimator(gazetteer: Gazetteer) -> Estimator:
    return Estimator(gazetteer, OFFICE)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (WALK, "walking"),
        ("marche / RUNNING", None),
        ("MARCHE/RUNNING ", "walking"),
        ("velo/trottinette/autres", "bicycling"),
        (TRANSIT, "transit"),
        ("vehicule thermique/electrique", "driving"),
        ("Cheval", None),
        ("", None),
        (None, None),
    ],
)
def test_each_declared_mode_is_travelled_in_its_way(mode: str | None, expected: str | None) -> None:
    assert travel_mode(mode) == expected


def test_a_fingerprint_changes_with_the_address_the_mode_and_the_office_and_with_nothing_else() -> None:
    journey = fingerprint("1 Rue X, 34970 Lattes", WALK, OFFICE)
    assert journey == fingerprint(" 1 rue x,  34970 LATTES", "MARCHE/running", OFFICE.lower())
    others = [("2 Rue X, 34970 Lattes", WALK, OFFICE), ("1 Rue X, 34970 Lattes", BIKE, OFFICE), ("1 Rue X, 34970 Lattes", WALK, "Sète")]
    assert len({journey, *(fingerprint(*other) for other in others)}) == 4


def row(line: int, employee_id: object, mode: str, km: str) -> RecordedRow:
    return RecordedRow(line, str(employee_id), mode, km)


@pytest.mark.parametrize(
    ("km", "metres"), [("6.34", 6340), ("0.0005", 1), ("0.00049999", 0), ("15.0005", 15001), ("6,34", 6340), (" 7 ", 7000), ("0", 0)]
)
def test_a_recorded_distance_is_rounded_half_up_to_the_metre(km: str, metres: int) -> None:
    (found,) = recorded([row(2, 1, WALK, km)], [WALKER]).distances
    assert (found.distance_m, found.incertitude_m, found.fournisseur) == (metres, 0, "recorded")


@given(st.integers(0, 2_000_000))
def test_every_metre_survives_its_kilometres(metres: int) -> None:
    (found,) = recorded([row(2, 1, WALK, f"{metres // 1000}.{metres % 1000:03}")], [WALKER]).distances
    assert found.distance_m == metres


def test_a_row_for_another_mode_than_the_declared_one_is_ignored_with_a_warning() -> None:
    result = recorded([row(2, 1, CAR, "3.2"), row(3, 2, BIKE, "5")], [WALKER, RIDER])
    assert [found.commuter for found in result.distances] == [RIDER]
    assert result.warnings == ("line 2: employee 1 declares 'Marche/running', the row is for 'véhicule thermique/électrique'; ignored",)


def test_a_row_of_nobody_we_know_is_ignored_with_a_warning() -> None:
    result = recorded([row(2, 99, WALK, "3.2")], [WALKER])
    assert (result.distances, result.warnings) == ((), ("line 2: employee 99 is unknown or has left; ignored",))


@pytest.mark.parametrize("km", ["", "abc", "-1", "1e3", "nan", "inf", "2000.001", "1.2.3", "１"])
def test_a_distance_that_is_no_number_of_kilometres_is_refused_with_its_line(km: str) -> None:
    with pytest.raises(RefusedInput, match="line 7: distance_km is ") as refused:
        recorded([row(7, 1, WALK, km)], [WALKER])
    assert repr(km) in str(refused.value)


@pytest.mark.parametrize("employee_id", ["", "x", "1.5", "-1"])
def test_an_id_that_is_no_whole_number_is_refused_with_its_line(employee_id: str) -> None:
    with pytest.raises(RefusedInput, match=f"line 7: employee_id is {employee_id!r}"):
        recorded([row(7, employee_id, WALK, "1")], [WALKER])


def test_a_row_for_a_mode_that_nobody_knows_is_ignored_with_a_warning() -> None:
    result = recorded([row(2, 1, "Covoiturage", "9"), row(3, 1, "Covoiturage", "8"), row(4, 1, WALK, "1.5")], [WALKER])
    assert [found.distance_m for found in result.distances] == [1500]
    assert [warning.split(";")[0] for warning in result.warnings] == [
        f"line {line}: the mode 'Covoiturage' is none of the four that can be declared" for line in (2, 3)
    ]


def test_two_distances_for_one_journey_are_refused_and_the_same_twice_is_not() -> None:
    rows = [row(2, 1, WALK, "1.5"), row(3, 1, WALK, "1.50")]
    assert len(recorded(rows, [WALKER]).distances) == 1
    with pytest.raises(RefusedInput, match="line 4: employee 1 has '2' km, and another distance in line 2"):
        recorded([*rows, row(4, 1, WALK, "2")], [WALKER])


@pytest.mark.parametrize(
    "text",
    [
        "employee_id,mode,distance_km\n1,Marche/running,3.61\n",
        "\ufeffEmployee_ID;Distance_km;Mode\r\n1;3,61;Marche/running\r\n\r\n",
        'note,employee_id,mode,distance_km\nx,1,Marche/running,"3,61"\n',
    ],
)
def test_a_recorded_file_may_come_from_a_script_or_from_a_spreadsheet(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    (found,) = recorded(read_recorded(tmp_path / "d.csv"), [WALKER]).distances
    assert found.distance_m == 3610


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: the column|holds no distance"),
        (b"employee_id,mode\n1,x\n", "line 1: the column distance_km is missing"),
        (b"employee_id,mode,distance_km\n", "holds no distance"),
        (b"employee_id,mode,distance_km\n1,x\n", "line 2: 2 values where the header has 3"),
        ("employee_id,mode,distance_km\n1,Vélo,1\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(RefusedInput, match=reason):
        read_recorded(tmp_path / "d.csv")


def test_every_chef_lieu_is_a_known_place_of_its_region(gazetteer: Gazetteer) -> None:
    for region, seats in CHEFS_LIEUX.items():
        for departement, name in seats.items():
            place = gazetteer.locate(f"1 Rue X, {departement}000 {name}")
            assert isinstance(place, Place) and place.region == region, (departement, name)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("1 Rue X, 34970 Lattes", "Lattes"),
        ("1 rue x 34970 LATTES Cedex", "Lattes"),
        ("1 Rue X, 34430 St Jean de Vedas", "Saint-Jean-de-Védas"),
        ("1 Rue X, 34990 Juvig", "Juvignac"),  # truncated
        ("1 Rue X, 34000 Frontignan", "Frontignan"),  # a postcode of the same département
        ("1 Rue X, 30240 Le Grau-du-Roi", "Le Grau-du-Roi"),  # nearer to Montpellier than to its own Nîmes
        ("1 Rue X, Montpellier", "Montpellier"),  # no postcode, but one such town near the office
        ("1 Rue X, 20200 Bastia", "Bastia"),
        ("12 rue des Lilas Montpellier", "Montpellier"),  # neither postcode nor comma: the end of it
        ("1362 Av. des Platanes Lattes France", "Lattes"),
        ("12 rue du Port La Grande Motte", "La Grande-Motte"),
        ("12 Rue de Paris St Jean de Védas", "Saint-Jean-de-Védas"),
        ("Lattes", "Lattes"),
        ("Lattes (Hérault)", "Lattes"),
        ("12 Rue X, 34970 Lattes (bât. B)", "Lattes"),
        ("Lattes, Hérault, France", "Lattes"),
        ("12 Rue X, Lattes, Hérault", "Lattes"),
        ("12 Rue X, 34970 Lattes, Hérault", "Lattes"),
        ("12 Rue X, 69003 Lyon 3e", "Lyon"),
        ("12 Rue X, 75001 Paris 1er Arrondissement", "Paris"),
        ("12 Rue X 75011, Paris", "Paris"),
        ("12 Rue X, 13008 Marseille 8ème arr.", "Marseille"),
    ],
)
def test_an_address_is_placed_in_its_commune(gazetteer: Gazetteer, office: Place, address: str, name: str) -> None:
    place = gazetteer.locate(address, near=office)
    assert isinstance(place, Place) and place.name == name


@pytest.mark.parametrize("seine", ["1 Rue X, 93200 Saint-Denis", "1 Rue X, Saint-Denis (Seine-Saint-Denis)", "Saint-Denis, 93"])
def test_homonyms_are_told_apart_by_the_postcode_or_the_departement(gazetteer: Gazetteer, office: Place, seine: str) -> None:
    herault, other = gazetteer.locate("1 Rue X, 34150 Gignac", office), gazetteer.locate(seine, office)
    assert isinstance(herault, Place) and crow_km(herault, office) < 45
    assert isinstance(other, Place) and other.region == "11"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("1 Rue X, 34800 Canet", "'Canet' is no known place in département 34"),  # only the Canet of the Aude is known
        ("1 Rue X, Saint-Denis", "no postcode, and 'Saint-Denis' is no known place within 150 km of the office"),  # several, none near
        ("1 Rue X, 34000 Nowhere-sur-Mer", "'Nowhere-sur-Mer' is no known place in département 34"),
        ("1 Rue X, 34970 Lat", "'Lat' is no known place in département 34"),  # too short to mean anything
        ("1 Rue X, 34000 Saint", r"'Saint' could be \d+ places in département 34 \(.*, …\); write it as 'number street, postcode commune'"),
        ("1 Rue X, 97400 Saint-Denis", "postcode 97400 is of no département of mainland France or Corsica"),
        ("1 Rue X", "no commune can be read in the address"),
        ("12 Avenue de Montpellier", "no commune can be read in the address"),  # a street that is named after a town
        ("12 rue Saint-Gilles", "no commune can be read in the address"),
        ("6 Montée Saint-Gilles", "no commune can be read in the address"),
        ("12 Rue Général Castries", "no commune can be read in the address"),
        ("1 Rue X, Paris", "no postcode, and 'Paris' is no known place within 150 km"),  # a town, not the département
        ("1 Rue X, 13000 Saint-Martin", r"'Saint-Martin' could be \d+ places in département 13"),  # half a name
        ("1 Rue X, 30240 Le Grau", "'Le Grau' is no known place in département 30"),  # half a name, and nearer to another chef-lieu
        ("1 rue Y, 1060 Saint-Gilles", "'1060' is no postcode of France, which has five figures: abroad, or one is missing"),
        ("1 rue Y 1060 Saint-Gilles", "'1060' is no postcode of France"),
        ("1 rue Y, B-1060 Saint-Gilles, France", "'1060' is no postcode of France"),
        ("Rue de la Loi 16, 1000 Bruxelles, Belgique", "no postcode, and 'Belgique' is no known place"),
        ("Calle Mayor 1, 28013 Madrid, Espagne", "'Madrid, Espagne' is no known place in département 28"),
        ("34970", "no commune can be read in the address"),
        ("", "no address"),
        ("  ", "no address"),
        (None, "no address"),
    ],
)
def test_an_address_that_cannot_be_placed_gives_its_reason_and_no_distance(estimator: Estimator, address: str | None, reason: str) -> None:
    found = estimator.estimate(address, "walking")
    assert isinstance(found, Unplaced)
    assert re.match(reason, found.reason), found.reason


@pytest.mark.parametrize("address", ["Rue X, 34970 Lattes", "1 rue x 34970 lattes", "34970 Lattes", "1 Rue X, Lattes", "LATTES 34970"])
def test_a_number_a_street_a_comma_or_a_postcode_may_lack_where_the_commune_is_clear(estimator: Estimator, address: str) -> None:
    assert estimator.estimate(address, "walking") == estimator.estimate("1 Rue X, 34970 Lattes", "walking")


@pytest.mark.parametrize("address", ["10 rue Louis Lunel", "12 rue des Lilas Montpellier"])
def test_a_town_at_the_end_of_a_line_may_be_a_streets_name_and_decides_nothing(estimator: Estimator, address: str) -> None:
    found = estimator.estimate(address, "walking")
    assert not isinstance(found, Unplaced) and found[0] - found[1] < 0 and sum(found) > 15_000


def test_a_town_by_itself_is_no_guess(estimator: Estimator) -> None:
    assert estimator.estimate("Lattes", "walking") == estimator.estimate("1 Rue X, 34970 Lattes", "walking")


def test_who_cannot_be_placed_is_reported_with_the_reason_and_who_has_no_known_mode_is_not(estimator: Estimator) -> None:
    lost, horse = Commuter(3, "1 Rue X, 34800 Canet", BIKE), Commuter(4, WALKER.adresse, "Cheval")
    placed, unplaced = estimated([WALKER, RIDER, lost, horse], estimator)
    assert [distance.commuter for distance in placed] == [WALKER, RIDER]
    assert [(one.commuter, one.reason[:20]) for one in unplaced] == [(lost, "'Canet' is no known ")]
    assert all(distance.fournisseur == "estimate" for distance in placed)


def test_an_office_that_cannot_be_placed_is_refused_with_its_address(gazetteer: Gazetteer) -> None:
    with pytest.raises(WrongUse, match=r"distance\.office_address is 'Mars'"):
        Estimator(gazetteer, "Mars")


@pytest.mark.parametrize("mode", ["walking", "bicycling", "transit", "driving"])
@pytest.mark.parametrize("town", ["34970 Lattes", "34470 Pérols", "34000 Montpellier", "34200 Sète", "30000 Nîmes"])
def test_an_estimate_is_positive_and_never_without_uncertainty(estimator: Estimator, mode: TravelMode, town: str) -> None:
    found = estimator.estimate(f"1 Rue X, {town}", mode)
    assert not isinstance(found, Unplaced)
    assert found[0] > 500 and found[1] > 1000


# Recorded ways from these towns to the office, rounded, in km.
@pytest.mark.parametrize(
    ("town", "mode", "km"),
    [
        ("34970 Lattes", "walking", 2.0),
        ("34470 Pérols", "walking", 3.8),
        ("34000 Montpellier", "bicycling", 6.5),
        ("34280 La Grande-Motte", "bicycling", 17.0),
        ("34400 Lunel", "driving", 30.0),
        ("34200 Sète", "driving", 40.0),
        ("34500 Béziers", "driving", 75.0),
    ],
)
def test_an_estimate_holds_the_way_by_road(estimator: Estimator, town: str, mode: TravelMode, km: float) -> None:
    found = estimator.estimate(f"1 Rue X, {town}", mode)
    assert not isinstance(found, Unplaced)
    distance_m, incertitude_m = found
    assert abs(distance_m - 1000 * km) <= incertitude_m


def test_someone_who_walks_from_nimes_is_beyond_the_limit_for_sure(estimator: Estimator) -> None:
    found = estimator.estimate("1 Rue X, 30000 Nîmes", "walking")
    assert not isinstance(found, Unplaced) and found[0] - found[1] > 15_000


def test_neighbours_of_the_office_are_within_the_limits_for_sure(estimator: Estimator) -> None:
    for town in ("34970 Lattes", "34470 Pérols"):
        found = estimator.estimate(f"1 Rue X, {town}", "walking")
        assert not isinstance(found, Unplaced) and sum(found) <= 15_000


def test_known_detours_are_of_known_places_and_make_the_way_longer_or_shorter_by_less_than_was_seen(
    gazetteer: Gazetteer, estimator: Estimator
) -> None:
    plain = Estimator(gazetteer, OFFICE, {})
    for town, detour in DETOURS.items():
        home = gazetteer.locate(f"1 Rue X, {30 if town in ('Nîmes', 'Vauvert') else 34}000 {town}")
        assert isinstance(home, Place) and (home.name, home.region) == (town, OFFICE_TOWN[1])
        assert 1 < max(detour.factor, 1 / detour.factor) < max(detour.ratio, 1 / detour.ratio)
        found = estimator.estimate(f"1 Rue X, {30 if town in ('Nîmes', 'Vauvert') else 34}000 {town}", "driving")
        assert not isinstance(found, Unplaced) and found[0] == round(plain.plain_km(home, "driving") * detour.factor * 1000)


def test_one_way_counts_half_and_many_count_nearly_whole() -> None:
    assert Detour(1, 4.0).factor == pytest.approx(2.0)
    assert Detour(99, 4.0).factor == pytest.approx(4.0, rel=0.02)


def test_detours_recorded_to_one_office_say_nothing_of_another(gazetteer: Gazetteer) -> None:
    office = "1 Rue X, 34500 Béziers"
    assert Estimator(gazetteer, office).estimate("1 Rue X, 34470 Pérols", "driving") == Estimator(gazetteer, office, {}).estimate(
        "1 Rue X, 34470 Pérols", "driving"
    )


def way(town: str, km: float, mode: TravelMode = "bicycling") -> Way:
    return Way(f"1 Rue X, {town}", BIKE, mode, round(1000 * km))


def test_a_detour_is_the_geometric_mean_of_recorded_over_plain_lengths(gazetteer: Gazetteer) -> None:
    plain = Estimator(gazetteer, OFFICE, {})
    (home,) = {gazetteer.locate("1 Rue X, 34280 La Grande-Motte")}
    assert isinstance(home, Place)
    km = plain.plain_km(home, "bicycling")
    ways = [way("34280 La Grande-Motte", 2 * km), way("34280 La Grande-Motte", km / 2), way("34280 La Grande-Motte", 8 * km)]
    assert fit_detours([*ways, way("34000 Nowhere", 9)], plain) == {"La Grande-Motte": Detour(3, 2.0)}


def test_a_way_below_one_kilometre_does_not_bend_the_detour(gazetteer: Gazetteer) -> None:
    plain = Estimator(gazetteer, OFFICE, {})
    assert fit_detours([way("34970 Lattes", 0.001)], plain) == fit_detours([way("34970 Lattes", 1)], plain)


def test_who_is_judged_is_judged_without_himself(gazetteer: Gazetteer) -> None:
    ways = [way("34250 Palavas-les-Flots", 11), way("34250 Palavas-les-Flots", 11.5), way("34000 Nowhere", 9)]
    alone = judge(ways, gazetteer, OFFICE, lambda *_: False)
    taught = judge(ways, gazetteer, OFFICE, lambda way, _, other, __: way is not other)
    assert len(alone) == len(taught) == 2
    assert all(one.error_m < other.error_m for one, other in zip(taught, alone, strict=True))
    assert all(math.isclose(one.error_m, abs(one.estimate_m - one.way.distance_m)) for one in taught)


def test_only_a_distance_of_google_grows_too_old() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    old, young = now - timedelta(days=30), now - timedelta(days=29, hours=23)
    assert is_expired(StoredDistance(1, 0, "google", "f", old), now, 30)
    assert is_expired(StoredDistance(1, 0, "google", "f", None), now, 30)
    assert not is_expired(StoredDistance(1, 0, "google", "f", young), now, 30)
    assert not is_expired(StoredDistance(1, 0, "recorded", "f", old), now, 30)
    assert not is_expired(StoredDistance(1, 0, "estimate", "f", old), now, 30)
    assert not is_expired(None, now, 30)
