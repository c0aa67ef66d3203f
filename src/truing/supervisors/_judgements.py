"""A judge under a protocol as a supervisor: verdicts of `truing oversee` as weak labels.

An item's label is the mean of the judge's beliefs in all plays of the item (both answers argued,
both orders). Plays in which a speaker said nothing are left out. If no verdict is readable, the
label is uniform over the choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from truing.arguments import FilePath
from truing.errors import DataError
from truing.oversight import JudgementRow, read_judgements
from truing.oversight.logs import open_plays, read_plays
from truing.specification import Specification
from truing.supervisors._supervisor import Labeler, supervisor
from truing.tasks import Item, Task

BLIND = "blind"  # the protocol without help
JOINT = "+"  # replaces the comma in the names of protocols, judges and agents
PERSON = "person:"  # before the name of a person who judged
SEVERAL = 2


@supervisor("judgements:{path:PATH}")
def judgements(
    path: FilePath, protocol: str | None = None, judge: str | None = None, agent: str | None = None
) -> Labeler:
    """Verdicts of judges under a protocol, from a file of judgements or a log of Inspect.

    People who judge are not distinguished: the label is the mean of their beliefs.

    Args:
        path: judgements.jsonl of `truing oversee`, whose rows have `question` (the item's id),
            `choices` and `belief`; or a log (.eval) of `truing oversee` or of `inspect eval
            truing/PROTOCOL`.
        protocol: required if the file contains several protocols: the name of a protocol, or its
            specification with `+` in place of commas (`debate+rounds=2`).
        judge: required if several models judged: the name of a judge. Members of a panel and
            settings of a model are separated by `+` in place of commas.
        agent: required if several models spoke in the same protocol: the name of the agents, with
            `+` in place of commas.
    """

    rows = _read(path)
    names = list(dict.fromkeys(row.protocol for row in rows))
    wanted = _choose(path, names, protocol)
    chosen = [row for row in rows if row.protocol == wanted]
    chosen = _only(path, chosen, "judge", judge)
    chosen = _only(path, chosen, "agent", agent)
    found: dict[str, list[JudgementRow]] = {}
    for row in chosen:
        found.setdefault(row.question, []).append(row)

    def label(task: Task, truth: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # the labels are in the file
        missing = [name for name in task.ids if name not in found]
        if missing:
            raise DataError(
                f"{path}: {len(missing)} items of {task.name} have no judgement; the first is "
                f"{missing[0]!r}"
            )
        labels = np.zeros((len(task), len(task.choices)))  # 0 for absent choices
        for own, item in zip(labels, task.items, strict=True):
            own[: len(item.choices)] = _label(path, task, item, found[item.id])
        return labels

    embedded = any(row.simulated for row in rows)
    helped = wanted != BLIND and BLIND in names
    same = f",judge={judge}" if judge else ""
    unaided = f"judgements:{path},protocol={BLIND}{same}" if helped else None
    return Labeler(label, embedded=embedded, unaided=unaided)


def _read(path: str) -> list[JudgementRow]:
    """Rows of a file or of a log, each with its choices."""
    if path.endswith(".eval"):
        return list(read_plays([open_plays(path)]).records)
    rows = []
    for where, row in read_judgements(Path(path)):
        if not row.choices:
            raise DataError(
                f"{where}: 'choices' is missing; use the judgements.jsonl of `truing oversee`"
            )
        rows.append(row)
    return rows


def _choose(path: str, names: Sequence[str], wanted: str | None) -> str:
    """Name of the wanted protocol; `+` replaces commas, which would end the argument."""
    typed = {name: name.replace(",", JOINT) for name in names}
    fitting = [name for name in names if wanted in (None, name, typed[name])] or [
        name for name in names if wanted == Specification.parse(name).name
    ]
    if len(fitting) != 1:
        raise DataError(
            f"{path} contains the protocols {' and '.join(typed.values())}; choose a protocol: "
            f"judgements:{path},protocol={typed[names[0]]}"
        )
    return fitting[0]


def _only(
    path: str, rows: list[JudgementRow], field: str, wanted: str | None
) -> list[JudgementRow]:
    """Rows of the wanted judge or agent. People are one judge.

    Raises:
        DataError: there are several judges or agents and none of them is chosen, or there is none
            of the wanted name.
    """
    named = [(_typed(getattr(row, field)), row) for row in rows]
    names = list(dict.fromkeys(name for name, _ in named))
    if wanted is None and len(names) < SEVERAL:
        return rows
    chosen = [row for name, row in named if name == wanted]
    if not chosen:
        what = f"{path} contains the {field}s {' and '.join(names)}"
        raise DataError(f"{what}; choose one: add {field}={names[0]} to the arguments")
    return chosen


def _typed(name: str | None) -> str:
    """The name of a judge or of agents as an argument: `+` replaces commas."""
    if name and name.startswith(PERSON):
        return PERSON
    return (name or "").replace(", ", JOINT).replace(",", JOINT)


def _label(path: str, task: Task, item: Item, rows: Sequence[JudgementRow]) -> np.ndarray:
    """(k,) mean belief in each choice of the item."""
    places = _places(path, task, item, rows[0].choices)
    read = [row.belief for row in rows if row.belief is not None and not row.mute]
    if not read:
        return np.full(len(places), 1 / len(places))
    try:
        return np.array(read, float).mean(axis=0)[places]
    except (IndexError, ValueError):
        raise DataError(f"{path}: the beliefs about {item.id!r} do not match its choices") from None


def _places(path: str, task: Task, item: Item, judged: Sequence[str]) -> list[int]:
    """Index of each choice of the item among the judged choices, with or without their stem."""
    known = [item.choices] if task.kind == "classification" else [item.choices, item.answers]
    own = next((names for names in known if sorted(names) == sorted(judged)), None)
    if own is None:
        raise DataError(
            f"{path}: the choices of {item.id!r} are {', '.join(map(repr, judged))}, but "
            f"{task.name} has other choices"
        )
    return [judged.index(name) for name in own]
