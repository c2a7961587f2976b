"""PostgreSQL admits each role from the network of its component and from no other: every role from every network, and from here."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
import yaml

from sportdata.settings import ROLES, ROOT, Role
from tests.compose.conftest import PROJECT, Stack, docker
from tests.compose.policy import admissions

NETWORKS = sorted(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["networks"])
FROM_HERE = {"sportdata_writer", "sportdata_hr", "sportdata_slack", "sportdata_validator"}
TRY_ALL = """
import json, pathlib, psycopg
from sportdata.settings import ROLES
answers = {}
for role in ROLES:
    try:
        password = pathlib.Path("/run/secrets", role).read_text().strip()
        psycopg.connect(host="postgres", dbname="sportsdb", user=role, password=password, connect_timeout=5).close()
        answers[role] = "in"
    except psycopg.OperationalError as error:
        answers[role] = "no entry" if "no pg_hba.conf entry" in str(error) else str(error)
print(json.dumps(answers))
"""


def from_network(stack: Stack, network: str, script: str) -> Any:
    """What a container of ours with all passwords prints, attached to one network."""
    secrets = ["--volume", f"{stack.settings.secrets}:/run/secrets:ro"]
    image = stack.services["hr_load"]["image"]
    return json.loads(docker("run", "--rm", "--network", f"{PROJECT}_{network}", *secrets, image, "python", "-c", script).stdout)


@pytest.mark.parametrize("network", [name for name in NETWORKS if name.startswith("db_")])
def test_a_network_lets_its_own_roles_in_and_no_other(stack: Stack, composed: dict[str, Any], network: str) -> None:
    subnet = composed["networks"][network]["ipam"]["config"][0]["subnet"]
    answers = from_network(stack, network, TRY_ALL)
    assert answers == {role: "in" if role in admissions()[subnet] else "no entry" for role in ROLES}


@pytest.mark.parametrize("network", [name for name in NETWORKS if not name.startswith("db_")])
def test_from_the_other_networks_postgresql_is_not_even_found(stack: Stack, network: str) -> None:
    answers = from_network(stack, network, TRY_ALL)
    assert all("resolve" in answer or "Name or service not known" in answer for answer in answers.values()), answers


@pytest.mark.parametrize("role", ROLES)
def test_this_machine_gets_in_with_the_roles_of_people_alone(stack: Stack, role: Role) -> None:
    if role in FROM_HERE:
        psycopg.connect(stack.settings.dsn(role)).close()
        return
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(stack.settings.dsn(role))


def test_no_output_plugin_shows_more_than_a_publication_names(stack: Stack) -> None:
    """A role with REPLICATION could read hr.* through test_decoding."""
    script = """
import json, psycopg
with psycopg.connect("host=postgres dbname=sportsdb user=user password=password", autocommit=True) as connection:
    try:
        connection.execute("SELECT pg_create_logical_replication_slot('peeking', 'test_decoding')")
        answer = "made"
    except psycopg.Error as error:
        answer = str(error)
print(json.dumps(answer))
"""
    assert "could not load library" in from_network(stack, "db_connect", script)
