"""Submitted methods as systems of a stress test: planted files, their calls and their students."""

from truing.stress.methods._calls import observe, score
from truing.stress.methods._scene import MethodScene
from truing.stress.methods._suspect import SuspectPayload

__all__ = ["MethodScene", "SuspectPayload", "observe", "score"]
