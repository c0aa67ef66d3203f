"""Research: untrusted researchers propose methods, and a referee scores them and keeps a ledger."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "_config": ("Budget", "ChooseProtocol", "ResearchConfig", "WeakToStrong", "read_config"),
    "_entry": ("GENESIS", "Entry"),
    "_ledger": ("Ledger", "Verification"),
    "_receipt": ("Receipt",),
    "_referee": ("Referee",),
    "_release": ("ReleaseRule", "Released", "count_clusters", "count_items"),
    "_report": ("BestSoFar", "ReportedFinalist", "ResearchReport", "make_report"),
    "_run": ("Research", "run_research"),
    "_submission": ("MethodCard", "Submission", "read_submission"),
}

__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because sandboxed processes must import little."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"truing.research.{home}"), name)
    raise AttributeError(f"module 'truing.research' has no attribute {name!r}")
