"""One-shot: creates the topics of topics.yml. Harmless to repeat."""

from pathlib import Path

from sportdata.adapters.kafka import create_topics
from sportdata.local.script import run
from sportdata.settings import Settings


def main() -> None:
    created = create_topics(Settings(), Path(__file__).with_name("topics.yml"))
    print(f"topics created: {', '.join(created) or 'none, all were there'}")  # noqa: T201


if __name__ == "__main__":
    run(main)
