"""Published question sets as tasks: `quality:FILE`, `mmlu`, `gsm8k:FILE`, ...

A student reads the hidden text before the question, as in the data sets of `hf:` with a passage.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from truing.tasks._fields import FileRow
from truing.tasks._items import read_items
from truing.tasks._load import task
from truing.tasks._notes import noted_source
from truing.tasks._source import Source
from truing.tasks._truth import TruthRule
from truing.tasks.published import PUBLISHED, PublishedSet


def _as_task(read: Callable[..., PublishedSet]) -> Callable[..., Source]:
    """A task's factory with the arguments and the description of a published set."""

    @wraps(read)
    def make(**arguments: Any) -> Source:
        found = read(**arguments)
        rows = [(where, _shown(row)) for where, row in found.rows]
        items = read_items(found.name, rows, rule=TruthRule("index"))
        others = [dict(one) for one in found.others]
        return noted_source(found.name, items, others, license=found.license, origin=found.origin)

    return make


def _shown(row: FileRow) -> FileRow:
    """A row whose text is the hidden text and the question."""
    hidden = row.get("hidden", "")
    text = f"{hidden}\n{row['question']}" if hidden else row["question"]
    return {**{k: v for k, v in row.items() if k not in ("hidden", "question")}, "text": text}


for name, read in PUBLISHED.items():
    task(f"{name}:{{path:PATH}}")(_as_task(read))
