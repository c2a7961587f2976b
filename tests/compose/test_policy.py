"""docker-compose.yml keeps every rule of tests/compose/policy.py, and each rule catches a service that breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.compose import policy
from tests.compose.policy import RULES, Rule
from tests.compose.services import Config, most_at_once

Break = Callable[[Config], Any]


def test_docker_compose_yml_keeps_every_rule(composed: Config) -> None:
    assert policy.violations(composed) == []


def service(name: str, **values: Any) -> Break:
    return lambda config: config["services"][name].update(values)


def published(config: Config) -> None:
    config["services"]["postgres"]["ports"][0]["host_ip"] = "0.0.0.0"  # noqa: S104


def writable_lake(config: Config) -> None:
    for volume in config["services"]["spark_thrift"]["volumes"]:
        volume["read_only"] = False


def not_waited_for(config: Config) -> None:
    config["services"]["gold"]["depends_on"]["bronze"]["condition"] = "service_started"


def end_of_nobody(config: Config) -> None:
    del config["services"]["gold"]["depends_on"]["hr_load"]


def excused(config: Config) -> None:
    config["services"]["slack"] |= {"restart": "no", "healthcheck": {}}


def in_its_build(config: Config) -> None:
    config["services"]["guard"]["build"]["args"]["FIRST"] = "demo-postgres"


def other_subnet(config: Config) -> None:
    config["networks"]["db_gold"]["ipam"]["config"][0]["subnet"] = "10.9.9.0/28"


VIOLATIONS: list[tuple[Rule, Break]] = [
    (policy.lasting_services_come_back_and_one_shots_end, service("gold", restart="always")),
    (policy.lasting_services_come_back_and_one_shots_end, excused),
    (policy.lasting_services_come_back_and_one_shots_end, service("hr_load", restart="unless-stopped")),
    (policy.lasting_services_have_a_health_check, service("slack", healthcheck={})),
    (policy.lasting_services_have_a_health_check, excused),
    (policy.lasting_services_have_a_health_check, service("redpanda", healthcheck={"test": ["CMD", "true"], "disable": True})),
    (policy.a_health_check_is_waited_for_and_so_is_the_end_of_a_one_shot, not_waited_for),
    (policy.a_health_check_is_waited_for_and_so_is_the_end_of_a_one_shot, service("slack", depends_on={})),
    (policy.a_health_check_is_waited_for_and_so_is_the_end_of_a_one_shot, end_of_nobody),
    (policy.memory_and_processors_are_limited, service("bronze", mem_limit=0)),
    (policy.memory_and_processors_are_limited, service("bronze", cpus=0)),
    (policy.the_default_fits_in_six_gib_and_in_seven_with_a_command, service("gold", mem_limit=3 * policy.GIB)),
    (policy.the_default_fits_in_six_gib_and_in_seven_with_a_command, service("gold", mem_limit=3 * policy.GIB, restart="no")),
    (policy.the_default_fits_in_six_gib_and_in_seven_with_a_command, service("hr_load", mem_limit=policy.GIB)),
    (policy.the_default_fits_in_six_gib_and_in_seven_with_a_command, service("commands", mem_limit=2 * policy.GIB)),
    (policy.logs_are_limited, service("postgres", logging={"driver": "json-file"})),
    (policy.nobody_is_root, service("grafana", user="0:0")),
    (policy.nobody_is_root, service("grafana", user="root")),
    (policy.nobody_is_root, service("grafana", user=None)),
    (policy.the_file_system_is_read_only, service("connect", read_only=False)),
    (policy.the_file_system_is_read_only, service("connect", tmpfs=[])),
    (policy.no_capability_is_left, service("connect", cap_drop=[])),
    (policy.no_capability_is_left, service("connect", cap_add=["NET_ADMIN"])),
    (policy.no_privilege_is_gained, service("connect", security_opt=[])),
    (policy.no_privilege_is_gained, service("connect", privileged=True)),
    (policy.no_privilege_is_gained, service("connect", security_opt=["no-new-privileges:true", "seccomp:unconfined"])),
    (policy.no_privilege_is_gained, service("connect", devices=[{"source": "/dev/kvm", "target": "/dev/kvm"}])),
    (policy.no_privilege_is_gained, service("connect", pid="host")),
    (policy.ports_are_published_on_the_loopback_alone, published),
    (policy.ports_are_published_on_the_loopback_alone, service("gold", ports=[{"published": "4040", "host_ip": "127.0.0.1"}])),
    (policy.secrets_come_by_file, service("postgres", environment={"POSTGRES_PASSWORD": "x"})),
    (policy.secrets_come_by_file, service("slack", environment={"INNOCENT": "demo-thrift"})),
    (policy.secrets_come_by_file, service("slack", environment={"DSN": "host=postgres password:demo-sportdata_slack"})),
    (policy.secrets_come_by_file, service("slack", environment={"DSN": "postgresql://sportdata_slack:drawn@postgres/sportsdb"})),
    (policy.secrets_come_by_file, service("bronze", environment={"AWS_ACCESS_KEY_ID": "AKIA"})),
    (policy.secrets_come_by_file, service("grafana", command=["--admin-password=drawn"])),
    (policy.secrets_come_by_file, service("grafana", command=["login", "demo-grafana"])),
    (policy.secrets_come_by_file, service("grafana", entrypoint=["sh", "-c", "login demo-grafana"])),
    (policy.secrets_come_by_file, service("grafana", labels={"note": "it is demo-grafana"})),
    (policy.secrets_come_by_file, in_its_build),
    (policy.each_secret_goes_to_whom_it_is_for, service("slack", secrets=[{"source": "postgres"}])),
    (policy.images_are_pinned, service("grafana", image="grafana/grafana:latest")),
    (policy.images_are_pinned, service("grafana", image="grafana/grafana")),
    (policy.the_lake_is_written_by_bronze_and_gold_alone, writable_lake),
    (policy.postgresql_is_reached_over_the_network_of_each_component, other_subnet),
    (policy.postgresql_is_reached_over_the_network_of_each_component, service("gold", networks={"db_admin": None})),
    (policy.postgresql_is_reached_over_the_network_of_each_component, service("gold", networks={"db_gold": None, "db_slack": None})),
]


@pytest.mark.parametrize(("rule", "breaks"), VIOLATIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_rule_catches_a_service_that_breaks_it(composed: Config, rule: Rule, breaks: Break) -> None:
    broken = copy.deepcopy(composed)
    breaks(broken)
    assert list(rule(broken)) != []


def test_every_rule_has_a_service_that_breaks_it() -> None:
    assert {rule.__name__ for rule, _ in VIOLATIONS} == {rule.__name__ for rule in RULES}


def test_only_one_shots_that_do_not_wait_for_each_other_count_as_running_at_once() -> None:
    names = {"guard": [], "postgres": ["guard"], "postgres_init": ["postgres"], "hr_load": ["postgres_init"], "topic_creator": ["guard"]}
    limits = {"guard": 500, "postgres": 10_000, "postgres_init": 100, "hr_load": 40, "topic_creator": 70}
    config = {"services": {name: {"mem_limit": limits[name], "depends_on": dict.fromkeys(first)} for name, first in names.items()}}
    assert most_at_once(config) == 500  # everybody waits for guard
    config["services"]["guard"]["mem_limit"] = 10
    assert most_at_once(config) == 100 + 70
