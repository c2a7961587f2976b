"""What a delivery may hold, what is refused whole, and what is only remarked on."""

from __future__ import annotations

import unicodedata
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportdata.adapters.workbook import find_file, read_workbook, write_workbook
from sportdata.contracts.delivery import (
    ADRESSE,
    BU,
    DATE_EMBAUCHE,
    DATE_NAISSANCE,
    ID,
    JOURS_CP,
    MOYEN_DEPLACEMENT,
    NOM,
    RH_COLUMNS,
    SALAIRE_BRUT,
    SHEET,
    SPORT,
    SPORT_COLUMNS,
    Address,
    Delivery,
    Row,
    Sheet,
    Workbook,
    parse_address,
)
from sportdata.contracts.sports import read_sports
from sportdata.errors import BrokenWorld, RefusedInput, WrongUse
from sportdata.local.load_hr import load_hr
from sportdata.local.sample_delivery import write_sample
from sportdata.settings import ROOT, Settings
from sportdata.stages.cells import amount
from sportdata.stages.delivery import MOST_PROBLEMS_SHOWN, read_delivery

TODAY = date(2026, 11, 23)
CATALOGUE = read_sports((ROOT / "config" / "sports.yml").read_text(encoding="utf-8"), "sports.yml")
ANNE = dict(
    zip(
        RH_COLUMNS,
        (
            *(101.0, "Exemple", "Anne", datetime(1990, 5, 1), "Ventes", datetime(2021, 2, 1), 30940.0, "CDI", 27.0),
            *("12 Rue des Tamaris, 34970 Lattes", "Marche/running"),
        ),
        strict=True,
    )
)
BRUNO = ANNE | {ID: 102.0, NOM: "Modèle"}


def book(file: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Workbook:
    cells = [columns, *(tuple(row.get(column) for column in columns) for row in rows)]
    return Workbook(file, (Sheet(SHEET, tuple(Row(number, cell) for number, cell in enumerate(cells, 1))),))


def read(*people: dict[str, Any], sports: list[dict[str, Any]] | None = None) -> Delivery:
    sports = [{ID: 101.0, SPORT: "Tennis"}] if sports is None else sports
    return read_delivery(book("rh.xlsx", RH_COLUMNS, list(people)), book("sport.xlsx", SPORT_COLUMNS, sports), CATALOGUE, TODAY)


def refusal(*people: dict[str, Any], sports: list[dict[str, Any]] | None = None) -> str:
    with pytest.raises(RefusedInput) as refused:
        read(*people, sports=sports)
    return str(refused.value)


def warnings(*people: dict[str, Any], sports: list[dict[str, Any]] | None = None) -> list[tuple[str, int | None, str, str]]:
    return [(remark.kind, remark.row, remark.column, remark.detail) for remark in read(*people, sports=sports).warnings]


def test_a_clean_row_becomes_an_employee_without_a_warning() -> None:
    delivery = read(ANNE)
    assert delivery.warnings == ()
    (anne,) = delivery.employees
    assert (anne.employee_id, anne.salaire_brut, anne.jours_cp, anne.sport) == (101, Decimal("30940.00"), 27, "Tennis")
    assert (anne.date_naissance, anne.date_embauche) == (date(1990, 5, 1), date(2021, 2, 1))


def test_an_employee_without_a_sport_row_is_fine() -> None:
    assert [employee.sport for employee in read(ANNE, BRUNO).employees] == ["Tennis", None]


@pytest.mark.parametrize("column", RH_COLUMNS)
def test_a_missing_column_of_the_hr_workbook_is_refused_by_name(column: str) -> None:
    columns = tuple(name for name in RH_COLUMNS if name != column)
    with pytest.raises(RefusedInput, match="the column is missing") as refused:
        read_delivery(book("rh.xlsx", columns, [ANNE]), book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY)
    assert f"rh.xlsx, sheet 'Feuille 1', row 1, column {column!r}" in str(refused.value)


def test_a_missing_column_of_the_sport_workbook_is_refused_by_name() -> None:
    with pytest.raises(RefusedInput, match=r"sport\.xlsx.*Pratique d'un sport.*the column is missing"):
        read_delivery(book("rh.xlsx", RH_COLUMNS, [ANNE]), book("sport.xlsx", (ID,), [{ID: 101}]), CATALOGUE, TODAY)


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RefusedInput, match="'Salaire brut': the column is there more than once"):
        read_delivery(
            book("rh.xlsx", (*RH_COLUMNS, " SALAIRE BRUT"), [ANNE]), book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY
        )


def test_a_workbook_without_a_row_is_refused() -> None:
    assert "rh.xlsx, sheet 'Feuille 1', column 'ID salarié': empty: no row" in refusal()
    assert "sport.xlsx, sheet 'Feuille 1', column 'ID salarié': empty: no row" in refusal(ANNE, sports=[])
    with pytest.raises(RefusedInput):
        read_delivery(Workbook("rh.xlsx", ()), Workbook("sport.xlsx", ()), CATALOGUE, TODAY)


@pytest.mark.parametrize("value", [None, "abc", 12.5, 0.0, -3.0, 2.0**31, True, float("inf"), datetime(2020, 1, 1), "1e3", "١٢٣"])
def test_an_id_that_is_not_a_positive_32_bit_whole_number_is_refused(value: object) -> None:
    message = refusal(ANNE, BRUNO | {ID: value})
    assert "rh.xlsx, sheet 'Feuille 1', row 3, column 'ID salarié'" in message
    assert ("empty" if value is None else repr(value)) in message


@pytest.mark.parametrize("value", [102.0, 102, "102", " 102.0 "])
def test_an_id_may_be_typed_as_a_number_or_as_digits(value: object) -> None:
    assert read(ANNE, BRUNO | {ID: value}).employees[1].employee_id == 102


def test_a_duplicated_id_is_refused_with_both_rows() -> None:
    assert "row 3, column 'ID salarié': 101: the id is already in row 2" in refusal(ANNE, BRUNO | {ID: "101"})


@pytest.mark.parametrize("second", ["Judo", "Tennis"])
def test_a_duplicated_id_in_the_sport_workbook_is_refused(second: str) -> None:
    message = refusal(ANNE, sports=[{ID: 101, SPORT: "Tennis"}, {ID: 101, SPORT: second}])
    assert "sport.xlsx, sheet 'Feuille 1', row 3, column 'ID salarié': 101: the id is already in row 2" in message


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing"),
        ("  ", "missing"),
        (-1.0, "negative"),
        ("-30 940", "negative"),
        ("abc", "must be a number"),
        ("#N/A", "must be a number"),
        ("30.940", "must be a number"),  # thirty, or thirty thousand?
        ("30,940", "must be a number"),
        ("3 0940", "must be a number"),
        ("1e5", "must be a number"),
        ("30 940 $", "must be a number"),
        (True, "must be a number"),
        (float("nan"), "must be a number"),
        (float("inf"), "must be a number"),
        (datetime(2020, 1, 1), "must be a number"),
        (10_000_000_000.0, "above 9999999999.99"),
        (1e300, "above 9999999999.99"),
        ("30940.125", "must be a number"),
        ("1 030,940", "must be a number"),
        (9999999999.995, "above 9999999999.99"),
    ],
)
def test_a_salary_that_is_missing_negative_or_not_an_amount_is_refused(value: object, reason: str) -> None:
    message = refusal(ANNE | {SALAIRE_BRUT: value})
    assert "rh.xlsx, sheet 'Feuille 1', row 2, column 'Salaire brut'" in message
    assert reason in message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (30940, "30940.00"),
        (30940.5, "30940.50"),
        (30940.000000000004, "30940.00"),
        (0.1 + 0.2, "0.30"),
        (0, "0.00"),
        (9999999999.99, "9999999999.99"),
        ("30940", "30940.00"),
        ("30940.5", "30940.50"),
        ("30 940,00 €", "30940.00"),
        ("30\u00a0940,25\u202f€", "30940.25"),
        ("1 030 940 EUR", "1030940.00"),
    ],
)
def test_an_unambiguous_salary_is_read_exactly(value: object, expected: str) -> None:
    delivery = read(ANNE | {SALAIRE_BRUT: value})
    assert (str(delivery.employees[0].salaire_brut), delivery.warnings) == (expected, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (34021.10833333333, "34021.11"),  # =B2*1,015/12*13
        (30940.125, "30940.13"),
        (30940.001, "30940.00"),
        (34021.104999999996, "34021.11"),  # Excel shows 34021.105
        ("34021,1083 €", "34021.11"),
        (0.004, "0.00"),
    ],
)
def test_a_salary_with_more_than_cents_is_rounded_half_up_with_a_warning(value: object, expected: str) -> None:
    delivery = read(ANNE | {SALAIRE_BRUT: value})
    assert str(delivery.employees[0].salaire_brut) == expected
    said = f"rh.xlsx, sheet 'Feuille 1', row 2, column 'Salaire brut': {value!r}: rounded to {expected}"
    assert [(warning.kind, str(warning)) for warning in delivery.warnings] == [("rounded salary", said)]


@given(st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2))
def test_every_amount_of_euros_and_cents_survives_a_binary_float(typed: Decimal) -> None:
    assert amount(float(typed)) == typed


@pytest.mark.parametrize("column", [DATE_NAISSANCE, DATE_EMBAUCHE])
@pytest.mark.parametrize("value", [datetime(2026, 11, 24), "24/11/2026", "2026-11-24", "31/02/2020", "soon", 44179.0, "12/31/2020"])
def test_a_date_in_the_future_or_that_is_none_is_refused(column: str, value: object) -> None:
    assert f"rh.xlsx, sheet 'Feuille 1', row 2, column {column!r}: {value!r}" in refusal(ANNE | {column: value})


@pytest.mark.parametrize(
    "value", [datetime(2020, 12, 4), date(2020, 12, 4), "2020-12-04", "2020-12-04 00:00:00", "04/12/2020", " 4/12/2020 "]
)
def test_a_date_may_be_an_excel_date_or_text(value: object) -> None:
    assert read(ANNE | {DATE_EMBAUCHE: value}).employees[0].date_embauche == date(2020, 12, 4)


def test_whoever_is_hired_today_is_accepted() -> None:
    assert read(ANNE | {DATE_EMBAUCHE: datetime(2026, 11, 23, 8)}).employees[0].date_embauche == TODAY


def test_every_problem_is_listed_not_only_the_first() -> None:
    message = refusal(ANNE | {SALAIRE_BRUT: None}, BRUNO | {DATE_EMBAUCHE: "x"}, sports=[{ID: "y", SPORT: None}])
    assert "3 problems" in message
    assert all(place in message for place in ("row 2, column 'Salaire brut'", 'row 3, column "Date d\'embauche"', "sport.xlsx"))


def test_the_list_of_problems_is_capped() -> None:
    message = refusal(*(ANNE | {ID: 200 + number, SALAIRE_BRUT: -1} for number in range(50)))
    assert message.count("Salaire brut") == MOST_PROBLEMS_SHOWN
    assert "and 30 more" in message


def test_an_unknown_mode_is_accepted_with_a_warning() -> None:
    assert warnings(ANNE | {MOYEN_DEPLACEMENT: "Cheval"}) == [
        ("unknown mode", 2, MOYEN_DEPLACEMENT, "read as no active mode (sans_objet)"),
    ]
    assert warnings(ANNE | {MOYEN_DEPLACEMENT: None})[0][0] == "unknown mode"


@pytest.mark.parametrize(
    "mode", ["velo/trottinette/autres", "VÉLO/TROTTINETTE/AUTRES", " Transports  en commun", "Vehicule thermique/electrique"]
)
def test_a_mode_is_known_whatever_its_case_and_accents(mode: str) -> None:
    assert warnings(ANNE | {MOYEN_DEPLACEMENT: mode}) == []


def test_a_misspelt_sport_is_kept_and_said_as_what_it_was_read() -> None:
    sports = [{ID: 101, SPORT: "Runing"}]
    assert warnings(ANNE, sports=sports) == [("misspelt sport", 2, SPORT, "read as 'Course à pied'")]
    assert read(ANNE, sports=sports).employees[0].sport == "Runing"


def test_an_unknown_sport_is_accepted_with_a_warning() -> None:
    assert warnings(ANNE, sports=[{ID: 101, SPORT: "Quidditch"}])[0][0] == "unknown sport"


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("Rue des Tamaris, 34970 Lattes", "no number"),
        ("12 Rue des Tamaris, Lattes", "no postcode"),
        ("12 Rue des Tamaris, 34970", "no commune"),
        ("12 Rue des Tamaris", "no postcode, no commune"),
        (None, "no number, no postcode, no commune"),
    ],
)
def test_an_incomplete_address_is_accepted_with_a_warning(address: str | None, detail: str) -> None:
    assert warnings(ANNE | {ADRESSE: address}) == [("incomplete address", 2, ADRESSE, detail)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12 Rue X, 34970 Lattes", ("12", "34970", "Lattes")),
        ("455 route de x 34000 Montpellier", ("455", "34000", "Montpellier")),
        ("12345 Rue X, 34970 Lattes Cedex 2, France", ("12345", "34970", "Lattes")),
        ("1 Rue X, Lattes 34970", ("1", "34970", "Lattes")),
        ("34970 Lattes", (None, "34970", "Lattes")),
    ],
)
def test_the_parts_of_an_address_are_found_however_it_is_written(text: str, parts: tuple[str | None, ...]) -> None:
    assert parse_address(text) == Address(*parts)


def test_a_sport_row_of_nobody_we_know_is_left_out_with_a_warning() -> None:
    sports = [{ID: 101, SPORT: "Tennis"}, {ID: 999, SPORT: "Judo"}]
    assert warnings(ANNE, sports=sports) == [("unknown employee", 3, ID, "not in the HR workbook; the row is left out")]


def test_days_off_that_are_no_number_are_left_empty_with_a_warning() -> None:
    delivery = read(ANNE | {JOURS_CP: "beaucoup"})
    assert (delivery.employees[0].jours_cp, delivery.warnings[0].kind) == (None, "unreadable days")


def test_text_is_trimmed_and_composed() -> None:
    assert read(ANNE | {NOM: unicodedata.normalize("NFD", " Hélène\u00a0 B ")}).employees[0].nom == "Hélène B"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_headers_match_in_any_unicode_form_case_and_blanks_aside(form: Any) -> None:
    columns = tuple(f" {unicodedata.normalize(form, column).upper()}\u00a0" for column in RH_COLUMNS)
    cells = tuple(ANNE.values())
    rh = Workbook("rh.xlsx", (Sheet(SHEET, (Row(1, columns), Row(2, cells))),))
    assert len(read_delivery(rh, book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY).employees) == 1


def test_columns_may_come_in_any_order_after_others() -> None:
    columns = ("Note", *reversed(RH_COLUMNS))
    rh = book("rh.xlsx", columns, [ANNE])
    assert (
        read_delivery(rh, book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY).employees
        == read(ANNE, sports=[{ID: 101}]).employees
    )


def test_the_sheet_with_the_ids_is_read_whatever_comes_before_it() -> None:
    rh = book("rh.xlsx", RH_COLUMNS, [ANNE])
    rh = Workbook("rh.xlsx", (Sheet("Lisez-moi", (Row(1, ("Bonjour",)),)), *rh.sheets))
    assert len(read_delivery(rh, book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY).employees) == 1


def sheets(file: str, *found: Sheet) -> Workbook:
    return Workbook(file, found)


def titled(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]], is_hidden: bool = False) -> Sheet:
    return replace(book("", columns, rows).sheets[0], title=title, is_hidden=is_hidden)


SPORTS = titled("Sport", SPORT_COLUMNS, [{ID: 101, SPORT: "Tennis"}])
LAST_YEAR = ANNE | {SALAIRE_BRUT: 1.0}


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    rows = openpyxl.Workbook()
    rows.worksheets[0].title = "2024"
    rows.worksheets[0].sheet_state = "hidden"
    rows.create_sheet("2025")
    for sheet, person in zip(rows.worksheets, (LAST_YEAR, ANNE), strict=True):
        sheet.append(list(RH_COLUMNS))
        sheet.append(list(person.values()))
    rows.save(tmp_path / "rh.xlsx")
    delivery = read_delivery(read_workbook(tmp_path / "rh.xlsx"), sheets("sport.xlsx", SPORTS), CATALOGUE, TODAY)
    assert [employee.salaire_brut for employee in delivery.employees] == [Decimal("30940.00")]


def test_both_workbooks_may_be_one_with_a_sheet_each() -> None:
    both = sheets("both.xlsx", titled("RH", RH_COLUMNS, [ANNE]), SPORTS)
    assert [employee.sport for employee in read_delivery(both, both, CATALOGUE, TODAY).employees] == ["Tennis"]


def test_two_visible_sheets_with_all_columns_are_not_chosen_between() -> None:
    rh = sheets("rh.xlsx", titled("2024", RH_COLUMNS, [LAST_YEAR]), titled("2025", RH_COLUMNS, [ANNE]))
    with pytest.raises(RefusedInput, match=r"sheet '2024', .*the sheet '2025' has all the columns too: keep one of them, or hide"):
        read_delivery(rh, sheets("sport.xlsx", SPORTS), CATALOGUE, TODAY)


def test_an_empty_template_beside_the_data_is_no_second_meaning() -> None:
    rh = sheets("rh.xlsx", titled("Modèle", RH_COLUMNS, []), titled("2025", RH_COLUMNS, [ANNE]))
    assert len(read_delivery(rh, sheets("sport.xlsx", SPORTS), CATALOGUE, TODAY).employees) == 1


def test_the_sheet_with_most_columns_is_the_one_whose_missing_column_is_named() -> None:
    most = tuple(column for column in RH_COLUMNS if column != BU)
    rh = sheets("rh.xlsx", titled("Notes", (ID, BU), [ANNE]), titled("2025", most, [ANNE]), titled("Paie", (BU,), [ANNE], is_hidden=True))
    with pytest.raises(RefusedInput, match=r"1 problem\n.*sheet '2025', row 1, column 'BU': .*missing \(the sheet 'Paie' has it"):
        read_delivery(rh, sheets("sport.xlsx", SPORTS), CATALOGUE, TODAY)


@pytest.mark.parametrize("content", [b"", b"ID;Nom\n1;x\n", b"PK\x03\x04 cut short", b"\xd0\xcf\x11\xe0 an old .xls"])
def test_a_file_that_is_not_a_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rh.xlsx").write_bytes(content)
    with pytest.raises(RefusedInput, match="not a workbook"):
        read_workbook(tmp_path / "rh.xlsx")


def test_another_office_document_is_not_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rh.xlsx", "w") as document:
        document.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        document.writestr("word/document.xml", "<document/>")
    with pytest.raises(RefusedInput, match="not a workbook"):
        read_workbook(tmp_path / "rh.xlsx")


def test_a_workbook_cut_in_half_is_refused(tmp_path: Path) -> None:
    rh, _ = write_sample(tmp_path, employees=5, seed=1)
    rh.write_bytes(rh.read_bytes()[:2000])
    with pytest.raises(RefusedInput, match="not a workbook"):
        read_workbook(rh)


def test_a_catalogue_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "sports.yml").write_text("# équitation", encoding="latin-1")
    with pytest.raises(BrokenWorld, match=r"sports\.yml cannot be read: .*SPORTDATA_SPORTS says where it is"):
        load_hr(Settings(sports=tmp_path / "sports.yml"), tmp_path / "rh.xlsx", tmp_path / "sport.xlsx", False, print)


@pytest.mark.parametrize(("there", "asked"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFKD", "NFKC")])
def test_a_file_name_matches_in_any_unicode_form(tmp_path: Path, there: Any, asked: Any) -> None:
    file = tmp_path / unicodedata.normalize(there, "Données_salariés.xlsx")
    file.write_bytes(b"x")
    assert find_file(tmp_path / unicodedata.normalize(asked, "données_SALARIÉS .xlsx")) == file


def test_a_file_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "autre.xlsx").write_bytes(b"x")
    with pytest.raises(WrongUse, match=r"rh\.xlsx: no such file; the folder holds 'autre\.xlsx'"):
        find_file(tmp_path / "rh.xlsx")


def test_two_files_of_one_name_are_not_chosen_between(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "données.xlsx")).write_bytes(b"x")
    with pytest.raises(WrongUse, match="2 files"):
        find_file(tmp_path / "DONNÉES.xlsx")


def test_rows_keep_their_excel_numbers_past_blank_ones(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for number, cells in ((1, ("a", "b")), (4, (1, None)), (6, ("  ", None)), (9, (None, 2))):
        for column, value in enumerate(cells, 1):
            sheet.cell(number, column, value)
    book.save(tmp_path / "x.xlsx")
    assert [row.number for row in read_workbook(tmp_path / "x.xlsx").sheets[0].rows] == [1, 4, 9]


def test_a_formula_nobody_has_computed_is_a_missing_salary(tmp_path: Path) -> None:
    write_workbook(tmp_path / "rh.xlsx", SHEET, RH_COLUMNS, [tuple((ANNE | {SALAIRE_BRUT: "=1+1"}).values())])
    with pytest.raises(RefusedInput, match="'Salaire brut': empty: a salary is missing"):
        read_delivery(read_workbook(tmp_path / "rh.xlsx"), book("sport.xlsx", SPORT_COLUMNS, [{ID: 101}]), CATALOGUE, TODAY)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(employees=st.integers(1, 60), seed=st.integers(0, 10_000))
def test_a_sample_delivery_is_accepted_whole(tmp_path: Path, employees: int, seed: int) -> None:
    rh, sport = write_sample(tmp_path, employees, seed)
    delivery = read_delivery(read_workbook(rh), read_workbook(sport), CATALOGUE, TODAY)
    assert len(delivery.employees) == employees
    assert {remark.kind for remark in delivery.warnings} <= {"misspelt sport", "incomplete address"}
