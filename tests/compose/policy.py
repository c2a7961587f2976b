"""What every service of docker-compose.yml must be, as functions over what `docker compose config --format json` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sportdata.settings import DEMO_SECRETS, ROLES, ROOT
from tests.compose.services import ONE_SHOTS, Config, lasting, memory, most_at_once, one_shots, services

Rule = Callable[[Config], Iterator[str]]
RULES: list[Rule] = []

GIB = 1024**3
PUBLISHED = {
    "postgres": {5432}, "redpanda": {19092}, "connect": {8083, 5556}, "slack": {8084}, "spark_thrift": {10000}, "prometheus": {9090},
    "grafana": {3000}, "console": {8080}, "alertmanager": {9093},
}  # fmt: skip
WRITES_LAKE = {"bronze", "gold", "spark-worker"}
KNOWS = {  # whom each secret is for; `guard` looks at all of them, `postgres_init` sets those of the roles
    "postgres": {"postgres"},
    "user": {"connect"},
    "sportdata_writer": {"commands", "validation"},
    "sportdata_hr": {"hr_load", "commands"},
    "sportdata_gold": {"gold"},
    "sportdata_slack": {"slack", "commands"},
    "sportdata_validator": {"commands", "validation"},
    "sportdata_exporter": {"postgres-exporter", "exporter"},
    "thrift": {"spark_thrift", "commands"},
    "thrift_bi": {"spark_thrift", "commands"},
    "thrift_tls": {"spark_thrift", "commands"},
    "spark": {"bronze", "gold", "spark-master", "spark-worker"},
    "slack_token": {"slack"},
    "grafana": {"grafana"},
}


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


@rule
def lasting_services_come_back_and_one_shots_end(config: Config) -> Iterator[str]:
    for name, service in services(config):
        wanted = {"on-failure:3", "no"} if name in ONE_SHOTS else {"unless-stopped"}
        if service.get("restart") not in wanted:
            yield f"{name}: restart is {service.get('restart')}, not {' or '.join(sorted(wanted))}"


@rule
def lasting_services_have_a_health_check(config: Config) -> Iterator[str]:
    for name, service in services(config):
        check = service.get("healthcheck", {})
        if name not in ONE_SHOTS and (not check.get("test") or check.get("disable") or check["test"] == ["NONE"]):
            yield f"{name}: no health check"


@rule
def a_health_check_is_waited_for_and_so_is_the_end_of_a_one_shot(config: Config) -> Iterator[str]:
    for name, service in services(config):
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONE_SHOTS else "service_healthy"
            if how["condition"] != wanted:
                yield f"{name}: waits for {other} by {how['condition']}, not {wanted}"
        if name not in {"guard", "commands"} and not service.get("depends_on"):
            yield f"{name}: waits for nothing"
    for name in one_shots(config):
        if not any(name in config["services"][other].get("depends_on", {}) for other in [*lasting(config), *one_shots(config)]):
            yield f"{name}: nobody waits for its end, so `up --wait` takes it for a failure, and its own goes unnoticed"


@rule
def memory_and_processors_are_limited(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if not service.get("mem_limit"):
            yield f"{name}: no mem_limit"
        if not service.get("cpus"):
            yield f"{name}: no cpus"


@rule
def the_default_fits_in_six_gib_and_in_seven_with_a_command(config: Config) -> Iterator[str]:
    stays = memory(config, *lasting(config))
    for what, total, gib in [
        ("with one-shots", stays + most_at_once(config), 6),
        ("with `commands`", stays + memory(config, "commands"), 7),
    ]:
        if total > gib * GIB:
            yield f"the services of the default may take {total / GIB:.2f} GiB {what}, not {gib}"


@rule
def logs_are_limited(config: Config) -> Iterator[str]:
    for name, service in services(config):
        options = service.get("logging", {}).get("options", {})
        if not {"max-size", "max-file"} <= options.keys():
            yield f"{name}: logs without limit"


@rule
def nobody_is_root(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if not re.fullmatch(r"[1-9]\d*:\d+", str(service.get("user", ""))):
            yield f"{name}: user is {service.get('user')!r}"


@rule
def the_file_system_is_read_only(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if not service.get("read_only"):
            yield f"{name}: writes into its image"
        if not service.get("tmpfs"):
            yield f"{name}: no tmpfs for scratch files"


@rule
def no_capability_is_left(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
            yield f"{name}: cap_drop {service.get('cap_drop')}, cap_add {service.get('cap_add')}"


@rule
def no_privilege_is_gained(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if service.get("security_opt") != ["no-new-privileges:true"]:  # any other, as `seccomp:unconfined`, undoes what Docker sets
            yield f"{name}: security_opt is {service.get('security_opt')}"
        for key in ("privileged", "devices", "device_cgroup_rules", "gpus", "group_add"):
            if service.get(key):
                yield f"{name}: {key} is {service[key]}"
        for key in ("pid", "ipc", "uts", "cgroup", "userns_mode", "network_mode"):
            if service.get(key) == "host":
                yield f"{name}: {key} is the host's"
        for volume in service.get("volumes", []):
            if "docker.sock" in str(volume.get("source")):
                yield f"{name}: holds the engine's socket"


@rule
def ports_are_published_on_the_loopback_alone(config: Config) -> Iterator[str]:
    for name, service in services(config):
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                yield f"{name}: port {port.get('published')} is published on {port.get('host_ip', 'every address')}"
        ports = {int(port["published"]) for port in service.get("ports", [])}
        if ports != PUBLISHED.get(name, set()):
            yield f"{name}: publishes {sorted(ports)}, not {sorted(PUBLISHED.get(name, set()))}"


BY_FILE = ("/run/secrets", "/etc/")
# a URL with a password, and a word like --password=…; what begins with a file's path is none
SECRET_IN_TEXT = re.compile(r"://[^/\s:@]*:[^/\s@]+@|(?i:password|passwd|token|secret|api_?key)[\w-]*=(?!/run/secrets|/etc/)\S")


def texts(value: Any) -> Iterator[str]:
    """Every text in a service, wherever it stands: environment, command, entrypoint, health check, build arguments, labels, …"""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield str(value)


@rule
def secrets_come_by_file(config: Config) -> Iterator[str]:
    known = {file.read_text().strip() for file in DEMO_SECRETS.iterdir()} - {"", "password"}  # this one is part of many a word
    for name, service in services(config):
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASS|TOKEN|SECRET|API_KEY|ACCESS_KEY", key) and value and not str(value).startswith(BY_FILE):
                yield f"{name}: {key} in its environment"
        for text in texts(service):
            if SECRET_IN_TEXT.search(text) or any(password in text for password in known):
                yield f"{name}: a password in {text!r}"


@rule
def each_secret_goes_to_whom_it_is_for(config: Config) -> Iterator[str]:
    for name, service in services(config):
        for secret in service.get("secrets", []):
            who = secret["source"]
            allowed = KNOWS.get(who, set()) | {"guard"} | ({"postgres_init"} if who in ROLES else set())
            if name not in allowed:
                yield f"{name}: knows {who}"


@rule
def images_are_pinned(config: Config) -> Iterator[str]:
    for name, service in services(config):
        if not re.fullmatch(r"[\w./-]+:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?", service.get("image", "")):
            yield f"{name}: image {service.get('image')}"


@rule
def the_lake_is_written_by_bronze_and_gold_alone(config: Config) -> Iterator[str]:
    for name, service in services(config):
        for volume in service.get("volumes", []):
            if volume.get("source") == "lake" and name not in WRITES_LAKE and not volume.get("read_only"):
                yield f"{name}: may write into the lake"
            if volume["type"] == "bind" and not volume.get("read_only"):
                yield f"{name}: may write to {volume['source']}"


WITHIN_ITS_CONTAINER = [
    ["local", "all", "postgres", "peer"],
    ["host", "sportsdb", "healthcheck", "127.0.0.1/32", "scram-sha-256"],  # no such role
]


def admissions() -> dict[str, set[str]]:
    """Subnet → roles, from init/pg_hba.conf. Raises ValueError for a line without a subnet, or without a password."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "init" / "pg_hba.conf").read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#") or words in WITHIN_ITS_CONTAINER:
            continue
        kind, _, roles, subnet, method = words
        if (kind, method) != ("host", "scram-sha-256"):
            raise ValueError(f"pg_hba.conf: {line}")
        found.setdefault(subnet, set()).update(roles.split(","))
    return found


@rule
def postgresql_is_reached_over_the_network_of_each_component(config: Config) -> Iterator[str]:
    subnets = {name: network["ipam"]["config"][0]["subnet"] for name, network in config["networks"].items() if name.startswith("db_")}
    admitted = admissions()
    if set(subnets.values()) != set(admitted):
        yield f"networks have {sorted(subnets.values())}, init/pg_hba.conf {sorted(admitted)}"
    for name, network in config["networks"].items():
        if name.startswith("db_") and name != "db_people" and not network.get("internal"):
            yield f"{name} leads outside"
    for name, service in services(config):
        roles = {secret["source"] for secret in service.get("secrets", [])} & set(ROLES)
        reached = [network for network in service.get("networks") or {} if network.startswith("db_")]
        if name == "postgres" or network_is_none(service):
            continue
        if len(reached) > 1:
            yield f"{name}: is in {reached}"
        for network in reached:
            expected = admitted.get(subnets[network], set())
            known = {"postgres"} if name == "postgres_init" else roles
            if not known or not known <= expected:
                yield f"{name}: in {network}, which admits {sorted(expected)}, with the passwords of {sorted(roles)}"


def network_is_none(service: dict[str, Any]) -> bool:
    return bool(service.get("network_mode") == "none")


def violations(config: Config) -> list[str]:
    return [f"{check.__name__}: {text}" for check in RULES for text in check(config)]
