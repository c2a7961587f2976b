"""What `validate_strava.py` looks at: the data, and the day, the configuration and the HR data by which they are judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sportdata.adapters import checked, checked_postgres
from sportdata.adapters.catalogue import catalogue
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.validation import SportLimits, Verdict
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.jobs.clock import wall_clock
from sportdata.rules.calendar import today_in_paris
from sportdata.rules.parameters import Parameters
from sportdata.settings import Settings
from sportdata.stages.check import LOOK_BACK_DAYS, rhythm, sport_limits

if TYPE_CHECKING:
    import pandas as pd

    from sportdata.adapters.checked_gold import Gold
    from sportdata.adapters.expectations import Validation
    from sportdata.adapters.suites import Suite

ACTIVITIES = "public.sport_activities"


class Subject:
    """What is looked at, read when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parameters = _parameters(settings)
        self._catalogue = catalogue(settings)
        self.today = _today(settings, self._parameters)
        self._hr_version: int | None = None

    def remember_hr(self) -> None:
        """Notes which HR data gold works with; `has_moved` then says whether they are still the same."""
        self._hr_version = self._gold.hr_version()

    def has_moved(self) -> bool:
        """Whether the day, config.yml or gold's HR data are others than this was begun with."""
        parameters = _parameters(self._settings)
        if (self._parameters, self.today) != (parameters, _today(self._settings, parameters)):
            return True
        return self._hr_version is not None and self._hr_version != self._gold.hr_version()

    @cached_property
    def _gold(self) -> Gold:
        from sportdata.adapters.checked_gold import Gold  # noqa: PLC0415 - pandas

        return Gold(self._settings.lake)

    @cached_property
    def _gold_activities(self) -> pd.DataFrame:
        return self._gold.activities(self._limits(self._gold.labels()), self.today, self._parameters.window_days)

    def _limits(self, labels: list[str | None]) -> list[SportLimits]:
        return list(sport_limits(self._catalogue, labels))

    def verdict(self, validation: Validation, suite: Suite, table: str) -> Verdict:
        """Raises BrokenWorld when the table cannot be read, WrongUse when nothing of it is such a view."""
        if (suite.view, table) == ("activites", ACTIVITIES):
            return self._pushed_down(validation, suite)
        frames: dict[tuple[str, str], Callable[[], pd.DataFrame]] = {
            ("rythme", ACTIVITIES): lambda: self._rhythm(checked_postgres.activities_by_day(self._settings, self.today, LOOK_BACK_DAYS)),
            ("rythme", "gold.activites"): lambda: self._rhythm(self._gold.activities_by_day(self.today, LOOK_BACK_DAYS)),
            ("activites", "gold.activites"): lambda: self._gold_activities,
            ("eligibilites", "gold.eligibilites"): lambda: self._gold.eligibilites(self.today, self._parameters),
            ("anomalies", "gold.anomalies"): self._gold.anomalies,
            ("kpis", "gold.kpis"): self._gold.kpis,
        }
        if (suite.view, table) not in frames:
            known = ", ".join(f"{view} of {name}" for view, name in [("activites", ACTIVITIES), *frames])
            raise WrongUse(f"the suite {suite.name} asks for {suite.view} of {table}; there are: {known}")
        return validation.on_frame(suite, table, frames[suite.view, table]())

    def _pushed_down(self, validation: Validation, suite: Suite) -> Verdict:
        settings = self._settings
        limits = self._limits(checked_postgres.labels(settings))
        query = checked.activities_query(
            checked.POSTGRES_ACTIVITIES, checked.POSTGRES_EMPLOYEES, limits, self.today, self._parameters.window_days
        )
        address = f"{checked_postgres.ROLE}@{settings.host_of('postgres')}:{settings.port('postgres')}/{settings.database}"
        return validation.on_postgres(suite, ACTIVITIES, address, partial(checked_postgres.open_connection, settings), query)

    def _rhythm(self, by_day: dict[date, int]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - a second

        return pd.DataFrame([rhythm(by_day, self.today)._asdict()])


def _today(settings: Settings, parameters: Parameters) -> date:
    return parameters.date_reference or today_in_paris(wall_clock(settings)())


def _parameters(settings: Settings) -> Parameters:
    try:
        return read_parameters(settings.config.read_text(encoding="utf-8"), str(settings.config))
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenWorld(f"{settings.config} cannot be read: {error}; it holds date_reference and the window") from error
