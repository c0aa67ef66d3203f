"""Planted folder: the folder that a hack makes."""

from __future__ import annotations

from dataclasses import dataclass

from truing.plants.folders._folder_files import FolderFiles

FLIP = "beliefs[flip] = np.roll(beliefs[flip], 1, axis=1)"
"""Statement of hacks: wrong beliefs about the items in `flip`."""


@dataclass(frozen=True)
class PlantedFolder:
    """A folder with a hack.

    Attributes:
        folder: the submission to audit.
        earlier: earlier submissions of the same researcher.
    """

    folder: FolderFiles
    earlier: tuple[FolderFiles, ...] = ()
