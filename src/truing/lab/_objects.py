"""Given objects of a run, stored in its run folder so that the run can be repeated."""

from __future__ import annotations

from collections.abc import Iterable

from truing.given import OBJECTS, GivenObject
from truing.runs import ClaimedFolder


def write_objects(folder: ClaimedFolder, objects: Iterable[GivenObject]) -> None:
    """Write given objects to a run folder.

    Raises:
        StorageError: the folder is not writable.
    """
    for one in objects:
        for suffix, content in one.files.items():
            folder.write_bytes(f"{OBJECTS}/{one.specification}{suffix}", content)
