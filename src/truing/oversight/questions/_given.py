"""Given questions: a list of dicts, a data frame, items or a question set in place of a name.

They are kept as JSONL, one question per line, with the index of the correct choice as `truth`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from truing import given
from truing.errors import DataError, UserError
from truing.given import GivenObject
from truing.oversight.questions._file import FIELDS, make_from_rows
from truing.oversight.questions._question_set import QUESTIONS, QuestionSet, make_questions
from truing.tasks import Fields, FileRows, Item, Origin

KEPT = ".jsonl"
NAME = "questions"
ALLOWED = (
    "the name or file of a question set, a list of dicts with the fields of question files "
    "(question, choices, truth, hidden, ...), a data frame with these columns, a list of Items "
    "with truth=..., or a QuestionSet"
)


def give_questions(questions: object, truth: Sequence[int | str] | None = None) -> str:
    """Specification of the questions that a user gave, as a name or an object.

    Args:
        questions: a name, a `QuestionSet`, a data frame, or a list of dicts or of items.
        truth: correct choice of each item, as its index or its text; only for items.

    Raises:
        UserError: the object cannot be questions, or `truth` is missing or superfluous.
        DataError: a question is incomplete or unusable.

    Examples:
        >>> from truing.oversight.questions import give_questions, load_questions
        >>> asked = [{"question": "1 + 1 = ?", "choices": ["2", "3"], "truth": "2"}]
        >>> name = give_questions(asked)
        >>> load_questions(name).questions[0].text
        '1 + 1 = ?'
    """
    if isinstance(questions, str) and truth is None:
        return questions
    several = None if isinstance(questions, str | Mapping) else _several(questions)
    if several and all(isinstance(one, Item) for one in several):
        return _keep(_from_items(several, truth))
    if truth is not None:
        raise UserError("truth is an argument for Items only; other questions state their truth")
    if isinstance(questions, QuestionSet):
        return _keep(questions)
    if several and all(isinstance(one, Mapping) for one in several):
        return _keep(make_from_rows(NAME, _fields(several), typed=True))
    raise UserError(f"questions must be {ALLOWED}; got {_described(questions)}")


def read_given(kept: GivenObject) -> Callable[[], QuestionSet]:
    """The factory of kept questions."""

    def make() -> QuestionSet:
        head, *rows = map(json.loads, kept.files[KEPT].decode().splitlines())
        items = [Item(**row["item"] | {"choices": tuple(row["item"]["choices"])}) for row in rows]
        right = [row["truth"] for row in rows]
        license = head.get("license", "")
        return make_questions(head["name"], items, right, head["simulated"], license)

    return make


def _keep(made: QuestionSet) -> str:
    """Keep a question set with its ground truth."""
    head = {"name": made.name, "simulated": made.simulated}
    head |= {"license": made.license} if made.license else {}
    rows = [
        {"item": {**vars(one), "choices": [*map(str, one.choices)]}, "truth": int(right)}
        for one, right in zip(made.questions, made.truth(), strict=True)
    ]
    lines = "".join(json.dumps(one) + "\n" for one in (head, *rows))
    return given.keep(made.name, {KEPT: lines.encode()})


def _from_items(items: Sequence[Any], truth: Sequence[int | str] | None) -> QuestionSet:
    if truth is None or len(truth) != len(items):
        count = "no truth" if truth is None else f"{len(truth)} values of truth"
        raise UserError(
            f"{len(items)} Items have {count}; give truth=[...] with the correct choice of each "
            "Item, as its index or its text"
        )
    for one in items:
        if not isinstance(one.stem, str):
            raise UserError(f"item {one.id!r} is not a text; questions for judges are texts")
    pairs = zip(items, truth, strict=True)
    return make_questions(NAME, items, [_index(one, right) for one, right in pairs])


def _index(item: Item, right: Any) -> int:
    """Index of the correct choice of an item."""
    right = right.item() if hasattr(right, "item") else right
    if isinstance(right, str) and right in item.choices:
        return item.choices.index(right)
    if type(right) is int and 0 <= right < len(item.choices):
        return right
    raise DataError(
        f"item {item.id!r}: truth must be one of its choices, as a text or as an index from 0 to "
        f"{len(item.choices) - 1}, got {right!r}"
    )


def _several(questions: object) -> list[Any] | None:
    """The questions as a list: rows of a data frame, or elements; None if there are none."""
    if hasattr(questions, "to_dict") and hasattr(questions, "columns"):
        return list(questions.to_dict("records"))
    return list(questions) if isinstance(questions, Iterable) else None


def _fields(rows: Sequence[Mapping[str, Any]]) -> FileRows:
    """Rows with their place, for messages. The field `answer` is another name of `truth`."""
    names = {name: name for name in FIELDS}
    if not any("truth" in row for row in rows) and any("answer" in row for row in rows):
        names["truth"] = "answer"
    found: FileRows = []
    for number, row in enumerate(rows, 1):
        used = names.values()
        values = {str(k): _plain(one) if k in used else one for k, one in row.items()}
        found.append((f"question {number}", Fields(values, names, Origin.QUESTIONS)))
    return found


def _plain(value: Any) -> Any:
    """A value without NumPy types; missing values of a data frame are None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, tuple):
        value = list(value)
    return None if value is None or value != value else value


def _described(questions: object) -> str:
    empty = isinstance(questions, Sequence) and not questions
    return "no question" if empty else f"{type(questions).__name__}"


QUESTIONS.adapt = read_given
