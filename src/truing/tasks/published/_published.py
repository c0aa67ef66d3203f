"""Published question sets: rows of one form, from the published file or from the Hub.

A set is declared once, by a function that reads its published fields. Studies read the sets as
tasks (`truing w2s --task quality:FILE`), protocols as question sets (`truing oversee --task
quality:FILE`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from truing.arguments import FilePath, Within
from truing.errors import DataError, UserError
from truing.tasks._fields import FileRow, FileRows, shown, text_of
from truing.tasks._order import hidden_order
from truing.tasks._read_rows import read_rows
from truing.tasks.hub import HubSet, load_split

Seed = Annotated[int, Within("[0, 2147483647]")]
Answers = Annotated[int, Within("[0, 26]")]
"""Number of answers of each question; 0 for all."""


@dataclass(frozen=True)
class Question:
    """A question of a published set, as its files state it.

    Attributes:
        id: id, unique in the set.
        text: text of the question.
        right: the correct answer.
        wrong: the other answers.
        hidden: text that protocols hide from the judge; empty for none.
        cluster: name of a group of dependent questions; empty if the question is its own cluster.
        group: group for separate results; empty for none.
        best: the wrong answer that annotators find most plausible; empty if not annotated.
        others: other values that shifts of a study can refer to.
    """

    id: str
    text: str
    right: str
    wrong: tuple[str, ...]
    hidden: str = ""
    cluster: str = ""
    group: str = ""
    best: str = ""
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedSet:
    """Questions of a published set, as rows with the field names of task files.

    Attributes:
        name: name of the set.
        license: license of the data.
        origin: source of the data.
        rows: (place, row) of each question; the truth is the index of the correct choice, and the
            choices are in an order that does not depend on it.
        others: other values of each question, by name.
        left_out: number of questions that were left out, because the set has no answers to compare.
    """

    name: str
    license: str
    origin: str
    rows: FileRows
    others: tuple[Mapping[str, Any], ...]
    left_out: int = 0


Read = Callable[[str, FileRow], Iterator[Question]]
"""Function from the place of a published row, and the row, to its questions."""


def published_rows(path: FilePath, hub: HubSet, terms: str = "") -> FileRows:
    """(place, row) of each row of the published file, or of the Hub if there is no file.

    Args:
        path: the file; empty for the Hub.
        hub: the data set on the Hub.
        terms: what a user must do before the Hub gives the data; empty for nothing.

    Raises:
        DataError: the file or the data set cannot be read.
    """
    if path:
        return list(read_rows(Path(path)))
    try:
        parts = [(split, load_split(hub, split)) for split in hub.splits]
    except DataError as error:
        raise DataError(f"{error}; {terms}" if terms else str(error)) from None
    return [
        (f"{hub.repository}, {split}, row {number}", dict(row))
        for split, data in parts
        for number, row in enumerate(data)
    ]


def publish(
    name: str,
    questions: Sequence[tuple[str, Question]],
    *,
    license: str,
    origin: str,
    answers: int = 0,
    seed: int = 0,
    left_out: int = 0,
) -> PublishedSet:
    """A published set from its questions.

    Args:
        name: name of the set.
        questions: (place, question) of each question.
        license: license of the data.
        origin: source of the data.
        answers: number of answers of each question, see `choose_answers`; 0 for all.
        seed: random seed of the choice of answers.
        left_out: number of questions that were left out before.

    Raises:
        DataError: there is no question, or a question has too few answers.
        UserError: a single answer is asked for.
    """
    if answers == 1:
        raise UserError(f"{name}: answers must be 0 (all answers) or 2 or more, got 1")
    if not questions:
        raise DataError(f"{name}: no question is left; use fewer conditions, or another file")
    rows = [(where, _row(where, one, answers, seed)) for where, one in questions]
    others = tuple(one.others for _, one in questions)
    return PublishedSet(name, license, origin, rows, others, left_out)


def choose_answers(question: Question, answers: int, seed: int) -> tuple[str, ...]:
    """The correct answer and some wrong answers, in an order that does not depend on the truth.

    The annotated best wrong answer is chosen first (Khan et al. 2024, section 3.1), then wrong
    answers by a hash of the seed, the question and all wrong answers. A hash of one wrong answer
    alone would reveal the truth: the chosen wrong answer would have a small hash.

    Args:
        answers: number of answers; 0, or at least as many as there are, for all.
        seed: random seed.

    Examples:
        >>> from truing.tasks.published import Question, choose_answers
        >>> asked = Question("q", "Which number is even?", "2", ("3", "5", "7"), best="5")
        >>> sorted(choose_answers(asked, answers=2, seed=0))
        ['2', '5']
    """

    drawn = _drawn(question.text, question.wrong, seed)
    wrong = sorted(drawn, key=lambda text: text != question.best)
    chosen = (question.right, *(wrong[: answers - 1] if answers else wrong))
    return tuple(chosen[i] for i in hidden_order(chosen, question.text))


def pick(question: str, texts: Sequence[str], seed: int) -> str:
    """One of some texts by a hash of the seed and all texts; independent of their order."""
    return _drawn(question, texts, seed)[0]


def text_field(where: str, row: FileRow, column: str) -> str:
    """Text of a required field, without space around it.

    Raises:
        DataError: the field is missing or empty.
    """
    if row.get(column) is None:
        raise DataError(f"{where}: no field {column!r}; the row has {', '.join(map(str, row))}")
    text = text_of(where, column, row[column]).strip()
    if not text:
        raise DataError(f"{where}: {column} is empty")
    return text


def texts_field(where: str, row: FileRow, column: str) -> list[str]:
    """Texts of a required field that is a list, without space around them.

    Raises:
        DataError: the field is missing, is no list, or contains an empty text.
    """
    value = row.get(column)
    if not isinstance(value, list | tuple):
        raise DataError(f"{where}: {column} must be a list of texts, got {shown(value)}")
    texts = [text_of(where, column, one).strip() for one in value]
    if not all(texts):
        raise DataError(f"{where}: {column} contains an empty text")
    return texts


def choice_at(where: str, column: str, value: Any, texts: Sequence[str], first: int) -> int:
    """Index of the choice that a number from `first` states.

    Raises:
        DataError: the value is no such number.
    """
    number = int(value) if isinstance(value, str) and value.strip().isdigit() else value
    if type(number) is not int or not first <= number < first + len(texts):
        raise DataError(
            f"{where}: {column} must be a number from {first} to {first + len(texts) - 1}, got "
            f"{shown(value)}"
        )
    return number - first


def _row(where: str, question: Question, answers: int, seed: int) -> FileRow:
    texts = (question.right, *question.wrong)
    if len(texts) < max(2, answers):
        raise DataError(
            f"{where}: the question has {len(texts)} answers, but answers={answers or 2} are "
            "needed; use fewer"
        )
    if len(set(texts)) < len(texts):
        raise DataError(f"{where}: two answers are the same")
    choices = choose_answers(question, answers, seed)
    row = {
        "id": question.id,
        "question": question.text,
        "hidden": question.hidden,
        "choices": list(choices),
        "truth": choices.index(question.right),
        "cluster": question.cluster or question.id,
        "group": question.group,
    }
    return {name: value for name, value in row.items() if value != ""}


def _drawn(question: str, texts: Sequence[str], seed: int) -> list[str]:
    """Texts in an order that only a reader of all of them can compute."""
    return [texts[i] for i in hidden_order(texts, f"{seed}\0{question}")]
