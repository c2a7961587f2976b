"""Distances from Google, against a server that answers like it: what leaves the machine, what it costs, what every fault leads to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sportdata.adapters.unanswered import read_unanswered, remember_unanswered
from sportdata.contracts.distances import CAR, TRANSIT, Commuter, Distance, Lost, fingerprint
from sportdata.errors import AnswerIsNo, BrokenWorld, SportdataError, WrongUse
from sportdata.local.google import PAUSES_S, Asked, Spending, ask_google
from sportdata.rules.declarations import A_VERIFIER, BIKE, WALK, state
from sportdata.settings import Settings
from sportdata.stages.routes import cost_eur, plan
from tests.unit.google_server import (
    A_DAY,
    A_MINUTE,
    BAD_KEY,
    DISABLED,
    MATRIX,
    OVERLOADED,
    ROUTES,
    Google,
    matrix_error,
    routes_error,
    serve,
)

KEY = "AIzaSy-this-is-no-real-key-0123456789"
OFFICE = "1 Rue du Bureau, 34970 Lattes"
MODES = {"WALK": WALK, "BICYCLE": BIKE, "TRANSIT": TRANSIT, "DRIVE": CAR}


def people(count: int, mode: str = WALK, first: int = 59_000) -> list[Commuter]:
    return [Commuter(first + n, f"{n + 1} Rue des Lilas, 34470 Pérols", mode) for n in range(count)]


@pytest.fixture
def google() -> Iterator[Google]:
    with serve() as server:
        yield server


class Run:
    """A run of `--provider google` with what it saved, said and waited for."""

    def __init__(self, google: Google, key: str | None = KEY) -> None:
        self.settings = Settings.model_validate({"GOOGLE_MAPS_API_KEY": key, "google_url": google.url})
        self.saved: list[list[Distance]] = []
        self.lost: list[Lost] = []
        self.said: list[str] = []
        self.waited: list[float] = []

    def __call__(self, due: Sequence[Commuter], spending: Spending | None = None) -> Asked:
        return ask_google(
            self.settings, OFFICE, due, spending or Spending(), save=self._save, echo=self.said.append, pause=self.waited.append
        )

    def _save(self, distances: Sequence[Distance], lost: Sequence[Lost]) -> int:
        self.saved.append(list(distances))
        self.lost += lost
        return 0

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.mark.parametrize("mode", MODES)
def test_each_declared_mode_is_asked_for_in_its_own_way(google: Google, mode: str) -> None:
    (found,) = Run(google)(people(1, MODES[mode])).distances
    numbers = {"DRIVE": 1, "BICYCLE": 2, "WALK": 3, "TRANSIT": 7}  # of RouteTravelMode in Google's own definition of the API
    assert google.received[0]["asked"]["travelMode"] == numbers[mode]
    assert (found.distance_m, found.incertitude_m, found.fournisseur) == (1000 + len("1 Rue des Lilas, 34470 Pérols"), 0, "google")


@pytest.mark.parametrize("always", [{}, {ROUTES: DISABLED}])
def test_addresses_and_a_mode_are_all_that_leaves_this_machine(google: Google, always: dict[str, tuple[int, object]]) -> None:
    google.always = always
    Run(google)([Commuter(59_019, "8  Rue des Lilas,\n34470 Pérols ", BIKE)])
    for request in google.received:
        if request["path"] == ROUTES:
            asked = request["asked"]
            assert set(asked) == {"origins", "destinations", "travelMode", "regionCode"}
            assert asked["origins"] == [{"waypoint": {"address": "8 Rue des Lilas, 34470 Pérols"}}]
            assert asked["destinations"] == [{"waypoint": {"address": OFFICE}}]
        else:
            wanted = {"origins": "8 Rue des Lilas, 34470 Pérols", "destinations": OFFICE, "mode": "bicycling", "region": "fr", "key": KEY}
            assert request["asked"] == wanted
    assert not any(b"59019" in raw for raw in google.raw)


def test_the_key_travels_in_a_header_and_asks_for_few_fields(google: Google) -> None:
    Run(google)(people(1))
    headers = {name.lower(): value for name, value in google.received[0]["headers"].items()}
    assert headers["x-goog-api-key"] == KEY
    assert KEY not in google.received[0]["query"]
    assert headers["x-goog-fieldmask"] == "originIndex,destinationIndex,status,condition,distanceMeters"


def test_batches_respect_the_limits_of_each_api(google: Google) -> None:
    run = Run(google)
    assert len(run([*people(120), *people(3, BIKE, 70_000)]).distances) == 123
    assert [len(request["asked"]["origins"]) for request in google.received] == [3, 49, 49, 22]
    google.received.clear()
    google.always[ROUTES] = DISABLED
    assert len(run(people(60)).distances) == 60
    assert [len(request["asked"]["origins"].split("|")) for request in google.asked(MATRIX)] == [25, 25, 10]


def test_every_answer_goes_to_its_own_address_in_whatever_order_they_come(google: Google) -> None:
    google.metres = lambda address: int(address.split()[0]) * 10
    found = Run(google)(people(60)).distances
    assert {one.commuter.employee_id: one.distance_m for one in found} == {59_000 + n: 10 * (n + 1) for n in range(60)}


def test_people_at_one_address_with_one_mode_are_asked_for_once(google: Google) -> None:
    address = "1 Rue des Lilas, 34470 Pérols"
    found = Run(google)([Commuter(1, address, WALK), Commuter(2, address.upper(), WALK), Commuter(3, address, BIKE)]).distances
    assert sorted(one.commuter.employee_id for one in found) == [1, 2, 3]
    assert [len(request["asked"]["origins"]) for request in google.received] == [1, 1]


def test_a_distance_of_nothing_is_a_distance(google: Google) -> None:
    google.metres = lambda _: 0
    assert [one.distance_m for one in Run(google)(people(2)).distances] == [0, 0]


@pytest.mark.parametrize("always", [{}, {ROUTES: DISABLED}])
def test_an_address_that_google_has_no_way_for_is_reported_and_the_others_go_on(
    google: Google, always: dict[str, tuple[int, object]]
) -> None:
    google.always = always
    google.metres = lambda address: {"2": "NOT_FOUND", "4": "ROUTE_NOT_FOUND", "5": 3_000_000}.get(address.split()[0], 4321)
    run = Run(google)
    asked = run(people(6))
    assert {one.commuter.employee_id: one.reason for one in asked.lost} == {
        59_001: "Google does not find the address",
        59_003: "Google finds no way for this mode",
        59_004: "Google finds it 3000 km away: another place of that name?",
    }
    assert [one.distance_m for one in asked.distances] == [4321] * 3
    assert run.lost == asked.lost and all(one.is_lasting for one in asked.lost)
    assert not run.waited


def test_a_quota_that_is_used_up_within_an_answer_is_waited_for(google: Google) -> None:
    google.metres = lambda address: "8" if address.startswith("2 ") and len(google.received) < 3 else 4321
    run = Run(google)
    asked = run(people(3))
    assert ([one.distance_m for one in asked.distances], asked.lost) == ([4321] * 3, [])
    assert run.waited == [1.0, 2.0]


@pytest.mark.parametrize("code", [4, 10, 13, 14])
def test_one_address_that_could_not_be_answered_for_is_left_to_the_next_run_and_nobody_is_paid_for_twice(google: Google, code: int) -> None:
    google.metres = lambda address: str(code) if address.startswith("2 ") else 4321
    run = Run(google)
    asked = run(people(3))
    assert [one.distance_m for one in asked.distances] == [4321] * 2
    (lost,) = asked.lost
    assert (lost.reason, lost.is_lasting) == (f"Google could not answer (code {code}); the next run asks again", False)
    assert (len(google.received), run.waited) == (1, [])


def test_an_address_that_is_refused_by_code_is_lost_for_this_run_alone(google: Google) -> None:
    google.metres = lambda address: "3" if address.startswith("2 ") else 4321
    (lost,) = Run(google)(people(3)).lost
    assert (lost.reason, lost.is_lasting) == ("Google answers: element fault 3", False)


@pytest.mark.parametrize("fault", [routes_error(404, "NOT_FOUND", "Requested entity was not found."), (404, b"<html>no such page</html>")])
def test_a_wrong_url_ends_the_run_and_loses_nobody(google: Google, fault: tuple[int, object]) -> None:
    google.always[ROUTES] = fault
    run = Run(google)
    with pytest.raises(BrokenWorld, match=r"no Routes API is there \(404.*check SPORTDATA_GOOGLE_URL\. 0 of 49 were asked"):
        run(people(49))
    assert (len(google.received), run.saved, run.lost) == (1, [], [])


def test_what_is_refused_as_a_whole_is_asked_again_next_time(google: Google) -> None:
    google.metres = lambda _: "REFUSED"
    asked = Run(google)(people(5))
    assert len(asked.lost) == 5 and not any(one.is_lasting for one in asked.lost)


def test_one_address_that_spoils_its_request_is_found_and_the_others_go_on(google: Google) -> None:
    google.metres = lambda address: "REFUSED" if address.split()[0] == "17" else 4321
    asked = Run(google)(people(49))
    assert [(one.commuter.employee_id, one.reason[:27]) for one in asked.lost] == [(59_016, "Google refuses the question")]
    assert len(asked.distances) == 48


@pytest.mark.parametrize("address", ["", None, " "])
def test_an_address_that_is_empty_is_not_asked_for(google: Google, address: str | None) -> None:
    run = Run(google)
    asked = run([Commuter(1, address, WALK)])
    assert (asked.distances, google.received) == ([], [])
    assert [one.reason for one in asked.lost] == ["no address"]
    assert "nothing to ask Google" in run.text


@pytest.mark.parametrize("address", ["1 Rue des Lilas", "12 Avenue de Montpellier", "34470", "12", "12 rue des Lilas Montpellier"])
def test_a_distance_from_an_address_without_a_sure_commune_decides_nothing(google: Google, address: str) -> None:
    google.metres = lambda _: 500
    (found,) = Run(google)([Commuter(1, address, WALK)]).distances
    assert found.distance_m == 500
    assert state(Decimal(15), found.distance_m, found.incertitude_m) == A_VERIFIER


@pytest.mark.parametrize(
    ("address", "uncertainty_m"),
    [
        ("1 Rue X, 34970 Lattes", 0),
        ("12 bis rue x 34970 lattes", 0),
        ("Rue X, 34970 Lattes", 500),
        ("Rue X 34970 Lattes", 500),
        ("Rue X, Lattes", 500),
        ("34970 Lattes", 3000),
        (", 34970 Lattes", 3000),
        ("Lattes 34970", 3000),
        ("Lattes", 3000),
    ],
)
def test_without_a_house_number_or_a_street_a_way_is_uncertain(google: Google, address: str, uncertainty_m: int) -> None:
    (found,) = Run(google)([Commuter(1, address, WALK)]).distances
    assert found.incertitude_m == uncertainty_m


CUT = (200, None)
TORN = (200, b'[{"originIndex": 0, "condition": "ROUTE_EX')
NOT_JSON = (200, b"<html>")
SHORT = (200, [{"originIndex": 1, "condition": "ROUTE_EXISTS", "distanceMeters": 9, "status": {}}])
STREAMED_ERROR = (200, [{"error": {"code": 13, "message": "x", "status": "INTERNAL"}}])


@pytest.mark.parametrize(
    "fault", [OVERLOADED, A_MINUTE, routes_error(500, "INTERNAL", "x"), (502, b"bad gateway"), CUT, TORN, NOT_JSON, SHORT, STREAMED_ERROR]
)
def test_a_passing_fault_is_tried_again_after_growing_pauses(google: Google, fault: tuple[int, object]) -> None:
    google.faults = [fault, fault]
    run = Run(google)
    assert len(run(people(3)).distances) == 3
    assert run.waited == [1.0, 2.0]
    assert len(google.received) == 3


@pytest.mark.parametrize(
    "fault", [matrix_error("OVER_QUERY_LIMIT", "slow down"), matrix_error("UNKNOWN_ERROR", "x"), CUT, NOT_JSON, (200, {})]
)
def test_a_passing_fault_of_the_older_api_is_tried_again_too(google: Google, fault: tuple[int, object]) -> None:
    google.faults = [DISABLED, fault]
    run = Run(google)
    assert len(run(people(3)).distances) == 3
    assert run.waited == [1.0]


def test_a_fault_that_stays_stops_the_run_with_what_was_done(google: Google) -> None:
    run = Run(google)
    google.metres = lambda address: google.always.update({ROUTES: OVERLOADED}) or 5
    with pytest.raises(BrokenWorld, match=r"answers 503: .*after 6 attempts\. 49 of 60 were asked and are kept; run maps.py"):
        run(people(60))
    assert tuple(run.waited) == PAUSES_S
    assert [len(batch) for batch in run.saved] == [49]


@pytest.mark.parametrize(("fault", "pauses"), [(A_DAY, 0), (A_MINUTE, len(PAUSES_S))])
def test_a_quota_stops_the_run_and_keeps_what_was_done(google: Google, fault: tuple[int, object], pauses: int) -> None:
    run = Run(google)
    google.metres = lambda address: google.always.update({ROUTES: fault}) or 5
    with pytest.raises(BrokenWorld, match=r"uota.*49 of 60 were asked and are kept"):
        run(people(60))
    assert len(run.waited) == pauses
    assert [len(batch) for batch in run.saved] == [49]


@pytest.mark.parametrize("status", ["OVER_DAILY_LIMIT", "OVER_QUERY_LIMIT"])
def test_a_quota_of_the_older_api_stops_the_run_as_well(google: Google, status: str) -> None:
    google.always = {ROUTES: DISABLED, MATRIX: matrix_error(status, "You have exceeded your daily request quota for this API.")}
    with pytest.raises(BrokenWorld, match=r"daily request quota.*0 of 3 were asked"):
        Run(google)(people(3))


BLOCKED = routes_error(403, "PERMISSION_DENIED", "Requests to this API are blocked.", "API_KEY_SERVICE_BLOCKED")


@pytest.mark.parametrize("fault", [DISABLED, BLOCKED, routes_error(403, "PERMISSION_DENIED", "The caller does not have permission")])
def test_where_the_routes_api_is_refused_the_older_api_is_asked_instead_and_it_is_said(google: Google, fault: tuple[int, object]) -> None:
    google.always[ROUTES] = fault
    run = Run(google)
    assert len(run([*people(2), *people(2, BIKE, 70_000)]).distances) == 4
    assert len(google.asked(ROUTES)) == 1
    assert "the Routes API is refused" in run.text and "falling back to the older Distance Matrix API" in run.text


def test_where_both_are_refused_both_reasons_are_said(google: Google) -> None:
    google.always = {ROUTES: DISABLED, MATRIX: matrix_error("REQUEST_DENIED", "This API is not activated on your API project.")}
    with pytest.raises(BrokenWorld, match=r"SERVICE_DISABLED.*not activated.*Enable the Routes API"):
        Run(google)(people(1))


UNAUTHORISED = routes_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")


@pytest.mark.parametrize("fault", [BAD_KEY, UNAUTHORISED])
def test_a_key_that_is_refused_stops_the_run_without_waiting(google: Google, fault: tuple[int, object]) -> None:
    google.always[ROUTES] = fault
    run = Run(google)
    with pytest.raises(BrokenWorld, match="Google refuses the key in GOOGLE_MAPS_API_KEY"):
        run(people(1))
    assert (run.waited, google.asked(MATRIX)) == ([], [])


FAULTS: list[Callable[[str], tuple[int, object]]] = [
    lambda key: routes_error(403, "PERMISSION_DENIED", f"Requests from {key} are blocked."),
    lambda key: routes_error(429, "RESOURCE_EXHAUSTED", f"Quota exceeded for api_key:{key}"),
    lambda key: routes_error(503, "UNAVAILABLE", key),
    lambda key: routes_error(400, "INVALID_ARGUMENT", f"API key not valid: {key}"),
    lambda key: routes_error(418, "UNKNOWN", key),
    lambda key: (200, None),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("older", [False, True])
def test_the_key_is_in_no_message_whatever_google_says(google: Google, fault: Callable[[str], tuple[int, object]], older: bool) -> None:
    denied = matrix_error("REQUEST_DENIED", f"The provided API key {KEY} is invalid.")
    google.always = (
        {ROUTES: DISABLED, MATRIX: denied if fault is FAULTS[0] else fault(KEY)} if older else {ROUTES: fault(KEY), MATRIX: denied}
    )
    run = Run(google)
    with pytest.raises(SportdataError) as stopped:
        run(people(1))
    chain: BaseException | None = stopped.value
    while chain is not None:
        assert KEY not in str(chain) + repr(chain)
        assert chain.__suppress_context__ or chain.__context__ is None or KEY not in repr(chain.__context__)
        chain = chain.__cause__
    assert KEY not in run.text + repr(run.settings)


def test_a_server_that_is_not_there_is_a_broken_world_that_says_so(google: Google) -> None:
    run = Run(google)
    run.settings = run.settings.model_copy(update={"google_url": "http://127.0.0.1:1"})
    with pytest.raises(BrokenWorld, match=r"no answer from the Routes API \(ConnectionError\), after 6 attempts\. 0 of 1 were asked"):
        run(people(1))


def test_the_cost_is_said_before_anything_is_asked(google: Google) -> None:
    run = Run(google)

    def confirm(question: str) -> bool:
        assert google.received == []
        assert "asking Google for 161 distances: at most 0.81 EUR, at 5.00 EUR per 1 000 (SPORTDATA_GOOGLE_EUR_PER_1000)" in run.text
        assert "10000 of a month are free" in run.text
        assert "Home addresses and modes of travel go to Google" in question
        return False

    with pytest.raises(AnswerIsNo, match="nothing was asked"):
        run(people(161), Spending(confirm=confirm))
    assert google.received == [] and run.saved == []


def test_what_may_cost_more_than_agreed_is_not_asked(google: Google) -> None:
    run = Run(google)
    with pytest.raises(WrongUse, match=r"0\.81 EUR is more than --max-cost 0\.80: nothing was asked"):
        run(people(161), Spending(Decimal("0.80")))
    assert google.received == []
    assert len(run(people(161), Spending(Decimal("0.81"))).distances) == 161


@pytest.mark.parametrize(("elements", "eur"), [(0, "0.00"), (1, "0.01"), (2, "0.01"), (3, "0.02"), (161, "0.81"), (1000, "5.00")])
def test_the_cost_is_rounded_up_to_the_cent(elements: int, eur: str) -> None:
    assert cost_eur(elements, Decimal("5.00")) == Decimal(eur)


def test_without_a_key_it_is_wrong_use_that_names_the_variable(google: Google) -> None:
    with pytest.raises(WrongUse, match="GOOGLE_MAPS_API_KEY"):
        Run(google, key=None)(people(1))


def test_a_key_without_the_shape_of_one_is_named_when_the_older_api_needs_it(google: Google) -> None:
    google.always[ROUTES] = DISABLED
    with pytest.raises(BrokenWorld, match="holds no key of Google") as refused:
        Run(google, key="my-secret")(people(1))
    assert "my-secret" not in str(refused.value)


def test_progress_is_said_request_by_request(google: Google) -> None:
    run = Run(google)
    run(people(60))
    assert [line for line in run.said if line.startswith("  ")] == [
        "  49 of 60 asked, 49 distances kept",
        "  60 of 60 asked, 60 distances kept",
    ]


def test_the_order_of_questions_does_not_depend_on_the_order_of_employees() -> None:
    everybody = [*people(30), *people(30, BIKE, 70_000), Commuter(1, "1 Rue X, 34970 Lattes", "Cheval")]
    planned, in_order = (plan(people, lambda _: False) for people in (everybody, sorted(everybody, key=lambda one: one.employee_id)))
    assert [trip.address for trip in planned.trips] == [trip.address for trip in in_order.trips]
    assert len(planned.trips) == 60 and planned.lost == ()


def test_the_key_is_read_from_its_variable_and_shows_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_MAPS_API_KEY", KEY)
    settings = Settings(home=tmp_path)
    assert settings.google_maps_api_key is not None and settings.google_maps_api_key.get_secret_value() == KEY
    assert KEY not in repr(settings) + str(settings) + json.dumps(settings.model_dump(mode="json"))


def test_what_google_did_not_find_is_remembered_without_addresses_for_as_long_as_its_answers(tmp_path: Path) -> None:
    settings, now = Settings(home=tmp_path / "home"), datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert read_unanswered(settings, now) == {}
    one, other, refused = people(3)
    first, second = (fingerprint(who.adresse, WALK, OFFICE) for who in (one, other))
    remember_unanswered(settings, now, [Lost(one, "Google does not find the address", is_lasting=True)], OFFICE)
    later = [Lost(other, "Google finds no way for this mode", is_lasting=True), Lost(refused, "Google refuses the question")]
    remember_unanswered(settings, now + timedelta(days=20), later, OFFICE)
    assert read_unanswered(settings, now) == {
        first: "Google does not find the address (asked on 2026-11-23)",
        second: "Google finds no way for this mode (asked on 2026-12-13)",
    }
    assert "Lilas" not in (tmp_path / "home" / "google_unanswered.json").read_text()
    assert set(read_unanswered(settings, now + timedelta(days=30))) == {second}
    (tmp_path / "home" / "google_unanswered.json").write_text("[1]")
    with pytest.raises(BrokenWorld, match=r"google_unanswered\.json cannot be read .*delete it"):
        read_unanswered(settings, now)
