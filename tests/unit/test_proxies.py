"""Behind a proxy our parts speak to each other all the same."""

from __future__ import annotations

import os
from urllib.request import proxy_bypass

import pytest

from sportdata.errors import WrongUse
from sportdata.local.proxies import java_options, reach_ours_directly


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "intranet.example")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("SPORTDATA_CONNECT_HOST", "connect")


def test_ours_are_reached_directly_and_others_as_before() -> None:
    reach_ours_directly()
    reach_ours_directly()  # a child of a command
    assert all(proxy_bypass(host) for host in ("127.0.0.1:8083", "localhost", "connect:8083", "intranet.example"))
    assert not proxy_bypass("slack.com")
    assert os.environ["NO_PROXY"].count("127.0.0.1") == 1


def test_who_goes_without_a_proxy_everywhere_goes_on_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    reach_ours_directly()
    assert proxy_bypass("slack.com")


def test_a_jvm_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.example:8080")
    told = java_options()
    assert {"-Dhttp.proxyHost=proxy.example", "-Dhttp.proxyPort=3128", "-Dhttps.proxyPort=8080"} <= set(told)
    assert "-Dhttp.nonProxyHosts=intranet.example|*.intranet.example" in told
    assert "secret" not in str(told)
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.example:port")
    with pytest.raises(WrongUse, match=r"https_proxy is 'proxy\.example:port'.*allowed: http://host:port"):
        java_options()
