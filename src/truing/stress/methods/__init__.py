"""Submitted methods as systems of a stress test: planted files, their calls and their students."""

from truing.stress.methods._calls import observe, score
from truing.stress.methods._scene import MethodScene

__all__ = ["MethodScene", "observe", "score"]
