"""`sports.yml`: the catalogue of sports as people write it."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sportdata.contracts.documents import load, validated
from sportdata.errors import RefusedInput
from sportdata.rules.sports import Catalogue, Saison, Sport

Number = TypeVar("Number", int, float)


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _ordered(value: tuple[Number, Number]) -> tuple[Number, Number]:
    if value[0] > value[1]:
        raise ValueError("the lowest comes first")
    return value


Text = Annotated[str, Field(pattern=r"\S")]
Speed = Annotated[float, BeforeValidator(_not_bool), Field(gt=0, le=1000, allow_inf_nan=False)]
Speeds = Annotated[tuple[Speed, Speed], BeforeValidator(_pair), AfterValidator(_ordered)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Durations = Annotated[tuple[Minutes, Minutes], BeforeValidator(_pair), AfterValidator(_ordered)]


class _Sport(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    famille: Text = Field(description="a word")
    synonymes: list[Text] = Field(description="a list of names, [] for none")
    verbe: Text = Field(description="what follows « tu viens de »")
    seance: str = Field(pattern=r"^une? \S", description="a noun with « un » or « une »")
    emoji: Text = Field(description="an emoji")
    distance: bool = Field(description="true or false")
    vitesse_max_kmh: Speed | None = Field(description="km/h above 0 up to 1000, or null without a distance")
    vitesse_kmh: Speeds | None = Field(description="[lowest, highest] in km/h, or null without a distance")
    duree_min: Durations = Field(description="[lowest, highest] in whole minutes, 1 to 1440")
    saison: Saison = Field(description="toute, ete or hiver")

    @model_validator(mode="after")
    def _speeds_go_with_a_distance(self) -> _Sport:
        if self.distance != (self.vitesse_max_kmh is not None) or self.distance != (self.vitesse_kmh is not None):
            raise ValueError("vitesse_max_kmh and vitesse_kmh where distance is true, both null where it is false")
        if self.vitesse_kmh and self.vitesse_max_kmh and self.vitesse_kmh[1] > self.vitesse_max_kmh:
            raise ValueError("a vitesse_kmh within vitesse_max_kmh")
        return self


def read_sports(text: str, where: str) -> Catalogue:
    """The catalogue of a `sports.yml`: one block a sport, its name as the key.

    Raises RefusedInput that says which file (`where`), sport, key and value, and what is allowed; likewise when one name,
    case and accents aside, stands for two sports.
    """
    sports: list[Sport] = []
    for nom, block in load(text, where).items():
        read = validated(_Sport, block, f"{where}: {nom}")
        sports.append(Sport(nom=nom, **(read.model_dump() | {"synonymes": tuple(read.synonymes)})))
    if not sports:
        raise RefusedInput(f"{where}: found {{}}; allowed: at least one sport")
    try:
        return Catalogue(sports)
    except ValueError as error:
        raise RefusedInput(f"{where}: {error}; allowed: each name once, case and accents aside") from error
