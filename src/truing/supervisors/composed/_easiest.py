"""Easiest items: what a supervisor learns that only people's easy answers supervise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import DataError, UserError
from truing.specification import Specification
from truing.supervisors._registered import Registered
from truing.tasks import Source, apart_from
from truing.tasks.shift import find_field

FEWEST = 10  # smallest number of easy items
SHARE = 0.5


@dataclass(frozen=True)
class EasyToHard(Registered):
    """A model that learns the ground truth of easy items, and labels all items.

    Attributes:
        student: specification of the model, in nested form.
        share: share of the supervise split that counts as easy.
        by: field of the items that orders them by hardness.
        task: specification of an easy task, in nested form, whose items are learned in place of
            items of the labeled task; empty for none.

    Raises:
        UserError: a share of the labeled task together with another task.
    """

    student: str
    share: float
    by: str
    task: str

    def __post_init__(self) -> None:
        if self.task and (self.share, self.by) != (SHARE, "hardness"):
            raise UserError(
                "share and by select easy items of the labeled task, and task names another task; "
                "leave out one of them"
            )


def easiest(source: Source, items: np.ndarray, share: float, by: str) -> np.ndarray:
    """(m,) indices of the easiest items; items as hard as the hardest of them are included.

    Args:
        source: the task with the fields of its items; its vault is not used.
        items: (n,) indices of the items to choose from.
        share: share of the items with a value that are easy.
        by: field of the hardness, a number; items without a value are not easy.

    Raises:
        DataError: no such field, no numbers, or too few easy items.

    Examples:
        >>> import numpy as np, truing
        >>> from truing.supervisors.composed._easiest import easiest
        >>> rows = [{"text": f"item {n}", "truth": n % 2, "steps": n // 4} for n in range(60)]
        >>> source = truing.load_task(rows, name="steps")
        >>> easiest(source, np.arange(60), 0.2, "steps").tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    """
    try:
        values = find_field(source.fields, by)[items]
    except DataError as error:
        raise DataError(f"easy-to-hard on {source.task.name}: {error}") from None
    if values.dtype == object:
        raise DataError(
            f"easy-to-hard on {source.task.name}: the field {by!r} contains texts; name a field of "
            "numbers that grow with hardness, by=FIELD"
        )
    known = values[~np.isnan(values)]
    limit = np.quantile(known, share, method="inverted_cdf") if len(known) else -np.inf
    easy = items[values <= limit]
    if len(easy) < FEWEST:
        raise DataError(
            f"easy-to-hard on {source.task.name}: {len(easy)} of {len(items)} items of the "
            f"supervise split are easy by {by!r}, and {FEWEST} are needed; use a larger share"
        )
    return easy


def learnable(easy: Source, tested: Sequence[Source]) -> np.ndarray:
    """(m,) indices of the items of an easy task whose ground truth a supervisor may learn.

    They are the items that the test and the sealed split leave, the same for every seed, without
    unanswerable items and test items of other tasks.

    Args:
        easy: the easy task.
        tested: the labeled task, all items of which are test items here, and other tasks on which
            models are tested.

    Raises:
        DataError: too few items are left.
    """
    splits = easy.splits(0)
    pool = np.union1d(splits.supervise, splits.learn)
    items = pool[(apart_from(easy.task, tested) & ~easy.vault.unanswerable)[pool]]
    if len(items) < FEWEST:
        raise DataError(
            f"easy-to-hard: {easy.task.name} has {len(items)} items besides its test items and "
            f"those of {tested[0].task.name}, and {FEWEST} are needed; name another task"
        )
    return items


def with_nested_arguments(asked: Specification) -> Specification:
    """The specification of an easy-to-hard supervisor, with its model and task in nested form.

    Arguments before `task` that are not its own are arguments of the model; arguments after it are
    arguments of the task.

    Examples:
        >>> from truing.specification import Specification
        >>> from truing.supervisors.composed._easiest import with_nested_arguments
        >>> asked = Specification.parse("easy-to-hard:pca-4,l2=0.1,task=sums.csv,truth=right")
        >>> print(with_nested_arguments(asked))
        easy-to-hard:pca-4:l2=0.1,task=sums.csv:truth=right
    """
    name, own = asked.name, dict[str, str]()
    for argument, value in asked.arguments.items():
        if argument in ("student", "share", "by", "task"):
            own[argument] = value
        elif "task" in own:
            own["task"] += f":{argument}={value}"
        else:
            name += f":{argument}={value}"
    return Specification(name, own)
