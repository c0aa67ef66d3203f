"""Supervisors and students as systems of a stress test."""

from truing.stress.studies._scene import StudyScene

__all__ = ["StudyScene"]
