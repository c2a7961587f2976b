"""The services of docker-compose.yml by kind, and their memory, over what `docker compose config --format json` says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

Config = dict[str, Any]
ONE_SHOTS = {"guard", "postgres_init", "hr_load", "topic_creator", "commands"}  # by name: no `restart` excuses a service from a rule


def services(config: Config) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from config["services"].items()


def lasting(config: Config) -> list[str]:
    """Services that stay up, of the default."""
    return [name for name, service in services(config) if name not in ONE_SHOTS and not service.get("profiles")]


def one_shots(config: Config) -> list[str]:
    """Services that each start of the default runs to their end."""
    return [name for name, service in services(config) if name in ONE_SHOTS and not service.get("profiles")]


def memory(config: Config, *names: str) -> int:
    return sum(int(config["services"][name].get("mem_limit", 0)) for name in names)


def waited_for(config: Config, name: str) -> set[str]:
    """All that must be up, or done, before a service starts."""
    direct = set(config["services"].get(name, {}).get("depends_on", {}))
    return direct.union(*(waited_for(config, other) for other in direct))


def most_at_once(config: Config) -> int:
    """Memory of the one-shots that may run at once, for none of them waits for another: a later start runs them beside all that lasts."""
    names = one_shots(config)
    earlier = {name: waited_for(config, name) for name in names}
    together = [
        chosen
        for count in range(len(names) + 1)
        for chosen in combinations(names, count)
        if not any(one in earlier[other] for one in chosen for other in chosen)
    ]
    return max(memory(config, *chosen) for chosen in together)
