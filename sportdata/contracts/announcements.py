"""`slack.yml`: the sentences with which activities are announced, as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sportdata.contracts.documents import load, validated
from sportdata.errors import RefusedInput

PLACES: Final = ("personne", "de_verbe", "verbe", "effort", "seance", "Seance", "ampleur", "duree", "emoji")
ANY_FAMILY: Final = "autre"
FEWEST: Final = 3


def _with_known_places(text: str) -> str:
    try:
        fields = [field for field in Formatter().parse(text) if field[1] is not None]
    except ValueError as error:
        raise ValueError(f"a sentence in which each {{ has its }} ({error})") from error
    for _, name, form, conversion in fields:
        if name not in PLACES or form or conversion:
            raise ValueError(f"of places in braces, {', '.join(PLACES)}; not {name}")
    if "personne" not in [name for _, name, _, _ in fields]:
        raise ValueError("a sentence with {personne}")
    return text


Sentence = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_with_known_places)]
Sentences = Annotated[list[Sentence], Field(min_length=FEWEST)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    titre_liste: str = Field(min_length=1, max_length=300, pattern=r"\{nombre\}", description="a title that holds {nombre}")
    ligne_liste: Sentence = Field(description="one line of a list, with {personne}")
    familles: dict[str, Sentences] = Field(description=f"for each family of sports.yml and for {ANY_FAMILY}, {FEWEST} sentences or more")


@dataclass(frozen=True)
class Templates:
    """Sentences by family; `ANY_FAMILY` serves families that have none of their own, and unknown sports."""

    list_title: str
    list_line: str
    families: dict[str, tuple[str, ...]]

    def of(self, family: str) -> tuple[str, ...]:
        return self.families.get(family) or self.families[ANY_FAMILY]


def read_templates(text: str, where: str) -> Templates:
    """The templates of a `slack.yml`. Raises RefusedInput that says which file, key and value, and what is allowed."""
    read = validated(_File, load(text, where), where)
    families = {name: tuple(sentences) for name, sentences in read.familles.items()}
    if ANY_FAMILY not in families:
        raise RefusedInput(f"{where}: familles.{ANY_FAMILY} is missing; allowed: sentences for sports without a family of their own")
    return Templates(read.titre_liste, read.ligne_liste, families)
