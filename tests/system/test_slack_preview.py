"""Without a token: the same pipeline, shown on a page of this machine."""

from __future__ import annotations

import json
import os
import secrets
import signal
import urllib.request

import psycopg

from tests.system.conftest import Stack
from tests.waiting import until


def page(stack: Stack) -> str:
    url = json.loads(stack.run("env", "--json").stdout)["SLACK_PREVIEW_URL"]
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return str(answer.read().decode())


def test_the_page_shows_what_the_generator_said_it_would(stack: Stack) -> None:
    number, _, said = stack.run("strava_generator1.py").stdout.strip().partition(": ")
    assert number.isdigit()
    shown = said.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;")
    until(lambda: shown in page(stack) or said in page(stack), 30)


def test_what_people_typed_is_text_on_the_page(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        connection.execute(
            """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s, commentaire)
               SELECT min(employee_id), now(), 'Judo', 3600, '<script>alert(1)</script> cri unique' FROM hr.employes WHERE actif"""
        )
    until(lambda: "cri unique" in page(stack), 30)
    assert "<script>alert" not in page(stack)


def test_in_preview_too_a_kill_neither_loses_nor_doubles(stack: Stack) -> None:
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
        try:
            shown = page(stack)
        except OSError:  # it is being started again
            return False
        return all(shown.count(f"{mark} {part}") == 1 for part in range(3))

    until(shows_each_once, 60)
    assert stack.status()["components"]["slack"]["state"] == "ready"
    assert "preview" in stack.status()["components"]["slack"]["detail"]
    assert stack.run("slack", "status").stdout.startswith("preview")
