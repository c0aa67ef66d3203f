"""Environments: protocols as training environments for reinforcement learning elsewhere."""

from truing.exports.environments._environment import Environment
from truing.exports.environments._write import export_environment

__all__ = ["Environment", "export_environment"]
