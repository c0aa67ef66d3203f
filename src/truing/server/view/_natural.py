"""Natural order of names: `case-2` before `case-10`."""

from __future__ import annotations

import re

PARTS = re.compile(r"(\d{1,30})", re.ASCII)
Key = tuple[tuple[int, int, str], ...]


def natural(name: str) -> Key:
    """Sort key of a name: numbers in it are compared as numbers, letters without their case."""
    parts = PARTS.split(name.casefold())
    return tuple((0, int(one), "") if at % 2 else (1, 0, one) for at, one in enumerate(parts))
