"""Entry point for Inspect: tasks, solvers, scorers and the model provider."""

from truing.oversight import evals
from truing.research.doors import _inspect as research

__all__ = ["evals", "research"]
