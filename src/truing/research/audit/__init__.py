"""Audit: checks that flag suspicious submissions with evidence; they never change a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

if TYPE_CHECKING:
    from truing.research.audit._auditor import audit_case
    from truing.research.audit._case import AuditCase, TaskCase
    from truing.research.audit._check import Check, Outcome
    from truing.research.audit._finding import Audit, AuditFinding, correct
    from truing.research.audit._gather import gather
    from truing.research.audit._history import History, read_history
    from truing.research.audit.checks import CHECKS

_HOMES = {
    "_auditor": ("audit_case",),
    "_case": ("AuditCase", "TaskCase"),
    "_check": ("Check", "Outcome"),
    "_finding": ("Audit", "AuditFinding", "correct"),
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

# On first use, because the ledger's records import the findings.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
