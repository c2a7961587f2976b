"""The two workbooks as HR delivers them: their columns, their raw rows, and what becomes of them once accepted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

SHEET: Final = "Feuille 1"

ID: Final = "ID salarié"
NOM: Final = "Nom"
PRENOM: Final = "Prénom"
DATE_NAISSANCE: Final = "Date de naissance"
BU: Final = "BU"
DATE_EMBAUCHE: Final = "Date d'embauche"
SALAIRE_BRUT: Final = "Salaire brut"
TYPE_CONTRAT: Final = "Type de contrat"
JOURS_CP: Final = "Nombre de jours de CP"
ADRESSE: Final = "Adresse du domicile"
MOYEN_DEPLACEMENT: Final = "Moyen de déplacement"
SPORT: Final = "Pratique d'un sport"

RH_COLUMNS: Final = (
    ID,
    NOM,
    PRENOM,
    DATE_NAISSANCE,
    BU,
    DATE_EMBAUCHE,
    SALAIRE_BRUT,
    TYPE_CONTRAT,
    JOURS_CP,
    ADRESSE,
    MOYEN_DEPLACEMENT,
)
SPORT_COLUMNS: Final = (ID, SPORT)


@dataclass(frozen=True)
class Row:
    """One row that holds something, by its Excel number (from 1); cells are what Excel holds, None for an empty one."""

    number: int
    cells: tuple[object, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows that hold something, the header first; whether Excel hides it."""

    title: str
    rows: tuple[Row, ...]
    is_hidden: bool = False


@dataclass(frozen=True)
class Workbook:
    """A workbook as read: `file` is its name, for messages."""

    file: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class EmployeRow:
    """One accepted employee: the columns of `hr.employes` that a delivery decides. Text is NFC, trimmed, None when empty."""

    employee_id: int
    nom: str | None
    prenom: str | None
    date_naissance: date | None
    bu: str | None
    date_embauche: date | None
    salaire_brut: Decimal
    type_contrat: str | None
    jours_cp: int | None
    adresse: str | None
    moyen_deplacement: str | None
    sport: str | None


@dataclass(frozen=True)
class Remark:
    """Something about one cell: where it is, what it holds, and what is the matter. `row` is None for a whole sheet."""

    kind: str
    file: str
    sheet: str
    row: int | None
    column: str
    value: object
    detail: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        value = "empty" if self.value is None else repr(self.value)
        return f"{self.file}, sheet {self.sheet!r}{row}, column {self.column!r}: {value}: {self.detail}"


@dataclass(frozen=True)
class Delivery:
    """A delivery that may be loaded, and what HR should look at."""

    employees: tuple[EmployeRow, ...]
    warnings: tuple[Remark, ...]


@dataclass(frozen=True)
class Address:
    """The parts of a French address that matter; None for a part that is not there."""

    number: str | None
    postcode: str | None
    commune: str | None


def same_name(name: str) -> str:
    """The key under which headers and file names match: any Unicode normal form, case, blanks and the shape of apostrophes aside."""
    return " ".join(unicodedata.normalize("NFKC", name).replace("’", "'").casefold().split())


_POSTCODE = re.compile(r"(?<!\d)(\d{5})(?!\d)")
# what may follow the commune: "Lattes Cedex 2", "Lattes, France"
_TAIL = re.compile(r"(\bcedex\b.*|,?\s*\bfrance)\s*$", re.IGNORECASE)


def address_line(text: str | None) -> str:
    """An address in one line, without what may follow the commune."""
    return _TAIL.sub("", " ".join((text or "").split()))


def parse_address(text: str | None) -> Address:
    """The parts of `12 Rue X, 34970 Lattes`, the comma optional; without a postcode the commune is what follows the last comma."""
    whole = address_line(text)
    codes = list(_POSTCODE.finditer(whole))
    # "12345 Rue X, 34970 Lattes" begins with a house number; "34970 Lattes" with a postcode
    code = codes[-1] if codes else None
    if code:
        street, commune = whole[: code.start()], whole[code.end() :]
        if not commune.strip(" ,"):  # "1 Rue X, Lattes 34970"
            street, _, commune = street.rpartition(",")
    else:
        street, comma, commune = whole.rpartition(",")
        street, commune = (street, commune) if comma else (whole, "")
    number = re.search(r"\d+", street)
    return Address(number[0] if number else None, code[1] if code else None, commune.strip(" ,-") or None)
