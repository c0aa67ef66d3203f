"""Upgrade: the JSON of earlier versions in ledgers and run folders, with present field names.

Stored JSON is never rewritten, because the hashes of a ledger cover it. It is upgraded when it is
read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RENAMED = {
    "errors": "min_step_se",
    "transfer": "other_tasks",
    "climbs_without_transfer": "climb_tasks_only",
}
"""Earlier and present names of the fields of configurations, final scores and verdicts."""


def upgrade(stored: Any) -> Any:
    """The JSON values of a configuration, a ledger entry or a verdict, with present field names.

    Examples:
        >>> from truing.research.ledger import upgrade
        >>> upgrade({"problem": {"transfer": ["digits-parity"]}, "errors": 3.0})
        {'problem': {'other_tasks': ['digits-parity']}, 'min_step_se': 3.0}
    """
    if isinstance(stored, Mapping):
        return {RENAMED.get(name, name): upgrade(value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [upgrade(value) for value in stored]
    return stored
