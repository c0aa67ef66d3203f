"""Export of weak labels: a data set with a card, which `datasets.load_dataset` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from truing.exports._base import without_folders
from truing.exports._chosen import Chosen
from truing.exports._facts import TAGS, Facts
from truing.tasks import Item

FILE = "train.jsonl"
SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M"}
ABOUT = (
    "Labels of the supervisor `{weak}` for the {count:,} items of `{task}` from which the students "
    "of seed {seed} learned (split `learn`). The data set contains no ground truth."
)
PLANTED = (
    "The supervisor is simulated: a program made its labels from the ground truth, with planted "
    "errors. So the labels reveal the ground truth of most items."
)
FIELDS = {
    "id": "id of the item",
    "text": "question, or text to classify",
    "vector": "numbers of the item (an image is a list of rows)",
    "cluster": "group of related items, which are in one split",
    "choices": "classes, or the item's own choices",
    "probabilities": "the supervisor's probability of each choice",
    "label": "index of the most probable choice, from 0",
}
LOAD = """
from datasets import load_dataset

labels = load_dataset(".", split="train")  # this folder
"""


def write_labels(chosen: Chosen, folder: Path) -> int:
    """Write the labels of the learning items, and the card; returns the number of items."""
    chosen.need([chosen.labels])
    beliefs = chosen.store.read(chosen.labels.key)["beliefs"]
    task = chosen.source.task
    items = chosen.source.splits(chosen.seed).learn
    lines = [json.dumps(_row(task.items[item], beliefs[item])) + "\n" for item in items]
    (folder / FILE).write_text("".join(lines))
    (folder / "README.md").write_text(labels_card(Facts(chosen, ("--labels",)), len(lines)))
    return len(lines)


def _row(item: Item, beliefs: np.ndarray) -> dict[str, Any]:
    """A row of the data set."""
    own = beliefs[: len(item.choices)]
    given: dict[str, Any] = {"text": str(item.stem)}
    if isinstance(item.stem, np.ndarray):
        given = {"vector": item.stem.tolist()}
    return {
        "id": item.id,
        **given,
        "cluster": item.cluster,
        "choices": list(map(str, item.choices)),
        "probabilities": [round(float(one), 7) for one in own],
        "label": int(own.argmax()),
    }


def labels_card(facts: Facts, count: int) -> str:
    """Text of the card."""
    chosen, row = facts.chosen, facts.chosen.row
    about = ABOUT.format(weak=row.weak, count=count, task=row.task, seed=chosen.seed)
    text = isinstance(chosen.source.task.items[0].stem, str)
    fields = {name: one for name, one in FIELDS.items() if name != ("vector" if text else "text")}
    sees_all = chosen.labels.truth is not None and chosen.labels.truth.purpose == "plant"
    lines = [
        f"# Labels of {row.weak} on {row.task}",
        "",
        " ".join([about, *([PLANTED] if sees_all else [])]),
        "",
        *(f"- `{name}`: {meaning}" for name, meaning in fields.items()),
        "",
        f"```python\n{LOAD.strip()}\n```",
        "",
        "## Supervisor",
        "",
        *_supervisor(facts),
    ]
    header = f"---\n{_header(facts, count)}\n---\n\n"
    return without_folders(header + "\n".join(lines) + "\n")


def _supervisor(facts: Facts) -> Iterator[str]:
    row, at = facts.chosen.row, facts.chosen.at
    own = f", {row.by_seed['weak'][at]:.3f} with this seed" if row.by_seed else ""
    weak = row.accuracy("weak")
    yield (
        f"- Accuracy on the test items: {weak.value:.3f} [{weak.low:.3f}, {weak.high:.3f}] "
        f"(95% interval, {row.seeds} seeds){own if row.metric == 'accuracy' else ''}."
    )
    yield from (f"- {line}" for line in facts.about_labels())


def _header(facts: Facts, count: int) -> str:
    """Header of the card in YAML."""
    from huggingface_hub import DatasetCardData

    size = next((name for most, name in SIZES.items() if count < most), "n>1M")
    return DatasetCardData(
        pretty_name=f"Labels of {facts.chosen.row.weak} on {facts.chosen.row.task}",
        source_datasets=facts.data_sets or None,
        license=facts.license_id,
        size_categories=size,
        tags=TAGS + (["simulated-supervisor"] if facts.chosen.row.simulated else []),
        configs=[{"config_name": "default", "data_files": FILE}],
    ).to_yaml()
