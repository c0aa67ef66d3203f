"""Folders with training code for tests of the auditor: random honest folders, and hacks in them."""

from truing.plants.folders._folder_files import FolderFiles, honest_folder
from truing.plants.folders._folder_plants import FOLDER_PLANTS, FolderPlant
from truing.plants.folders._planted_folder import PlantedFolder
from truing.plants.folders._public_data import PublicData

__all__ = [
    "FOLDER_PLANTS",
    "FolderFiles",
    "FolderPlant",
    "PlantedFolder",
    "PublicData",
    "honest_folder",
]
