"""Tasks from a JSONL file: one item a line.

| field | meaning |
|---|---|
| `id` | any text or number, unique; the line's number where it is left out |
| `text` | the question, or the text to be classified; optional where choices speak for themselves |
| `vector` | numbers, the same count on every line, in place of `text` (classification) |
| `choices` | multiple choice: two or more answers to choose from; lines may differ in number |
| `truth` | the right choice, by name or index; for classification any name, number or true/false |
| `chosen`, `rejected` | preference pairs: the better and the worse text, in place of the two |
| `cluster` | anything; items of one cluster stay in one split and in one unit of the bootstrap |

Pairs are shown in an order that does not tell the better; `truing items FILE` prints it. Other
fields are ignored. A file with other names is read by naming them:
`solutions.jsonl,text=solution,truth=correct`. With `classes`, as
in `classes=bad/good`, a classification takes no other truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.tasks._order import hidden_order
from truing.tasks._task import Kind, Source, make_source, task

Rows = list[tuple[str, dict[str, Any]]]


@task("jsonl")
def jsonl(
    path: str,
    id: str = "id",
    text: str = "text",
    vector: str = "vector",
    choices: str = "choices",
    truth: str = "truth",
    chosen: str = "chosen",
    rejected: str = "rejected",
    cluster: str = "cluster",
    classes: str | None = None,
) -> Source:
    """A JSONL file of your own: classification, multiple choice or preference pairs.

    Args:
        classes: of a classification, with / between them: no other truth is taken then.
    """
    rows = read_fields(
        path,
        id=id,
        text=text,
        vector=vector,
        choices=choices,
        truth=truth,
        chosen=chosen,
        rejected=rejected,
        cluster=cluster,
    )
    kind, inputs, options, answers = read_items(rows, classes)
    ids = [str(row.get("id", where.rpartition(" ")[2])) for where, row in rows]
    clusters = [
        str(row.get("cluster", f"item {one}")) for one, (_, row) in zip(ids, rows, strict=True)
    ]
    return _source(path, kind, ids, inputs, options, answers, clusters)


def read_items(
    rows: Rows, classes: str | None = None
) -> tuple[Kind, np.ndarray, list[str], list[int]]:
    """The kind of items that rows hold, their inputs, the choices' names and (N,) right choices.

    Args:
        classes: of a classification, with / between them; by default, whatever truths there are.

    Raises:
        DataError: a row that does not hold what its kind must.
    """
    first = rows[0][1]
    if classes is not None and ("choices" in first or "chosen" in first or "rejected" in first):
        raise DataError(f"{rows[0][0]}: classes are for classification; this item has its own")
    if "chosen" in first or "rejected" in first:
        return "preference", *_preference(rows)
    if "choices" in first:
        return "multiple choice", *_multiple_choice(rows)
    return "classification", *_classification(rows, classes)


def read_fields(path: str, **names: str) -> Rows:
    """A file's lines with their place, and of each the fields that it has, by our names for them.

    Args:
        names: for each of our fields, what the file calls it.

    Raises:
        DataError: as `read_jsonl`.
    """
    return [
        (where, {own: row[name] for own, name in names.items() if row.get(name) is not None})
        for where, row in read_jsonl(Path(path))
    ]


def read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every filled line of a file as an object, with the words that name its place in a message.

    Raises:
        DataError: no such file, no line, or a line that is no JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not filled:
        raise DataError(f"{path} is empty; it needs one JSON object a line")
    for number, line in filled:
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
            json.dumps(row, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: not JSON ({error.msg} at column {error.colno})") from None
        except (RecursionError, UnicodeEncodeError) as error:
            raise DataError(f"{where}: JSON that cannot be used ({type(error).__name__})") from None
        if not isinstance(row, dict):
            raise DataError(f"{where}: a JSON object is needed, not {type(row).__name__}")
        yield where, row


LARGEST = 1e30  # single precision ends a little above


def _classification(rows: Rows, classes: str | None) -> tuple[np.ndarray, list[str], list[int]]:
    names = [_name(where, _need(where, row, "truth")) for where, row in rows]
    options = sorted(set(names), key=_natural) if classes is None else _classes(classes)
    for (where, _), name in zip(rows, names, strict=True):
        if name not in options:
            raise DataError(f"{where}: the truth {name!r} is no class; they are {classes}")
    answers = [options.index(name) for name in names]
    if "vector" in rows[0][1]:
        return _vectors(rows), options, answers
    texts = [_text(where, _need(where, row, "text")) for where, row in rows]
    return np.array(texts, dtype=object), options, answers


def _classes(given: str) -> list[str]:
    names = given.split("/")
    if len(names) < 2 or len(set(names)) < len(names) or "" in names:
        raise DataError(f"classes={given}: two or more names are needed, such as classes=no/yes")
    return names


def _multiple_choice(rows: Rows) -> tuple[np.ndarray, list[str], list[int]]:
    texts, answers = [], []
    for where, row in rows:
        options = _need(where, row, "choices")
        if not isinstance(options, list) or len(options) < 2:
            raise DataError(f"{where}: 'choices' must be a list of two or more texts")
        names = [_text(where, option) for option in options]
        answers.append(_answer(where, _need(where, row, "truth"), options, names))
        stem = _text(where, row["text"]) + "\n" if "text" in row else ""
        texts.append([stem + name for name in names])
    grid = _grid(texts)
    return grid, [str(i) for i in range(grid.shape[1])], answers


def _preference(rows: Rows) -> tuple[np.ndarray, list[str], list[int]]:
    texts, answers = [], []
    for where, row in rows:
        stem = _text(where, row["text"]) + "\n" if "text" in row else ""
        pair = [stem + _text(where, _need(where, row, name)) for name in ("chosen", "rejected")]
        if pair[0] == pair[1]:
            raise DataError(f"{where}: 'chosen' and 'rejected' are the same text")
        order = hidden_order(pair)
        answers.append(order.index(0))
        texts.append([pair[i] for i in order])
    return _grid(texts), ["0", "1"], answers


def _vectors(rows: Rows) -> np.ndarray:
    width, vectors = None, []
    for where, row in rows:
        vector = _need(where, row, "vector")
        try:
            vector = [float(number) for number in (vector if isinstance(vector, list) else None)]
        except (TypeError, ValueError, OverflowError):
            raise DataError(f"{where}: 'vector' must be a list of numbers") from None
        if not all(abs(number) < LARGEST for number in vector):
            raise DataError(f"{where}: 'vector' holds a number that is not finite, or beyond 1e30")
        width = width or len(vector)
        if len(vector) != width:
            raise DataError(f"{where}: {len(vector)} numbers where the first line has {width}")
        vectors.append(vector)
    return np.array(vectors, np.float32)


def _answer(where: str, truth: Any, options: list[Any], names: list[str]) -> int:
    """Index of the right choice: the choice itself, or else a number that counts from 0."""
    if isinstance(truth, str | int | float) and not isinstance(truth, bool):
        if truth in options and names.count(str(truth)) == 1:
            return options.index(truth)
        numbered = any(not isinstance(option, str) for option in options)
        if isinstance(truth, int) and not numbered and 0 <= truth < len(names):
            return truth
    allowed = f"an index from 0 to {len(names) - 1}, or one of the choices"
    raise DataError(f"{where}: the truth {truth!r} is no choice; it must be {allowed}")


def _need(where: str, row: dict[str, Any], name: str) -> Any:
    if name not in row:
        held = ", ".join(row) or "none of the known fields"
        raise DataError(f"{where}: no {name!r}; the line holds {held}")
    return row[name]


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise DataError(f"{where}: text is needed, not {type(value).__name__}")
    return str(value)


def _name(where: str, value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise DataError(f"{where}: the truth must be a name, a number or true/false, not {value!r}")
    return json.dumps(value) if not isinstance(value, str) else value


def _natural(name: str) -> tuple[int, float, str]:
    """Numbers in their order, then words in theirs."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name


def _grid(texts: list[list[str]]) -> np.ndarray:
    """(N, K) texts, K the largest number of choices; None fills the places of shorter items."""
    grid = np.full((len(texts), max(map(len, texts))), None, dtype=object)
    for row, own in zip(grid, texts, strict=True):
        row[: len(own)] = own
    return grid


def _source(
    path: str,
    kind: Kind,
    ids: list[str],
    inputs: np.ndarray,
    options: list[str],
    answers: list[int],
    clusters: list[str],
) -> Source:
    return make_source(
        Path(path).name,
        kind,
        ids,
        inputs,
        options,
        np.array(answers, np.int64),
        clusters=clusters,
        licence="the file's own",
        origin=str(path),
    )
