"""What `wait` takes for a proof, from the documents alone."""

from __future__ import annotations

import json
from pathlib import Path

from sportdata.contracts.progress import BronzeProgress
from sportdata.local.wait import Waiter
from sportdata.settings import Settings


def test_offsets_of_a_former_topic_of_that_name_prove_nothing(tmp_path: Path) -> None:
    waiter = Waiter(Settings(home=tmp_path), topic_id="new", goal={0: 10})
    waiter.settings.progress.mkdir()

    def bronze_says(topic_id: str, offset: int) -> str | None:
        said = BronzeProgress(pid=1, topic_id=topic_id, offsets={"0": offset}, version=7, beat=0.0)
        (waiter.settings.progress / "bronze.json").write_text(json.dumps(said))
        return waiter._bronze_has_arrived({0: 10})

    assert bronze_says("old", 5_000) == "bronze: still at a former topic of that name"
    assert bronze_says("new", 9) == "bronze: still reading the topic"
    assert waiter.goal_version is None
    assert bronze_says("new", 10) is None
    assert waiter.goal_version == 7
