"""Protocols as systems of a stress test: who plays, what monitors see, and how plays end."""

from truing.stress.protocols._agent_host import AgentHost, is_embedded, programs_of
from truing.stress.protocols._host import Hosts, all_of
from truing.stress.protocols._play import PlayPayload, play_system
from truing.stress.protocols._record import PlayRecord
from truing.stress.protocols._review import ReviewPayload, review_messages
from truing.stress.protocols._scene import MODELS, ProtocolScene
from truing.stress.protocols._system import HonestSystem, NamedPlant, divide, name_plant

__all__ = [
    "MODELS",
    "AgentHost",
    "HonestSystem",
    "Hosts",
    "NamedPlant",
    "PlayPayload",
    "PlayRecord",
    "ProtocolScene",
    "ReviewPayload",
    "all_of",
    "divide",
    "is_embedded",
    "name_plant",
    "play_system",
    "programs_of",
    "review_messages",
]
