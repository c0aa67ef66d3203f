"""Sandbox of submitted folders: one process for each run, on this machine or on a Ray cluster."""

from truing.research.isolation.folders._container import PODMAN, FolderContainer
from truing.research.isolation.folders._ray_runner import RayRunner
from truing.research.isolation.folders._sandbox import FolderSandbox

__all__ = ["PODMAN", "FolderContainer", "FolderSandbox", "RayRunner"]
