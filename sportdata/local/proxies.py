"""A proxy of the company's network leads out of it, never from one part of ours to another."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

from sportdata.errors import WrongUse


def reach_ours_directly() -> None:
    """Adds this machine, and in containers the others by their names, to what HTTP clients reach without a proxy; for children too."""
    before = _without_proxy()
    if "*" in before:
        return
    beside = [value for name, value in sorted(os.environ.items()) if name.startswith("SPORTDATA_") and name.endswith("_HOST") and value]
    told = ",".join(dict.fromkeys((*before, "127.0.0.1", "localhost", socket.gethostname(), *beside)))
    os.environ |= {"no_proxy": told, "NO_PROXY": told}


def java_options() -> list[str]:
    """The shell's proxies for a JVM, which reads no such variable. A password is left out: a process list would show it.

    Raises WrongUse when one is no address.
    """
    options = []
    for scheme, proxy in getproxies().items():
        if scheme in ("http", "https"):
            try:
                at = urlsplit(proxy if "//" in proxy else f"//{proxy}")
                options += [f"-D{scheme}.proxyHost={at.hostname or ''}", f"-D{scheme}.proxyPort={at.port or 80}"]
            except ValueError as error:
                raise WrongUse(f"{scheme}_proxy is {proxy.rpartition('@')[2]!r}: {error}; allowed: http://host:port") from error
    direct = "|".join(f"{name.lstrip('.')}|*.{name.lstrip('.')}" for name in _without_proxy())
    return [*options, f"-Dhttp.nonProxyHosts={direct}"] if options else []


def _without_proxy() -> list[str]:
    told = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return [name.strip() for name in told.split(",") if name.strip()]
