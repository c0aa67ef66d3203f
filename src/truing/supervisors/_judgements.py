"""A judge under a protocol as a supervisor: what `truing oversee` recorded, as weak labels.

An item's label is the mean of the judge's beliefs in all plays of it (both answers argued, both
orders). Plays in which a speaker said nothing are left out. Where no verdict could be read the
judge does not know, and every choice is as likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing.arguments import FilePath
from truing.errors import DataError
from truing.supervisors._supervisor import Labeller, supervisor
from truing.tasks import Task, read_rows

Row = dict[str, Any]
BLIND = "blind"  # the protocol without help
JOINT = "+"


@supervisor("judgements:{path:PATH}")
def judgements(path: FilePath, protocol: str | None = None) -> Labeller:
    """A judge's verdicts under a protocol: the judgements.jsonl of `truing oversee`.

    Args:
        path: the file; its rows name `question` (the item's id), `choices` and `belief`.
        protocol: which, where the file holds several: its name, or all of it with `+` in place of
            commas (`debate+rounds=2`).
    """

    names, rows = _read(path)
    wanted = _choose(path, names, protocol)
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["protocol"] == wanted:
            found.setdefault(str(row["question"]), []).append(row)

    def label(task: Task, truth: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # what was recorded is all there is
        missing = [one for one in task.ids if one not in found]
        if missing:
            raise DataError(
                f"{path}: {len(missing)} items of {task.name} were not judged, the first is "
                f"{missing[0]!r}"
            )
        labels = np.zeros((len(task), len(task.choices)))  # 0 for absent choices
        for i, one in enumerate(task.ids):
            labels[i, : task.choice_counts[i]] = _label(path, task, i, found[one])
        return labels

    embedded = any(row.get("simulated") for row in rows)
    helped = wanted != BLIND and BLIND in names
    unaided = f"judgements:{path},protocol={BLIND}" if helped else None
    return Labeller(label, embedded=embedded, unaided=unaided)


def _read(path: str) -> tuple[list[str], list[Row]]:
    """Names of the protocols in a file, and its rows."""
    rows = []
    for where, row in read_rows(Path(path)):
        missing = [name for name in ("question", "choices", "protocol") if row.get(name) is None]
        if missing or "belief" not in row:
            name = (missing or ["belief"])[0]
            raise DataError(f"{where}: no {name!r}; judgements are what `truing oversee` records")
        rows.append(row)
    return list(dict.fromkeys(row["protocol"] for row in rows)), rows


def _choose(path: str, names: Sequence[str], wanted: str | None) -> str:
    """The one protocol that is meant; a comma would end the argument, so `+` stands for it."""
    typed = {name: name.replace(",", JOINT) for name in names}
    fitting = [name for name in names if wanted in (None, name, typed[name])] or [
        name for name in names if wanted == name.partition(",")[0]
    ]
    if len(fitting) != 1:
        raise DataError(
            f"{path} holds the protocols {' and '.join(typed.values())}; name one: "
            f"judgements:{path},protocol={typed[names[0]]}"
        )
    return fitting[0]


def _label(path: str, task: Task, item: int, rows: Sequence[Row]) -> np.ndarray:
    """(k,) mean belief in the item's choices."""
    places = _places(path, task, item, rows[0]["choices"])
    read = [row["belief"] for row in rows if row["belief"] is not None and not row.get("mute")]
    if not read:
        return np.full(len(places), 1 / len(places))
    try:
        return np.array(read, float).mean(axis=0)[places]
    except (IndexError, ValueError):
        raise DataError(
            f"{path}: beliefs about {task.ids[item]!r} do not fit its choices"
        ) from None


def _places(path: str, task: Task, item: int, choices: Sequence[str]) -> list[int]:
    """Index among the judged choices of each of the task's."""
    own = task.choices
    if task.kind != "classification":  # an item's text is its question and one choice
        wholes = task.own_texts(item)
        ends = [[text for text in choices if whole.endswith(text)] for whole in wholes]
        own = [max(fitting, key=len, default="") for fitting in ends]
    if sorted(own) != sorted(choices):
        raise DataError(
            f"{path}: {task.ids[item]!r} was judged between {', '.join(map(repr, choices))}, and "
            f"{task.name} has other choices"
        )
    return [list(choices).index(one) for one in own]
