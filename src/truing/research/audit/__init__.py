"""Audit: checks that flag suspicious submissions with evidence; they never change a verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from truing.research.audit._finding import Audit, AuditFinding, correct

if TYPE_CHECKING:
    from truing.research.audit._auditor import audit_case
    from truing.research.audit._case import AuditCase, TaskCase
    from truing.research.audit._check import Check, Outcome
    from truing.research.audit._gather import gather
    from truing.research.audit._history import History, read_history
    from truing.research.audit.checks import CHECKS

_HOMES = {
    "_auditor": ("audit_case",),
    "_case": ("AuditCase", "TaskCase"),
    "_check": ("Check", "Outcome"),
    "_gather": ("gather",),
    "_history": ("History", "read_history"),
    "checks": ("CHECKS",),
}

__all__ = [
    "CHECKS",
    "Audit",
    "AuditCase",
    "AuditFinding",
    "Check",
    "History",
    "Outcome",
    "TaskCase",
    "audit_case",
    "correct",
    "gather",
    "read_history",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because the ledger imports the findings only."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"truing.research.audit.{home}"), name)
    raise AttributeError(f"module 'truing.research.audit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
