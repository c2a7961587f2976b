"""Whose PostgreSQL answers at the port of a home whose own stack is down."""

from __future__ import annotations

from pathlib import Path

import psycopg

from sportdata.local import postgres
from sportdata.settings import DEMO_SECRETS, Settings
from tests.system.alone import alone
from tests.system.conftest import OFFSET


def test_the_containers_are_known_by_their_published_password_and_another_homes_stack_is_not_taken_for_them(tmp_path: Path) -> None:
    with alone(postgres.component, tmp_path / "others", OFFSET + 1600) as others:
        assert not Settings(home=tmp_path / "ours", port_offset=OFFSET + 1600).beside_containers
        published = (DEMO_SECRETS / "sportdata_writer").read_text().strip()
        with psycopg.connect(others.dsn("postgres")) as connection:
            connection.execute(psycopg.sql.SQL("ALTER ROLE sportdata_writer PASSWORD {}").format(published))
        settings = Settings(home=tmp_path / "ours", port_offset=OFFSET + 1600)
        assert settings.beside_containers
        assert settings.password("sportdata_hr").get_secret_value() == "demo-sportdata_hr"
