"""Forms of a task: question and candidate as one true/false item, and equally frequent classes.

Both are how openai/weak-to-strong (`weak_to_strong/datasets.py`) and EleutherAI/w2s
(`w2s/ds_registry.py`) prepare their data. Wen et al. 2025 ("Unsupervised elicitation of language
models", arXiv 2506.10139) judge each candidate of a question as true or false.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np

from truing.errors import DataError
from truing.tasks._dialogue import Dialogue
from truing.tasks._item import Item
from truing.tasks._items import Items
from truing.tasks._vault import UNANSWERABLE

FORMS = ("given", "truefalse", "truefalse-one")
"""Values of the argument `form`."""

ANSWERS = ("false", "true")


def reshaped(name: str, found: Items, form: str = "given", balance: bool = False) -> Items:
    """Items in another form, and with equally frequent classes.

    Args:
        name: name of the task, for messages.
        found: items of a file, data set or object.
        form: `given`; `truefalse`, an item for each choice of each question; or `truefalse-one`,
            an item for one choice of each question, which is the right one in half of the cases.
        balance: keep equally many items of each class.

    Raises:
        DataError: a form or a balance that the kind of the items does not allow.
    """
    if form != "given":
        if found.kind == "classification":
            raise DataError(
                f"{name}: form={form} needs items with 'choices', or 'chosen' and 'rejected', but "
                "these items have classes; leave it out"
            )
        found = _judged(found, single=form == "truefalse-one")
    if balance and found.kind != "classification":
        raise DataError(
            f"{name}: balance=true needs classes, but these items have their own choices; leave it "
            "out, or add form=truefalse"
        )
    return _balanced(found) if balance else found


def _judged(found: Items, *, single: bool) -> Items:
    """Classification of choices as false or true; the clusters are those of the questions."""
    items, truth, rows = [], [], []
    for item, right, row in zip(found.items, found.truth.tolist(), found.rows, strict=True):
        for at in [_drawn(item, right)] if single else range(len(item.choices)):
            text = _with_choice(item, at, pair=found.kind == "preference")
            own = item.id if single else f"{item.id}-{at + 1}"
            items.append(replace(item, id=own, stem=text, choices=ANSWERS))
            truth.append(int(at == right))
            rows.append(row)
    right_N, row_N = np.array(truth, np.int64), np.array(rows, np.int64)
    return Items("classification", tuple(items), ANSWERS, right_N, found.left_out, row_N)


def _with_choice(item: Item, at: int, *, pair: bool) -> str:
    """Question and choice as one text, as openai/weak-to-strong writes them for sciq."""
    if pair or not item.stem or isinstance(item.stem, Dialogue):
        return item.answers[at]
    return f"Q: {item.stem} A: {item.choices[at]}"


def _drawn(item: Item, right: int) -> int:
    """The right choice or, in half of the items, another choice, by a hash of the texts."""
    number = _hash(item.text, *sorted(item.choices))
    others = [at for at in range(len(item.choices)) if at != right]
    return others[number // 2 % len(others)] if number % 2 else right


def _balanced(found: Items) -> Items:
    """Equally many items of each class: those with the smallest hashes of their ids."""
    known = found.truth != UNANSWERABLE
    counts = np.bincount(found.truth[known], minlength=len(found.choices))
    ranks = [_hash(item.id) for item in found.items]
    kept: list[int] = np.flatnonzero(~known).tolist()
    for label in range(len(found.choices)):
        own = np.flatnonzero(found.truth == label).tolist()
        kept += sorted(own, key=ranks.__getitem__)[: int(counts.min())]
    kept.sort()  # in the order of the file
    items, rows = tuple(found.items[at] for at in kept), found.rows[kept]
    return replace(found, items=items, truth=found.truth[kept], rows=rows)


def _hash(*texts: str) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps(texts).encode()).digest()[:8], "big")
