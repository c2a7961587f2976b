"""The exporter says what it could read, and which source was silent; the lake is counted without reading a row."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import Metric

from sportdata.adapters import delta
from sportdata.adapters.lake import Lake, rows_of
from sportdata.contracts.tables import KPIS
from sportdata.errors import BrokenWorld
from sportdata.jobs import exported, exporter
from sportdata.jobs.exporter import Exporter
from sportdata.local import healthy
from sportdata.metrics import DISK_FREE, catalogue
from sportdata.settings import Settings


def scraped(asked: Exporter) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(asked)
    lines = (line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#"))
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def free() -> list[Metric]:
    return [DISK_FREE.family({(): 5.0})]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BrokenWorld("broker at nowhere does not answer"), "broker at nowhere does not answer"),
        (ValueError("not\nforeseen"), "ValueError('not\\nforeseen')"),
    ],
)
def test_a_source_that_fails_is_down_and_the_others_answer(error: Exception, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> list[Metric]:
        raise error

    values = scraped(Exporter(Settings(), {"disk": free, "broker": broken}))
    assert values["sportdata_disk_free_bytes"] == 5
    assert values['sportdata_exporter_source_up{source="disk"}'] == 1
    assert values['sportdata_exporter_source_up{source="broker"}'] == 0
    assert capsys.readouterr().out == f"broker: {said}\n"


def ready(settings: Settings) -> dict[str, float]:
    [metric] = exported.components(settings)
    return {sample.labels["component"]: sample.value for sample in metric.samples}


def test_in_containers_a_database_that_is_gone_is_not_ready_and_its_neighbours_are(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        hosts = {f"{name}_host": "nowhere.invalid" for name in ("postgres", "connect", "thrift")}
        settings = Settings(home=tmp_path, runtime="containers", broker_port=broker.getsockname()[1], **hosts)
        assert ready(settings) == {"postgres": 0, "broker": 1, "connect": 0, "thrift": 0, "connector": 0}


def test_names_that_are_looked_for_in_vain_take_no_longer_than_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "ACCEPTS_WITHIN_S", 0.2)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: time.sleep(2))
    began = time.monotonic()
    assert set(ready(Settings(home=tmp_path, runtime="containers")).values()) == {0}
    assert time.monotonic() - began < 1.5


def test_in_containers_the_connectors_keeper_is_ready_while_it_speaks(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, runtime="containers", port_offset=40000)
    settings.progress.mkdir()
    for age_s, expected in ((50, 1), (70, 0)):
        (settings.progress / "connector.json").write_text(json.dumps({"pid": 1, "beat": time.time() - age_s, "state": "failed"}))
        assert ready(settings)["connector"] == expected


def test_the_health_check_asks_the_process_and_no_source() -> None:
    asked = threading.Event()

    def frozen() -> list[Metric]:
        asked.set()
        threading.Event().wait(30)
        return []

    server, thread = start_http_server(0, "127.0.0.1", exporter._registry(Exporter(Settings(), {"broker": frozen})))
    try:
        page = healthy.PAGES["exporter"].replace(":8089/", f":{server.server_port}/")
        assert healthy.answers(page) is None
        assert "an empty answer" in str(healthy.answers(page.replace("process_start", "of_nobody")))
        assert not asked.is_set()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_source_that_hangs_holds_nobody_up_and_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "ANSWER_WITHIN_S", 0.2)
    monkeypatch.setattr(exporter, "FRESH_FOR_S", 0.0)
    thaw, calls = threading.Event(), []

    def frozen() -> list[Metric]:
        calls.append(1)
        thaw.wait(30)
        return free()

    asked = Exporter(Settings(), {"disk": frozen})
    for _ in range(3):
        assert scraped(asked) == {
            'sportdata_exporter_source_up{source="disk"}': 0,
            'sportdata_exporter_source_duration_seconds{source="disk"}': 0.2,
        }
    assert len(calls) == 1
    thaw.set()
    asked._asked["disk"].result(30)
    assert scraped(asked)["sportdata_disk_free_bytes"] == 5


def test_those_who_ask_together_share_one_answer() -> None:
    calls = []

    def counted() -> list[Metric]:
        calls.append(1)
        return free()

    asked = Exporter(Settings(), {"disk": counted})
    assert [scraped(asked)["sportdata_disk_free_bytes"] for _ in range(3)] == [5, 5, 5]
    assert len(calls) == 1


def without_statistics(log: Path) -> None:
    """As Spark writes it when it collects none (jobs/streams.py)."""
    for file in log.glob("*.json"):
        actions = [json.loads(line) for line in file.read_text().splitlines()]
        for action in actions:
            action.get("add", {}).pop("stats", None)
        file.write_text("\n".join(map(json.dumps, actions)))


@pytest.mark.parametrize("statistics", [True, False])
def test_the_lake_is_counted_by_its_log_and_where_that_says_nothing_by_the_files_footers(tmp_path: Path, statistics: bool) -> None:
    where = tmp_path / "gold" / "kpis"
    where.mkdir(parents=True)
    rows = pa.table({"a": pa.array(range(1234), pa.int64())})
    lake = Lake(tmp_path)
    for times in (1, 2):
        write_deltalake(str(where), rows, mode="append")
        if not statistics:
            without_statistics(where / "_delta_log")
        state = lake.look(KPIS)
        assert state is not None
        assert (state.rows, state.files, state.version) == (1234 * times, times, times - 1)
        assert state.bytes == sum(file.stat().st_size for file in where.glob("*.parquet"))


def test_rows_come_from_the_footer_itself(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path), pa.table({"a": ["x"] * 77, "b": [1.5] * 77}))
    assert [rows_of(tmp_path, file.name) for file in tmp_path.glob("*.parquet")] == [77]
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1" + b"\0" * 20 + (4).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(BrokenWorld, match=r"damaged\.parquet"):
        rows_of(tmp_path, damaged.name)


def test_a_table_that_is_not_there_yet_is_no_trouble(tmp_path: Path) -> None:
    assert Lake(tmp_path).look(KPIS) is None
    delta.ensure(tmp_path, KPIS)
    assert {metric.name: metric.samples for metric in exported.lake(Lake(tmp_path))}["sportdata_lake_rows"][0].value == 0


def test_what_gold_lacks_is_as_old_as_bronzes_commit(tmp_path: Path) -> None:
    log = tmp_path / "bronze" / "sport_activities" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{7:020}.json").touch()
    assert exported._not_in_gold_s(tmp_path, gold=7, bronze=7) == 0
    assert 0 <= exported._not_in_gold_s(tmp_path, gold=6, bronze=7) < 60


def test_the_exporter_exports_nothing_that_the_catalogue_does_not_know(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_offset=40000)
    settings.lake.mkdir()
    known = {one.name for one in catalogue()}
    with pytest.raises(BrokenWorld, match="does not answer"):
        exported.connect_tasks(settings)
    found = {sample.name for metric in (*exported.disk(settings), *exported.components(settings)) for sample in metric.samples}
    assert found == {"sportdata_disk_free_bytes", "sportdata_disk_size_bytes", "sportdata_component_ready"}
    assert found <= known
