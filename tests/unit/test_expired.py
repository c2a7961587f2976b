"""Google's distances that are too old, where PostgreSQL cannot be asked; what is deleted where it can: tests/system/test_distances.py."""

from __future__ import annotations

from pathlib import Path

from sportdata.jobs.expired import TRY_AGAIN_AFTER_S, ExpiredDistances
from sportdata.local.passwords import make_secrets
from sportdata.settings import Settings


def test_where_old_distances_cannot_be_deleted_it_is_said_and_tried_again_in_a_minute(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    seconds = 5.0
    expired = ExpiredDistances(Settings(home=tmp_path, port_offset=40_000, postgres_host="127.0.0.1"), lambda: seconds)
    expired.look()
    (notice,) = expired.notices
    assert notice.startswith("distances of Google that are too old could not be deleted: PostgreSQL at 127.0.0.1:45432")
    expired.notices = []
    expired.look()
    assert expired.notices == []
    seconds += TRY_AGAIN_AFTER_S
    expired.look()
    assert expired.notices == [notice]
