"""Google's older Distance Matrix API through `googlemaps`, for projects that still have it and no other."""

from __future__ import annotations

from typing import Any, Final

import googlemaps
from pydantic import SecretStr

from sportdata.contracts.routes import Answer, NotOffered, Question, QuotaUsedUp, RefusedQuestion, TryAgain, answered, hidden
from sportdata.errors import BrokenWorld, SportdataError

URL: Final = "https://maps.googleapis.com"
TIMEOUT_S: Final = 60
# The library repeats 5xx by itself for so long. Retries are ours, the same for both APIs, so it hardly may.
LIBRARY_RETRIES_S: Final = 0.001

_REASONS: Final = {
    "NOT_FOUND": "Google does not find the address",
    "ZERO_RESULTS": "Google finds no way for this mode",
    "MAX_ROUTE_LENGTH_EXCEEDED": "Google finds the way too long",
}


class Matrix:
    """One client. The key is part of the URL there, so no error of the library is ever shown as it stands."""

    name = "Distance Matrix API"
    most_origins = 25

    def __init__(self, key: SecretStr, url: str = "") -> None:
        """`url` replaces Google's own. Raises BrokenWorld when the key has not the shape of one."""
        self._key = key.get_secret_value()
        try:
            self._client = googlemaps.Client(
                key=self._key,
                timeout=TIMEOUT_S,
                retry_timeout=LIBRARY_RETRIES_S,
                retry_over_query_limit=False,
                base_url=(url or URL).rstrip("/"),
            )
        except ValueError:
            raise BrokenWorld("GOOGLE_MAPS_API_KEY holds no key of Google: they begin with AIza") from None

    def ask(self, question: Question) -> list[Answer]:
        """See RouteService."""
        origins = [address.replace("|", " ") for address in question.origins]  # the API's own separator
        try:
            body = self._client.distance_matrix(origins, [question.destination], mode=question.mode, region="fr")
            elements = [row["elements"][0] for row in body["rows"]]
            answers: list[Answer | None] = [_answer(element) for element in elements]
        except googlemaps.exceptions.ApiError as error:
            raise _meaning(error.status, hidden(str(error.message or error.status), self._key)) from None
        except googlemaps.exceptions.HTTPError as error:
            raise BrokenWorld(f"the {self.name} answers {error.status_code}") from None
        except googlemaps.exceptions.TransportError as error:
            raise TryAgain(f"no answer from the {self.name} ({type(error.base_exception).__name__})") from None
        except googlemaps.exceptions.Timeout:
            raise TryAgain(f"the {self.name} is overloaded, or silent") from None
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise TryAgain(f"an answer of the {self.name} cannot be read ({type(error).__name__})") from None
        return answered(question, answers)


def _answer(element: dict[str, Any]) -> Answer:
    if element["status"] == "OK":
        return Answer(int(element["distance"]["value"]))
    status = str(element["status"])
    return Answer(None, _REASONS.get(status, f"Google answers: {status}"), is_lasting=status in _REASONS)


def _meaning(status: str, said: str) -> SportdataError:
    """Which of our errors a status of the API is."""
    if status == "REQUEST_DENIED":
        return NotOffered(f"the Distance Matrix API is refused: {said}")
    if status == "OVER_DAILY_LIMIT":
        return QuotaUsedUp(f"the Distance Matrix API gives no more today (quota, budget or billing): {said}")
    if status == "OVER_QUERY_LIMIT":
        return TryAgain(f"too many questions to the Distance Matrix API: {said}", is_quota=True)
    if status == "UNKNOWN_ERROR":
        return TryAgain(f"the Distance Matrix API has a passing fault: {said}")
    return RefusedQuestion(f"Google refuses the question: {said}")
