"""The HR editions take names from PostgreSQL as the HR role; the default ones do without it."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import psycopg

from sportdata.rules.spreadsheet import from_csv_text
from tests.system.conftest import Stack


def test_an_hr_export_joins_the_names_that_postgres_has(year: Stack, tmp_path: Path) -> None:
    with psycopg.connect(year.settings.dsn("sportdata_hr")) as connection:
        names = {row[0]: row[1:] for row in connection.execute("SELECT employee_id, nom, prenom FROM hr.employes WHERE actif")}
    said = year.run("export", "--format", "csv", "--hr", "--out", str(tmp_path)).stdout
    assert "keep it so" in said and "does not show" not in said
    with (tmp_path / "eligibilites-rh.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {int(row["ID salarié"]): (from_csv_text(row["Nom"]), from_csv_text(row["Prénom"])) for row in rows} == names
    primes = sum(Decimal(row["Montant de la prime (€)"].replace(",", ".")) for row in rows)
    assert str(primes) == year.kpis()["prime_total_eur"]


def test_a_report_and_a_workbook_of_a_real_gold_hold_its_total_and_no_name(year: Stack, tmp_path: Path) -> None:
    year.run("report", "--out", str(tmp_path / "r.html"))
    year.run("export", "--out", str(tmp_path / "x"), "--activities")
    [book] = (tmp_path / "x").iterdir()
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    total = year.kpis()["prime_total_eur"]
    assert f"{Decimal(total):,.2f}".replace(",", "\u202f").replace(".", ",") in html
    with psycopg.connect(year.settings.dsn("sportdata_hr")) as connection:
        names = [row[0] for row in connection.execute("SELECT nom FROM hr.employes") if len(row[0].strip()) > 4]
    assert names and not any(name.strip() in html for name in names)
    assert book.suffix == ".xlsx"
