"""Safe conversion of arbitrary JSON values from run folders to text and numbers."""

from __future__ import annotations

import json
import re
from typing import Any

UNREADABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML or UTF-8 cannot represent."""


def parse_json(content: bytes) -> Any:
    """Parse a JSON value; None if it is invalid."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def clean(value: Any) -> Any:
    """Replace all characters in JSON values that cannot be written by U+FFFD."""
    if isinstance(value, str):
        return UNREADABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {clean(str(name)): clean(one) for name, one in value.items()}
    return [clean(one) for one in value] if isinstance(value, list | tuple) else value


def as_text(value: Any, most: int = 20_000) -> str:
    """Text of any JSON value, cut at `most` characters."""
    try:
        text = value if isinstance(value, str) else json.dumps(value)
    except RecursionError:
        text = "..."
    text = text.encode(errors="replace").decode()  # lone surrogates
    return text if len(text) <= most else f"{text[:most]} ... ({len(text):,} characters)"


def as_texts(value: Any) -> tuple[str, ...]:
    """A list of names from a list or a single name; empty for other values."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(as_text(one, 300) for one in values if isinstance(one, str | int | float))


def as_number(value: Any) -> float | None:
    """A finite number; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if abs(found) < float("inf") else None


def as_object(value: Any) -> dict[str, Any]:
    """A JSON object; empty for any other value."""
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The JSON objects in a list; empty for any other value."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
