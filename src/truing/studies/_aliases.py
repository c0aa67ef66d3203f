"""Aliases: short names of a study's checkpoints, `hf/small` for `hf/./models/SmolLM2.gguf`."""

from __future__ import annotations

import re
from collections.abc import Mapping

ALIAS = re.compile(r"\w[\w.-]*")
END = r"(?![\w./-])"  # after a whole name


def check_aliases(given: Mapping[str, str]) -> None:
    """Raise ValueError if an alias is not a short name, or names nothing.

    Args:
        given: folder, GGUF file or hub id by alias.
    """
    for alias, name in given.items():
        if not ALIAS.fullmatch(alias):
            raise ValueError(
                f"an alias consists of letters, digits and '._-', got {alias!r}; "
                "such as small=./models/SmolLM2"
            )
        if not name or name.startswith("hf/"):
            raise ValueError(
                f"the alias {alias!r} must name a folder, a GGUF file or a hub id without hf/, "
                f"got {name!r}"
            )


def expand(text: str, aliases: Mapping[str, str]) -> str:
    """A specification with the checkpoints that its aliases name.

    Examples:
        >>> from truing.studies._aliases import expand
        >>> expand("hf/small@layer-3", {"small": "./models/SmolLM2"})
        'hf/./models/SmolLM2@layer-3'
    """
    for alias, name in aliases.items():
        text = _replace(text, alias, name)
    return text


def shorten(text: str, aliases: Mapping[str, str]) -> str:
    """A label with aliases in place of the checkpoints that they name; undoes `expand`."""
    for alias, name in aliases.items():
        text = _replace(text, name, alias)
    return text


def _replace(text: str, name: str, other: str) -> str:
    """Replace `hf/NAME` by another name, but not a longer name that begins alike."""
    parts = re.split(rf"\bhf/{re.escape(name)}{END}", text)
    return f"hf/{other}".join(parts)
