"""A home's checkpoints and its lake belong together: beside another lake they would skip what they take for read."""

from __future__ import annotations

import sys

from deltalake.exceptions import DeltaError, TableNotFoundError

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document, write_atomically
from sportdata.adapters.lake_files import in_short
from sportdata.contracts.tables import BRONZE
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings


def require_same_lake(settings: Settings) -> None:
    """The home remembers the identity of the bronze table that it began with, which a copy of the lake keeps.

    Raises BrokenWorld when the lake has another one, or none any more, or cannot be reached.
    """
    file = settings.lake_document
    known = read_document(file)
    try:
        table = delta.open_table(settings.lake, BRONZE) if known else delta.ensure(settings.lake, BRONZE)
        here = str(table.metadata().id)
    except TableNotFoundError:
        here = ""
    except (DeltaError, OSError) as error:
        raise BrokenWorld(f"the lake at {settings.lake} cannot be read: {in_short(error)}") from error
    if known is None:
        for name in ("bronze", "gold"):  # how far they were in another lake
            (settings.progress / f"{name}.json").unlink(missing_ok=True)
        if table.version() > 0:
            sys.stdout.write(f"the lake at {settings.lake} was there before this home; it begins with what that holds\n")
            sys.stdout.flush()
    elif known["bronze"] != here:
        raise BrokenWorld(
            f"the lake at {settings.lake} is not the one that this home has filled so far ({known['where']}): set SPORTDATA_LAKE back, or "
            f"copy that lake here. If it is gone for good, remove {settings.checkpoints} and "
            f"{settings.home.resolve() / 'gold'}: what the topic still holds is then read anew"
        )
    document = {"where": str(settings.lake), "bronze": here}
    if known != document:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, document)
