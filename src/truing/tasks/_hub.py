"""Tasks from data sets on the Hugging Face Hub, by a declared meaning of their columns.

The columns of some data sets, such as `hf:sciq`, are declared in `hub/_sets.py`. For any other data
set, name the columns, and join several names by a plus:
`hf:owner/name,split=train+test,text=passage+question,truth=label`. The library `datasets` reads the
rows, from its cache if the Hub cannot be reached. Code of a data set is never run: for a data set
that consists of code, the Hub's conversion to Parquet is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any

import numpy as np

from truing.arguments import OneOf, Within
from truing.errors import DataError, UserError
from truing.tasks._fields import FileRow
from truing.tasks._forms import FORMS, reshaped
from truing.tasks._items import Items, keep_usable, read_items
from truing.tasks._load import task
from truing.tasks._notes import noted_source
from truing.tasks._source import Source
from truing.tasks._truth import TruthRule
from truing.tasks.hub import SETS, HubRow, HubSet, columns_of, load_split, read_row, text_at


@task("hf:{path:PATH}")
def hf(
    path: str,
    configuration: str = "",
    split: str = "",
    text: str = "",
    names: str = "",
    choices: str = "",
    letters: str = "",
    truth: str = "",
    truth_is: str = "",
    first: Annotated[int, Within("[-1, inf)")] = -1,
    chosen: str = "",
    rejected: str = "",
    cluster: str = "",
    id: str = "",
    license: str = "",
    limit: Annotated[int, Within("[0, inf)")] = 0,
    drop: bool = False,
    form: Annotated[str, OneOf(FORMS)] = "given",
    balance: bool = False,
) -> Source:
    """A data set of the Hugging Face Hub: hf:sciq, or hf:owner/name,text=COLUMN,truth=COLUMN.

    Args:
        truth_is: index, name or letter; by default determined from the truth and the choices.
        first: index of the first choice; -1 for the declared index, or 0.
        limit: number of rows, drawn by a fixed random seed; 0 for all rows.
        drop: leave out unusable rows, instead of stopping at the first.
        form: truefalse makes an item of each question and choice, truefalse-one an item of each
            question and one choice, which is right in half of the items; true or false.
        balance: keep equally many items of each class.
    """
    given: dict[str, Any] = {
        "configuration": configuration,
        "splits": _split_names(split),
        "text": "\n".join("{" + column + "}" for column in _split_names(text)),
        "names": _split_names(names),
        "choices": _split_names(choices),
        "letters": letters,
        "truth": truth,
        "truth_is": truth_is,
        "chosen": chosen,
        "rejected": rejected,
        "cluster": cluster,
        "id": id,
        "license": license,
    }
    said = {name: value for name, value in given.items() if value}
    if first >= 0:
        said["first"] = first
    meaning = replace(_declared(path), **said)
    _check(path, meaning)
    items, others, origin = _items(path, meaning, limit, drop)
    items = reshaped(f"hf:{path}", items, form, balance)
    return noted_source(f"hf:{path}", items, others, license=meaning.license, origin=origin)


def _split_names(joined: str) -> tuple[str, ...]:
    return tuple(part for part in joined.split("+") if part)


def _declared(path: str) -> HubSet:
    """Declaration of a data set; for an `owner/name` or a folder, only its location."""
    if path in SETS:
        return SETS[path]
    if "/" in path:
        return HubSet(path)
    near = get_close_matches(path, SETS, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"declared are: {', '.join(SETS)}"
    raise UserError(
        f"unknown data set hf:{path}; {hint} Write any other data set as hf:owner/name,text=..."
    )


def _check(path: str, meaning: HubSet) -> None:
    pair = bool(meaning.chosen and meaning.rejected)
    asked = bool(meaning.truth and (meaning.text or meaning.choices))
    if pair == asked:
        raise UserError(
            f"hf:{path} needs the names of its columns: text and truth, choices and truth, or "
            "chosen and rejected (hf:owner/name,text=question,choices=a+b,truth=label)"
        )
    TruthRule(meaning.truth_is, meaning.first)
    unused = {"names": pair or meaning.choices, "letters": not meaning.choices}
    unused |= {"truth_is": not meaning.choices, "first": not meaning.choices}
    for argument, is_unused in unused.items():
        if is_unused and getattr(meaning, argument):
            kind = "classes" if argument == "names" else "choices"
            raise UserError(f"hf:{path}: {argument} is only for items with {kind}; leave it out")


def _items(
    path: str, meaning: HubSet, limit: int, drop: bool
) -> tuple[Items, list[dict[str, Any]], str]:
    """Items of a data set, the other columns of its rows, and its origin."""
    parts = [(split, load_split(meaning, split)) for split in meaning.splits]
    for split, data in parts:
        _check_columns(path, split, data, meaning)
    if not meaning.names:
        named = getattr(parts[0][1].features.get(meaning.truth), "names", ())
        meaning = replace(meaning, names=tuple(named))
    name = f"hf:{path}"
    drawn = [(f"{name}, {one.split}, row {one.number}", one) for one in _draw(parts, limit)]
    kept, left_out = keep_usable(name, drawn, partial(_read, meaning), drop)
    rows = [(drawn[at][0], row) for at, row in kept]
    known = bool(meaning.names)
    items = read_items(name, rows, rule=TruthRule("index"), any_count=known, drop=drop)
    origin = f"{meaning.repository} on the Hugging Face Hub, {'+'.join(meaning.splits)}"
    origin += f", {limit} drawn" if limit else ""
    used = {column.partition(".")[0] for column in _columns(meaning)}
    others = [
        {name: value for name, value in drawn[at][1].row.items() if name not in used}
        for at, _ in kept
    ]
    return replace(items, left_out=items.left_out + left_out), others, origin


@dataclass(frozen=True)
class _Drawn:
    """A row of a data set, with its number in its split."""

    split: str
    number: int
    row: HubRow


def _read(meaning: HubSet, where: str, drawn: _Drawn) -> FileRow:
    """A drawn row with the field names of task files."""
    own = text_at(where, drawn.row, meaning.id) if meaning.id else drawn.number
    key = f"{drawn.split}-{own}"
    cluster = _shared(where, drawn.row, meaning) or key
    return {"id": key, "cluster": cluster} | read_row(where, drawn.row, meaning)


def _shared(where: str, row: HubRow, meaning: HubSet) -> str:
    """Cluster of a row: what it shares with related rows; empty if it has none."""
    value = text_at(where, row, meaning.cluster) if meaning.cluster else ""
    return (value.partition(meaning.until)[0] if meaning.until else value).strip()


def _draw(parts: list[tuple[str, Any]], limit: int) -> Iterator[_Drawn]:
    """All rows, or `limit` randomly drawn rows."""
    total = sum(len(data) for _, data in parts)
    taken = np.arange(total)
    if 0 < limit < total:
        taken = np.sort(np.random.default_rng(0).permutation(total)[:limit])
    before = 0
    for split, data in parts:
        numbers = taken[(taken >= before) & (taken < before + len(data))] - before
        for number, row in zip(numbers, data.select(numbers), strict=True):
            yield _Drawn(split, int(number), row)
        before += len(data)


def _columns(meaning: HubSet) -> list[str]:
    """The columns that are a part of an item or its ground truth."""
    single = (meaning.letters, meaning.truth, meaning.chosen, meaning.rejected)
    named = [*columns_of(meaning.text), *meaning.choices, *single, meaning.cluster, meaning.id]
    return [column for column in named if column]


def _check_columns(path: str, split: str, data: Any, meaning: HubSet) -> None:
    for column in _columns(meaning):
        if column.partition(".")[0] not in data.column_names:
            raise DataError(
                f"hf:{path}, {split}: no column {column!r}; columns: {', '.join(data.column_names)}"
            )
