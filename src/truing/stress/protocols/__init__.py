"""Plays of planted protocols: who plays, what monitors see, and how the plays end."""

from truing.stress.protocols._agent_host import is_embedded
from truing.stress.protocols._play import PlayPayload
from truing.stress.protocols._review import REVIEW_PROMPTS_VERSION, ReviewPayload, review_messages
from truing.stress.protocols._scene import MODELS, ProtocolScene
from truing.stress.protocols._system import HonestSystem, NamedPlant, divide

__all__ = [
    "MODELS",
    "REVIEW_PROMPTS_VERSION",
    "HonestSystem",
    "NamedPlant",
    "PlayPayload",
    "ProtocolScene",
    "ReviewPayload",
    "divide",
    "is_embedded",
    "review_messages",
]
