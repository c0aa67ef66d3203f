"""Protocols as systems of a stress test: who plays, what monitors see, and how plays end."""

from truing.stress.protocols._scene import ProtocolScene

__all__ = ["ProtocolScene"]
