"""Nodes of a Ray cluster: their resources, code, and access to the store and to files."""

from truing.studies.engines.nodes._ask import alive, ask_nodes, check_room, name_host
from truing.studies.engines.nodes._check import check_nodes, enter
from truing.studies.engines.nodes._code import check_code, describe_code

__all__ = [
    "alive",
    "ask_nodes",
    "check_code",
    "check_nodes",
    "check_room",
    "describe_code",
    "enter",
    "name_host",
]
