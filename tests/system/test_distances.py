"""maps.py and PostgreSQL: what is asked again, what is kept and for how long, and what a person at the command line reads."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from sportdata.contracts.distances import LONGEST_KM
from sportdata.jobs.expired import LOOK_EVERY_S, ExpiredDistances
from tests.system import estimates
from tests.system.company import company
from tests.system.conftest import OFFSET, Stack
from tests.unit.google_server import A_DAY, MATRIX, ROUTES, Google, serve

KEY = "AIzaSy-system-test-0123456789"
METRES = 4321


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with company(tmp_path_factory.mktemp("distances"), OFFSET + 800) as running:
        running.run("maps.py")
        estimates.keep(running.settings)
        yield running


@pytest.fixture
def google(stack: Stack) -> Iterator[Google]:
    """Google, while every employee has a fresh estimate."""
    estimates.put_back(stack.settings)
    with serve(metres=lambda _: METRES) as server:
        yield server


def query(stack: Stack, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(stack.settings.dsn("sportdata_hr")) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def maps(stack: Stack, google: Google, *arguments: str, expect: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    before = dict(stack.environment)
    stack.environment |= {"GOOGLE_MAPS_API_KEY": KEY, "SPORTDATA_GOOGLE_URL": google.url, **more}
    try:
        done = stack.run("maps.py", *arguments, expect=expect)
    finally:
        stack.environment = before
    assert KEY not in done.stdout + done.stderr
    return done


def origins(google: Google) -> int:
    return sum(len(request["asked"]["origins"]) for request in google.asked(ROUTES))


def by_provider(stack: Stack) -> dict[object, object]:
    return dict(query(stack, "SELECT fournisseur, count(*) FROM hr.distances GROUP BY 1"))  # type: ignore[arg-type]


def test_google_replaces_estimates_once_and_asks_again_for_who_moved_alone(stack: Stack, google: Google) -> None:
    first = maps(stack, google, "--provider", "google", "--yes").stdout
    assert "at most" in first and "EUR" in first
    assert by_provider(stack) == {"google": 161}
    google.received.clear()
    assert "nothing to ask Google" in maps(stack, google, "--provider", "google", "--yes").stdout
    assert google.received == []
    ((who, was),) = query(stack, "SELECT employee_id, adresse FROM hr.employes WHERE actif ORDER BY employee_id LIMIT 1")
    query(stack, "UPDATE hr.employes SET adresse = '99 Rue Neuve, 34470 Pérols' WHERE employee_id = %s", who)
    try:
        maps(stack, google, "--provider", "google", "--yes")
        assert [request["asked"]["origins"] for request in google.received] == [[{"waypoint": {"address": "99 Rue Neuve, 34470 Pérols"}}]]
    finally:
        query(stack, "UPDATE hr.employes SET adresse = %s WHERE employee_id = %s", was, who)


def test_a_quota_leaves_what_was_done_and_the_next_run_asks_for_the_rest(stack: Stack, google: Google) -> None:
    def metres(_: str) -> int:
        google.always[ROUTES] = A_DAY  # from the second request on
        return METRES

    google.metres = metres
    done = maps(stack, google, "--provider", "google", "--yes", expect=2)
    assert "quota" in done.stderr and "are kept" in done.stderr and done.stderr.count("\n") == 1
    kept = by_provider(stack)
    assert 0 < int(str(kept["google"])) < 161 and int(str(kept["google"])) + int(str(kept["estimate"])) == 161
    google.always.clear()
    google.received.clear()
    google.metres = lambda _: METRES
    maps(stack, google, "--provider", "google", "--yes")
    assert by_provider(stack) == {"google": 161}
    assert origins(google) <= int(str(kept["estimate"]))


def test_what_google_said_is_kept_no_longer_than_the_setting_says(stack: Stack, google: Google) -> None:
    maps(stack, google, "--provider", "google", "--yes")
    old = [row[0] for row in query(stack, "SELECT employee_id FROM hr.distances ORDER BY 1 LIMIT 3")]
    query(stack, "UPDATE hr.distances SET calcule_le = now() - interval '31 days' WHERE employee_id = ANY(%s)", old)
    google.received.clear()
    again = maps(stack, google, "--provider", "google", "--yes")
    assert origins(google) == 3 and "all replaced" in again.stdout
    query(stack, "UPDATE hr.distances SET calcule_le = now() - interval '31 days' WHERE employee_id = ANY(%s)", old)
    assert by_provider(stack) == {"google": 161}
    google.always = {ROUTES: A_DAY, MATRIX: A_DAY}
    maps(stack, google, "--provider", "google", "--yes", expect=2)
    assert by_provider(stack) == {"google": 158}  # Google did not answer: they are not kept for that
    google.always.clear()
    maps(stack, google, "--provider", "google", "--yes")
    query(stack, "UPDATE hr.distances SET calcule_le = now() - interval '31 days' WHERE employee_id = ANY(%s)", old)
    said = stack.run("maps.py").stdout
    assert "3 distances of Google are older than 30 days (SPORTDATA_GOOGLE_KEEP_DAYS): 3 replaced by estimates, 0 deleted" in said
    assert all(str(employee_id) in said for employee_id in old)
    assert by_provider(stack) == {"google": 158, "estimate": 3}
    google.received.clear()
    query(stack, "UPDATE hr.distances SET calcule_le = now() - interval '29 days 1 hour' WHERE employee_id = ANY(%s)", old)
    query(stack, "UPDATE hr.distances SET fournisseur = 'google' WHERE employee_id = ANY(%s)", old)
    maps(stack, google, "--provider", "google", "--yes")
    assert origins(google) == 3  # a day before they go
    assert maps(stack, google, SPORTDATA_GOOGLE_KEEP_DAYS="0").returncode == 0
    assert by_provider(stack) == {"estimate": 161}


def test_what_is_too_old_goes_where_nobody_runs_maps_and_status_says_whose(stack: Stack, google: Google) -> None:
    maps(stack, google, "--provider", "google", "--yes")
    old = [row[0] for row in query(stack, "SELECT employee_id FROM hr.distances ORDER BY 1 LIMIT 3")]
    query(stack, "UPDATE hr.distances SET calcule_le = now() - interval '31 days' WHERE employee_id = ANY(%s)", old)
    seconds = 0.0
    expired = ExpiredDistances(stack.settings, lambda: seconds)
    expired.look()
    assert by_provider(stack) == {"google": 158}
    (notice,) = expired.notices
    assert "3 distances of Google were older than 30 days (SPORTDATA_GOOGLE_KEEP_DAYS) and are deleted: run maps.py" in notice
    assert all(str(employee_id) in notice for employee_id in old)
    stack.run("maps.py")
    expired.look()
    assert expired.notices == [notice]  # it is not asked again before its hour
    seconds = LOOK_EVERY_S
    expired.look()
    assert expired.notices == []
    query(stack, "UPDATE hr.distances SET calcule_le = NULL WHERE fournisseur = 'google'")
    data = stack.settings.home.parent / "data"
    done = stack.run("load-hr", "--rh", str(data / "donnees_rh.xlsx"), "--sport", str(data / "donnees_sportives.xlsx"))
    assert "158 of Google's distances were too old to be kept" in done.stdout
    assert by_provider(stack) == {"estimate": 3}


def test_what_was_recorded_or_entered_by_hand_is_not_asked_for(stack: Stack, google: Google, tmp_path: Path) -> None:
    people = query(stack, "SELECT employee_id, moyen_deplacement FROM hr.employes WHERE actif ORDER BY employee_id LIMIT 2")
    (recorded, mode), (by_hand, _) = people
    (tmp_path / "d.csv").write_text(f"employee_id,mode,distance_km\n{recorded},{mode},3.21\n", encoding="utf-8")
    stack.run("maps.py", "--provider", "recorded", "--file", str(tmp_path / "d.csv"))
    query(
        stack,
        "UPDATE hr.distances SET distance_m = 77, fournisseur = NULL, empreinte_adresse = NULL, calcule_le = NULL WHERE employee_id = %s",
        by_hand,
    )
    maps(stack, google, "--provider", "google", "--yes")
    kept = query(stack, "SELECT distance_m FROM hr.distances WHERE employee_id IN (%s, %s) ORDER BY employee_id", recorded, by_hand)
    assert kept == [(3210,), (77,)]
    assert by_provider(stack) == {"google": 159, "recorded": 1, None: 1}


def test_nobody_to_ask_is_wrong_use_and_too_expensive_as_well(stack: Stack, google: Google) -> None:
    done = maps(stack, google, "--provider", "google", expect=2)
    assert "--yes" in done.stderr and done.stderr.count("\n") == 1
    done = maps(stack, google, "--provider", "google", "--yes", "--max-cost", "0.01", expect=2)
    assert "more than --max-cost 0.01: nothing was asked" in done.stderr
    for arguments in (("--max-cost", "1"), ("--yes",), ("--file", "x.csv")):
        assert "go with --provider" in maps(stack, google, *arguments, expect=2).stderr or arguments[0] == "--file"
    assert maps(stack, google, "--provider", "google", "--max-cost", "nan", expect=2).stderr.endswith("invalid euros value: 'nan'\n")
    assert google.received == []
    assert by_provider(stack) == {"estimate": 161}


def test_addresses_that_nobody_finds_are_unknown_with_their_reason_and_keep_no_old_distance(stack: Stack, google: Google) -> None:
    rows = query(stack, "SELECT employee_id, adresse FROM hr.employes WHERE actif ORDER BY employee_id LIMIT 3")
    (first, _), (second, _), (third, _) = rows
    bad = {first: "12 rue des Lilas", second: "1 Rue X, 34000 Nowhere-sur-Mer", third: "Rue de la Loi 16, 1000 Bruxelles, Belgique"}
    for employee_id, address in bad.items():
        query(stack, "UPDATE hr.employes SET adresse = %s WHERE employee_id = %s", address, employee_id)
    try:
        said = stack.run("maps.py").stdout
        assert f"warning: employee {first}: no commune can be read in the address" in said
        assert f"warning: employee {second}: 'Nowhere-sur-Mer' is no known place in département 34" in said
        assert f"warning: employee {third}: no postcode, and 'Belgique' is no known place" in said
        assert by_provider(stack) == {"estimate": 158}
        google.metres = lambda address: (
            "NOT_FOUND" if "Nowhere" in address else int(LONGEST_KM) * 1000 + 1 if "Bruxelles" in address else METRES
        )
        said = maps(stack, google, "--provider", "google", "--yes").stdout
        assert f"warning: employee {second}: Google does not find the address" in said
        assert f"warning: employee {third}: Google finds it 2000 km away" in said
        # a street without a town was found somewhere: a distance that decides nothing
        assert query(stack, "SELECT distance_m, incertitude_m FROM hr.distances WHERE employee_id = %s", first) == [(METRES, 2_000_000)]
        google.received.clear()
        said = maps(stack, google, "--provider", "google", "--yes").stdout
        assert google.received == []  # only a changed address is asked again
        assert f"warning: employee {second}: Google does not find the address (asked on " in said
        assert by_provider(stack) == {"google": 159}
    finally:
        for employee_id, address in rows:
            query(stack, "UPDATE hr.employes SET adresse = %s WHERE employee_id = %s", address, employee_id)


def test_the_key_is_in_no_command_line_while_google_is_asked(stack: Stack, google: Google) -> None:
    seen: list[str] = []

    def metres(_: str) -> int:
        if not seen:
            seen.extend(" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
        return METRES

    google.metres = metres
    maps(stack, google, "--provider", "google", "--yes")
    assert any("maps.py --provider google" in line for line in seen)
    assert not any(KEY in line for line in seen)
