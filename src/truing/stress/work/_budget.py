"""Budget: how much ground truth a monitor asks for."""

from __future__ import annotations

from typing import Any

from truing.errors import UserError
from truing.given import shown
from truing.registry import Built


def check_budget(monitor: Built[Any], asked: str, found: int, items: str) -> None:
    """Raise UserError if a monitor asks for more items than there are.

    Args:
        monitor: the monitor.
        asked: attribute of the monitor that states a number: `trusted`, `audits` or `honeypots`.
        found: largest possible number.
        items: the items, for the message: `watched items`.
    """
    wanted = getattr(monitor.value, asked)
    if wanted > found:
        raise UserError(
            f"monitor {shown(monitor.label)!r} asks for {asked}={wanted}, and there are {found} "
            f"{items}; use at most {asked}={found}"
        )
