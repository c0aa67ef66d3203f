"""Default run folder: `runs/DATE-WORDS-DIGEST`, the same folder for the same configuration."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from truing.runs._kinds import RunKind
from truing.specification import Specification

RUNS = Path("runs")
DIGITS = 6  # of the configuration's digest
WIDTH = 32  # characters of the words, so that a folder's name has 50 characters or fewer
FIRST = 16  # of which for the first part, if another follows
ENDINGS = re.compile(r"\.(jsonl|json|csv|tsv|parquet|gz|npy|npz)$")

Parts = Mapping[str, Sequence[str]]
"""Names in a configuration by their plural noun, most important first: tasks, then methods."""


def default_folder(kind: RunKind, text: str, words: str) -> Path:
    """The folder of a run that names none: an earlier folder of this configuration, or a new path.

    Args:
        kind: the kind of run.
        text: the configuration.
        words: the readable part of a new folder's name.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    for path in sorted(RUNS.glob(f"*-{digest}")):
        with suppress(OSError, UnicodeDecodeError):
            if (path / kind.configuration).read_text() == text:
                return path
    return RUNS / f"{date.today().isoformat()}-{as_words(words)}-{digest}"


def words_of(parts: Parts) -> str:
    """Readable words for a configuration: its names, or their number if they are too long.

    Examples:
        >>> from truing.runs._default_folder import words_of
        >>> words_of({"tasks": ["data/wine.csv"], "methods": ["naive", "confidence,warmup=0.1"]})
        'wine-naive-confidence'
        >>> words_of({"tasks": ["digits"], "methods": ["naive"] + ["confident-filter"] * 2})
        'digits-naive-confident-filter'
    """
    found: list[str] = []
    waiting = len(parts)
    for noun, names in parts.items():
        waiting -= 1
        left = FIRST if waiting else WIDTH - sum(len(one) + 1 for one in found)
        short = list(dict.fromkeys(_short(one) for one in names))
        joined = "-".join(short)
        if len(joined) > left:
            joined = _cut(joined, left) if len(short) == 1 else f"{len(short)}-{noun}"
        found.append(joined)
    return "-".join(found)


def as_words(text: str) -> str:
    """A text in the characters of a folder's name: letters, digits and `-`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _cut(re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-"), WIDTH) or "run"


def _short(specification: str) -> str:
    """A name without its arguments, folders, file ending and digest."""
    name = Specification.parse(specification).name.partition("@")[0].rpartition("/")[2]
    name = name.rpartition(".py:")[2]
    for _ in range(2):  # .jsonl.gz
        name = ENDINGS.sub("", name)
    return as_words(name)


def _cut(text: str, most: int) -> str:
    return text[:most].strip("-")
