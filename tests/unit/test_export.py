"""`sportdata export`: a workbook, CSV and Parquet of one batch; texts are never formulas; names only where they were asked for."""

from __future__ import annotations

import csv
import os
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from rich.console import Console

from sportdata.adapters import delta, edition_xlsx
from sportdata.adapters.gold_snapshot import GoldSnapshot
from sportdata.adapters.kpis_history import NAMES
from sportdata.adapters.whole_files import written_whole
from sportdata.contracts.editions import ACTIVITIES_SHEET, FORMATS, SHEETS, Format
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, ELIGIBILITES, KPIS, KPIS_HISTORIQUE
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import export
from sportdata.local.export import Wanted, run_export
from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE
from sportdata.rules.spreadsheet import CELL_LIMIT, cell_text, csv_text, from_csv_text
from sportdata.settings import Settings
from tests.unit.gold_lake import BATCH, EVIL_BU, HOSTILE, NOW, TODAY, GoldLake

BEGINNINGS = ("=", "+", "-", "@", "＝")
BOOK = f"sport-data-{TODAY}.xlsx"


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    return GoldLake(tmp_path_factory.mktemp("gold") / "lake")


@pytest.fixture
def own(tmp_path: Path) -> GoldLake:
    """One to change."""
    return GoldLake(tmp_path / "home" / "lake", people=6, activities=3)


def settings_of(lake: GoldLake) -> Settings:
    return Settings(home=lake.lake.parent, runtime="containers")  # wherever it runs, the lake is here


def export_to(lake: GoldLake, folder: Path, form: Format, **more: Any) -> str:
    console = Console(record=True, width=300, file=Path(os.devnull).open("w"))  # noqa: SIM115
    assert run_export(settings_of(lake), Wanted(form, folder, **more), console, NOW) == 0
    return console.export_text()


def names_given(monkeypatch: pytest.MonkeyPatch, lake: GoldLake) -> None:
    monkeypatch.setattr(export, "read_names", lambda _: lake.names)


def csv_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened, delimiter=";"))


@pytest.fixture(scope="module")
def book(gold: GoldLake, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("book")
    export_to(gold, folder, "xlsx", with_activities=True)
    return load_workbook(folder / BOOK)


def column(book: Any, sheet: str, header: str) -> list[Any]:
    place = [cell.value for cell in book[sheet][1]].index(header)
    return [row[place] for row in book[sheet].iter_rows(min_row=2)]


def test_the_totals_of_the_workbook_are_those_of_gold_kpis_to_the_cent(gold: GoldLake, book: Any) -> None:
    said = {row[0].value: row[1].value for row in book["Synthèse"].iter_rows(min_row=3) if len(row) > 1}
    for name, label in (("prime_total_eur", "Primes sportives"), ("wellness_days", "Journées bien-être"), ("employees", "Salariés actifs")):
        assert Decimal(str(said[label])) == gold.kpis[name]
    primes = sum(Decimal(str(cell.value)) for cell in column(book, "Éligibilités", "Montant de la prime (€)"))
    pending = sum(Decimal(str(cell.value)) for cell in column(book, "Éligibilités", "Montant en attente (€)"))
    assert (primes, pending) == (gold.kpis["prime_total_eur"], gold.kpis["pending_eur"]) and primes > 0 < pending
    assert said["Taux de la prime (part du salaire brut annuel)"] == 0.05 and said["Situation au"] == datetime(2026, 6, 15)


def test_every_sheet_is_there_with_french_headers_a_frozen_one_and_filters(gold: GoldLake, book: Any) -> None:
    assert book.sheetnames == ["Synthèse", *(sheet.title for sheet in SHEETS), ACTIVITIES_SHEET.title]
    for sheet in (*SHEETS, ACTIVITIES_SHEET):
        shown = book[sheet.title]
        assert [cell.value for cell in shown[1]] == [one.header for one in sheet.columns]
        assert shown.freeze_panes == "A2" and shown.auto_filter.ref == shown.dimensions
        rows = pa.table(delta.open_table(gold.lake, sheet.table).to_pyarrow_table())
        if sheet.table == KPIS_HISTORIQUE:
            rows = rows.filter(pc.is_null(rows["reported_to"]))
        assert shown.max_row - 1 == len(rows) > 0


def test_values_are_typed_and_formatted(book: Any) -> None:
    for header, kind, form in (
        ("Montant de la prime (€)", "n", '#,##0.00\\ "€"'), ("Situation au", "d", "dd/mm/yyyy"), ("Prime sportive", "b", "General"),
        ("Dernière activité (heure de Paris)", "d", "dd/mm/yyyy\\ hh:mm:ss"), ("ID salarié", "n", "0"),
    ):  # fmt: skip
        cells = [cell for cell in column(book, "Éligibilités", header) if cell.value is not None]
        assert cells and {(cell.data_type, cell.number_format) for cell in cells} == {(kind, form)}
    assert {cell.value.hour for cell in column(book, "Activités", "Début (heure de Paris)")} == {18}


def test_no_cell_of_the_workbook_is_a_formula(gold: GoldLake, book: Any) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    comments = {cell.value: cell.quotePrefix for cell in column(book, "Activités", "Commentaire")}
    assert set(comments) == {cell_text(text).replace("\r", "\n") for text in HOSTILE}  # XML has one end of line
    assert all(comments[text] for text in HOSTILE if text[0] in "=+-@\t") and not comments["Nîmes – 10 %"]
    assert EVIL_BU in {cell.value for cell in column(book, "Éligibilités", "BU")}


def test_a_sheet_that_cannot_hold_its_rows_is_refused_before_anything_is_written(
    gold: GoldLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition_xlsx.check_rows("Activités", 1_048_575)
    with pytest.raises(WrongUse, match=r"Activités: 1048576 rows.*take --format csv or parquet"):
        edition_xlsx.check_rows("Activités", 1_048_576)
    monkeypatch.setattr(edition_xlsx, "MOST_ROWS", 10)
    with pytest.raises(WrongUse, match="take --format csv"):
        export_to(gold, tmp_path / "out", "xlsx")
    assert not (tmp_path / "out").exists()


def test_the_same_gold_gives_the_same_bytes(gold: GoldLake, tmp_path: Path) -> None:
    for form in FORMATS:
        for folder in ("a", "b"):
            export_to(gold, tmp_path / folder, form)
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert len(files) == 1 + 8 + 9
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_csv_is_what_excel_opens_in_french_and_comes_back_as_it_was(gold: GoldLake, tmp_path: Path) -> None:
    export_to(gold, tmp_path, "csv", with_activities=True)
    assert (tmp_path / "eligibilites.csv").read_bytes().startswith("\ufeffID salarié;BU;".encode())
    rows = csv_rows(tmp_path / "eligibilites.csv")
    assert sum(Decimal(row["Montant de la prime (€)"].replace(",", ".")) for row in rows) == gold.kpis["prime_total_eur"]
    assert {row["Prime sportive"] for row in rows} == {"VRAI", "FAUX"} and {row["Situation au"] for row in rows} == {"2026-06-15"}
    comments = [row["Commentaire"] for row in csv_rows(tmp_path / "activites.csv")]
    assert [from_csv_text(text) for text in comments] == [one["commentaire"] for one in gold.done]
    for file in tmp_path.glob("*.csv"):
        for row in csv_rows(file):
            assert not any(
                value.lstrip().startswith(("=", "+", "-", "@", "＝")) or value[:1] in "\t\r\n" for value in row.values() if value
            )
    summary = {row["Libellé"]: row["Valeur"] for row in csv_rows(tmp_path / "synthese.csv")}
    assert summary["Primes sportives"] == str(gold.kpis["prime_total_eur"]).replace(".", ",") and summary["Lot de données"] == str(BATCH)


@given(st.text(alphabet="a'=+-@＝ ,;|\t\r\n\"1é"))
def test_a_text_comes_back_from_a_csv_and_begins_no_cell_whatever_the_separator(text: str) -> None:
    marked = csv_text(text)
    assert from_csv_text(marked) == text
    for separator in ",;|\t\n\r":
        cells = marked.replace('"', separator).split(separator)
        assert not any(cell.lstrip()[:1] in tuple("=+-@＝") for cell in cells)


def test_ordinary_words_stay_as_they_are() -> None:
    for text in (
        "Randonnée de St Guilhem le désert, je vous la conseille c'est top",
        "10 km - 46 min",
        "R&D",
        "",
        "Vélo/Trottinette/Autres",
    ):
        assert csv_text(text) == text == cell_text(text)
    assert len(cell_text("x" * 40_000)) == CELL_LIMIT and cell_text("\x00a\x1f") == "�a�"


def test_parquet_has_gold_s_own_columns_types_and_rows(gold: GoldLake, tmp_path: Path) -> None:
    export_to(gold, tmp_path, "parquet", with_activities=True)
    for table in (ELIGIBILITES, ACTIVITES, KPIS):
        found = pq.read_table(tmp_path / f"{table.name}.parquet")
        source = pa.table(delta.open_table(gold.lake, table).to_pyarrow_table())
        assert {field.name: field.type for field in found.schema} == {field.name: field.type for field in delta.arrow_schema(table)}
        key = table.columns[0].name
        names = sorted(found.column_names)
        assert found.select(names).sort_by(key).to_pylist() == source.select(names).sort_by(key).to_pylist()
    assert found.schema.field("prime_total_eur").metadata == {b"comment": b"Sum of montant_prime_euros"}


def test_days_that_no_spreadsheet_knows_stop_nothing(own: GoldLake, tmp_path: Path) -> None:
    odd = [{**own.done[0], "jour": date(1, 1, 2), "date_debut": datetime(1899, 1, 1), "distance_m": float("inf")}]
    own.write(ACTIVITES, odd)
    for form in FORMATS:
        export_to(own, tmp_path / "out", form, with_activities=True)
    [row] = csv_rows(tmp_path / "out" / "activites.csv")
    assert (row["Jour"], row["Début (heure de Paris)"], row["Distance (m)"]) == ("hors calendrier", "hors calendrier", "inf")


def everything(folder: Path) -> str:
    """All bytes of all files as text, with those inside of workbooks."""
    found = []
    for file in folder.rglob("*"):
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as archive:
                found += [archive.read(name) for name in archive.namelist()]
        elif file.suffix == ".parquet":
            found.append(str(pq.read_table(file).to_pylist()).encode() + str(pq.read_schema(file)).encode())
        found.append(file.read_bytes())
    return b"\n".join(found).decode("utf-8", "ignore")


def test_the_default_edition_has_no_name_and_no_address(gold: GoldLake, tmp_path: Path) -> None:
    for form in FORMATS:
        export_to(gold, tmp_path, form, with_activities=True)
    text = everything(tmp_path)
    hidden = {part for name in gold.names.values() for part in name if part and len(part) > 3} | set(gold.addresses)
    assert len(hidden) > 40 and [word for word in hidden if word in text] == []
    assert str(tmp_path) not in text


@pytest.mark.parametrize("form", FORMATS)
def test_the_hr_edition_names_people_and_is_open_to_its_owner_alone(
    gold: GoldLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    names_given(monkeypatch, gold)
    said = export_to(gold, tmp_path, form, is_hr=True)
    assert "holds names" in said
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert all("-rh" in file.name for file in tmp_path.iterdir())
    if form == "csv":
        rows = csv_rows(tmp_path / "eligibilites-rh.csv")
        assert {int(row["ID salarié"]): (from_csv_text(row["Nom"]), row["Prénom"]) for row in rows} == gold.names
    text = everything(tmp_path)
    assert all(name in text for name, _ in gold.names.values() if name and "'" not in name) and not any(
        one in text for one in gold.addresses
    )


def test_tables_that_a_later_batch_has_begun_to_write_are_read_as_they_were(own: GoldLake, tmp_path: Path) -> None:
    before = delta.read(own.lake, ELIGIBILITES)
    own.write(ELIGIBILITES, [{**row, "bu": "later", "batch_id": BATCH + 1} for row in before])
    own.write(ANOMALIES, [{"objet": "later", "batch_id": BATCH + 1}])
    found = GoldSnapshot(own.lake, [ELIGIBILITES, ANOMALIES])
    assert {row["bu"] for row in found.rows(ELIGIBILITES)} == {row["bu"] for row in before} and found.batch_of(ELIGIBILITES) == BATCH
    assert "later" not in {row["objet"] for row in found.rows(ANOMALIES)}


def test_a_gold_of_two_batches_is_refused(own: GoldLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sportdata.adapters.gold_snapshot.PAUSE_S", 0)
    own.write(KPIS, [{**own.kpis, "batch_id": BATCH + 1}])
    with pytest.raises(BrokenWorld, match="are of two batches; try again"):
        GoldSnapshot(own.lake, [ELIGIBILITES])


def test_a_history_that_trails_is_said(own: GoldLake, tmp_path: Path) -> None:
    assert "warning" not in export_to(own, tmp_path / "a", "csv", with_activities=True)
    own.write(KPIS, [{**own.kpis, "activities": 1}])
    said = export_to(own, tmp_path / "b", "csv", with_activities=True)
    assert "gold.kpis_historique does not show the last batch yet" in said and "gold.activites does not" in said


@pytest.mark.parametrize("figure", NAMES)
def test_a_history_that_differs_from_gold_kpis_in_any_figure_is_warned_of(own: GoldLake, tmp_path: Path, figure: str) -> None:
    own.write(KPIS, [{**own.kpis, figure: own.kpis[figure] + 1}])
    assert "gold.kpis_historique does not show the last batch yet" in export_to(own, tmp_path, "csv")


def test_somebody_hired_later_does_not_make_the_history_trail(tmp_path: Path) -> None:
    own = GoldLake(tmp_path / "home" / "lake", people=60, to_come=50)
    to_come = [row for row in delta.read(own.lake, ELIGIBILITES) if own.somebody[row["employee_id"]].hired]
    columns = ("montant_prime_euros", "montant_en_attente_euros", "nb_activites", "nb_jours_bien_etre")
    assert all(sum(row[name] for row in to_come) for name in columns)  # each figure would differ
    assert {row["declaration_etat"] for row in to_come} >= {INCORRECTE, A_VERIFIER, INCONNUE}
    assert "warning" not in export_to(own, tmp_path / "a", "csv", with_activities=True)
    own.write(KPIS, [{**own.kpis, "wellness_days": own.kpis["wellness_days"] + 5}])
    assert "gold.kpis_historique does not show the last batch yet" in export_to(own, tmp_path / "b", "csv")


def test_a_lake_without_gold_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BrokenWorld, match="gold has not published anything yet"):
        run_export(Settings(home=tmp_path, runtime="containers"), Wanted("csv", tmp_path / "out"), Console(quiet=True))
    assert not (tmp_path / "out").exists()


def test_beside_containers_it_says_what_to_do(gold: GoldLake, tmp_path: Path) -> None:
    beside = Settings(home=gold.lake.parent, secrets=tmp_path)
    with pytest.raises(BrokenWorld, match="docker compose run"):
        run_export(beside, Wanted("csv", tmp_path), Console(quiet=True))


def test_what_is_interrupted_leaves_the_old_file_and_nothing_beside_it(
    gold: GoldLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / BOOK).write_text("old")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export._Shown, "__call__", stop)
    for form in FORMATS:
        with pytest.raises(KeyboardInterrupt):
            export_to(gold, tmp_path, form)
    assert [file.name for file in tmp_path.iterdir()] == [BOOK] and (tmp_path / BOOK).read_text() == "old"
    monkeypatch.undo()
    export_to(gold, tmp_path, "xlsx")
    assert zipfile.is_zipfile(tmp_path / BOOK)


def test_a_folder_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongUse, match="cannot be written"), written_whole([tmp_path / "file" / "x.csv"], False):
        pass
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(WrongUse, match="is a folder"), written_whole([tmp_path / "x.csv"], False):
        pass
