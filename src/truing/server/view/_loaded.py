"""What a page does not load: a run folder may come from an untrusted source."""

from __future__ import annotations

import re
from collections.abc import Iterable

LOADED = re.compile(r"\.py\b|@[0-9a-f]{12}\b|\bhf[:/]")
"""Names of code files, of given objects, and of data sets and models of the Hub."""


def refusal(names: Iterable[str]) -> str:
    """Reason why what some specifications name is not loaded; empty if it can be loaded."""
    for name in names:
        if LOADED.search(name):
            return f"this page loads no code, and no data sets or models of the Hub: {name}"
    return ""
