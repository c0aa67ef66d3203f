"""Kernel: the restrictions that a process sets for itself before it runs submitted code."""

from truing.research.isolation.kernel._limits import MOST_STUDENTS, SandboxLimits
from truing.research.isolation.kernel._lock import Restrictions, lock, restrict
from truing.research.isolation.kernel._order import LockOrder

__all__ = ["MOST_STUDENTS", "LockOrder", "Restrictions", "SandboxLimits", "lock", "restrict"]
