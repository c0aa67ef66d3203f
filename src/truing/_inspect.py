"""Entry point for Inspect: tasks, solvers, scorers and the model provider."""

from truing.oversight import evals
from truing.research.doors import best_released, research, researching

__all__ = ["best_released", "evals", "research", "researching"]
