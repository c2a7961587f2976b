"""The estimates of a delivery, worked out once and put back as often as tests need them."""

from __future__ import annotations

import psycopg

from sportdata.settings import Settings


def keep(settings: Settings) -> None:
    with psycopg.connect(settings.dsn("postgres")) as connection:
        connection.execute("CREATE TABLE public.as_estimated AS TABLE hr.distances")


def put_back(settings: Settings) -> None:
    with psycopg.connect(settings.dsn("postgres")) as connection:
        connection.execute("TRUNCATE hr.distances")
        connection.execute("INSERT INTO hr.distances TABLE public.as_estimated")
