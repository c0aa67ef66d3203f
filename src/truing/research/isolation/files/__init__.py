"""Sandbox of submitted files: one process for each file, which answers for its method."""

from truing.research.isolation.files._run import Isolated, Isolation, Lesson

__all__ = ["Isolated", "Isolation", "Lesson"]
