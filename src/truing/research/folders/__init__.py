"""Folders: submitted training code with a `run.py`, what a run of it reads, and what it returns."""

from truing.research.folders._contract import FolderContract, ProtocolContract, describe_contract
from truing.research.folders._frozen import DECLARATION, ENTRY, FrozenFolder, read_card, read_folder
from truing.research.folders._inputs import Items, RunInputs
from truing.research.folders._run import (
    USUAL,
    FolderLimits,
    FolderRun,
    FolderRunner,
    Surroundings,
    Usage,
)
from truing.research.folders._scoring import Assignment, Labeled, assign, in_order, read_beliefs

__all__ = [
    "DECLARATION",
    "ENTRY",
    "USUAL",
    "Assignment",
    "FolderContract",
    "FolderLimits",
    "FolderRun",
    "FolderRunner",
    "FrozenFolder",
    "Items",
    "Labeled",
    "ProtocolContract",
    "RunInputs",
    "Surroundings",
    "Usage",
    "assign",
    "describe_contract",
    "in_order",
    "read_beliefs",
    "read_card",
    "read_folder",
]
