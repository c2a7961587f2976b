"""Google's Routes API through Google's own client library, over REST."""

from __future__ import annotations

from typing import Any, Final

import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.maps import routing_v2 as routing
from google.protobuf.json_format import Error as JsonError
from pydantic import SecretStr

from sportdata.contracts.distances import TravelMode
from sportdata.contracts.routes import Answer, NotOffered, Question, QuotaUsedUp, RefusedQuestion, TryAgain, answered, hidden
from sportdata.errors import BrokenWorld, SportdataError

URL: Final = "https://routes.googleapis.com"
FIELDS: Final = "originIndex,destinationIndex,status,condition,distanceMeters"  # none that is billed higher
TIMEOUT_S: Final = 60.0

_MODES: Final[dict[TravelMode, routing.RouteTravelMode]] = {
    "walking": routing.RouteTravelMode.WALK,
    "bicycling": routing.RouteTravelMode.BICYCLE,
    "transit": routing.RouteTravelMode.TRANSIT,
    "driving": routing.RouteTravelMode.DRIVE,
}
_KEY_REASONS: Final = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED"})
# google.rpc.Code, which each element has one of
_NOT_FOUND: Final = 5
_OUT_OF_QUOTA: Final = 8
_PASSING: Final = frozenset({4, 10, 13, 14})  # too late, aborted, internal, unavailable


class Routes:
    """One client; the key goes in a header and nowhere else."""

    name = "Routes API"
    most_origins = 49  # origins and destinations given as addresses: 50 a request

    def __init__(self, key: SecretStr, url: str = "") -> None:
        """`url` replaces Google's own, for a proxy or a test."""
        self._key = key.get_secret_value()
        options = {"api_key": self._key, "api_endpoint": (url or URL).rstrip("/")}
        self._client = routing.RoutesClient(client_options=options, transport="rest")

    def ask(self, question: Question) -> list[Answer]:
        """See RouteService."""
        request = routing.ComputeRouteMatrixRequest(
            origins=[routing.RouteMatrixOrigin(waypoint=routing.Waypoint(address=address)) for address in question.origins],
            destinations=[routing.RouteMatrixDestination(waypoint=routing.Waypoint(address=question.destination))],
            travel_mode=_MODES[question.mode],
            region_code="FR",
        )
        answers: list[Answer | None] = [None] * len(question.origins)
        try:
            stream = self._client.compute_route_matrix(request, timeout=TIMEOUT_S, metadata=[("x-goog-fieldmask", FIELDS)])
            for element in stream:
                answer = _answer(element)
                if answer is not None and 0 <= element.origin_index < len(answers):
                    answers[element.origin_index] = answer
        except exceptions.GoogleAPICallError as error:
            raise _meaning(error, self._key) from None
        except GoogleAuthError:
            raise BrokenWorld("Google refuses the key in GOOGLE_MAPS_API_KEY (401)") from None
        except requests.RequestException as error:
            raise TryAgain(f"no answer from the {self.name} ({type(error).__name__})") from None
        except (JsonError, ValueError) as error:
            raise TryAgain(f"an answer of the {self.name} broke off ({type(error).__name__})") from None
        return answered(question, answers)


def _answer(element: Any) -> Answer | None:
    """What an element says; None for one that says nothing. Raises TryAgain when the quota ended within the request."""
    code = element.status.code
    if code == _NOT_FOUND:
        return Answer(None, "Google does not find the address", is_lasting=True)
    if code == _OUT_OF_QUOTA:
        raise TryAgain("the Routes API's quota is used up for now", is_quota=True)
    if code in _PASSING:  # to ask the whole batch again would be paid again
        return Answer(None, f"Google could not answer (code {code}); the next run asks again")
    if code:
        return Answer(None, f"Google answers: {element.status.message or code}")
    if element.condition == routing.RouteMatrixElementCondition.ROUTE_NOT_FOUND:
        return Answer(None, "Google finds no way for this mode", is_lasting=True)
    if element.condition == routing.RouteMatrixElementCondition.ROUTE_EXISTS:
        return Answer(element.distance_meters)
    return None


def _meaning(error: exceptions.GoogleAPICallError, key: str) -> SportdataError:
    """Which of our errors an error of the API is."""
    said, reason = hidden(error.message, key), error.reason or ""
    meaning: SportdataError = BrokenWorld(f"the Routes API answers {error.code}: {said}")
    if isinstance(error, exceptions.Unauthorized) or reason in _KEY_REASONS or "API key not valid" in said:
        meaning = BrokenWorld(f"Google refuses the key in GOOGLE_MAPS_API_KEY: {said}")
    elif isinstance(error, exceptions.Forbidden):
        meaning = NotOffered(f"the Routes API is refused ({reason or 'PERMISSION_DENIED'}): {said}")
    elif isinstance(error, exceptions.TooManyRequests) and _is_daily(error):
        meaning = QuotaUsedUp(f"the day's quota of the Routes API is used up: {said}")
    elif isinstance(error, exceptions.TooManyRequests):
        meaning = TryAgain(f"too many questions to the Routes API: {said}", is_quota=True)
    elif isinstance(error, exceptions.ServerError):
        meaning = TryAgain(f"the Routes API answers {error.code}: {said}")
    elif isinstance(error, exceptions.NotFound):
        meaning = BrokenWorld(f"no Routes API is there (404: {said}): check SPORTDATA_GOOGLE_URL")
    elif isinstance(error, exceptions.BadRequest):
        meaning = RefusedQuestion(f"Google refuses the question: {said}")
    return meaning


def _is_daily(error: exceptions.GoogleAPICallError) -> bool:
    """Whether a quota is one of the day, by its name in ErrorInfo ("…PerDayPerProject") or in the message ("… per day")."""
    words = [error.message, *(error.metadata or {}).values()]
    return any("perday" in word.replace(" ", "").lower() for word in words)
