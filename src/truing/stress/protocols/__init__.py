"""Plays of planted protocols: who plays, what monitors see, and how the plays end."""

from truing.stress.protocols._review import REVIEW_PROMPTS_VERSION
from truing.stress.protocols._scene import ProtocolScene

__all__ = ["REVIEW_PROMPTS_VERSION", "ProtocolScene"]
