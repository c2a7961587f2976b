"""Without a token: the same pipeline, shown on a page of this machine."""

from __future__ import annotations

import json
import os
import secrets
import signal
import urllib.request

import psycopg
import pytest

from tests.system.conftest import Stack
from tests.waiting import until


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    return str(json.loads(stack.run("env", "--json").stdout)["SLACK_PREVIEW_URL"])


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return str(answer.read().decode())


def test_the_page_shows_what_the_generator_said_it_would(stack: Stack, url: str) -> None:
    number, _, said = stack.run("strava_generator1.py").stdout.strip().partition(": ")
    assert number.isdigit()
    shown = said.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;")
    until(lambda: {part for part in (shown, said) if part in page(url)})


def test_what_people_typed_is_text_on_the_page(stack: Stack, url: str) -> None:
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        connection.execute(
            """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s, commentaire)
               SELECT min(employee_id), now(), 'Judo', 3600, '<script>alert(1)</script> cri unique' FROM hr.employes WHERE actif"""
        )
    until(lambda: "cri unique" in page(url))
    assert "<script>alert" not in page(url)


def test_in_preview_too_a_kill_neither_loses_nor_doubles(stack: Stack, url: str) -> None:
    mark = secrets.token_hex(8)
    with psycopg.connect(stack.settings.dsn("postgres"), autocommit=True) as connection:
        for part in range(3):
            connection.execute(
                """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s, commentaire)
                   SELECT min(employee_id), now(), 'Judo', 3600, %s FROM hr.employes WHERE actif""",
                [f"{mark} {part}"],
            )
            if part == 1:
                os.kill(stack.pid("slack"), signal.SIGKILL)

    def shows_each_once() -> bool:
        shown = page(url)
        return all(shown.count(f"{mark} {part}") == 1 for part in range(3))

    until(shows_each_once)
    until(lambda: stack.status()["components"]["slack"]["state"] == "ready")
    assert "preview" in stack.status()["components"]["slack"]["detail"]
    assert stack.run("slack", "status").stdout.startswith("preview")
