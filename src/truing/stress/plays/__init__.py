"""Plays of planted protocols: who plays, what monitors see, and how the plays end."""

from truing.stress.plays._protocol_scene import ProtocolScene
from truing.stress.plays._review import REVIEW_PROMPTS_VERSION

__all__ = ["REVIEW_PROMPTS_VERSION", "ProtocolScene"]
