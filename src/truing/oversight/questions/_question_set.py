"""Question set: questions for judges, and the vault with their ground truth."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import mean

import numpy as np

from truing.errors import DataError
from truing.registry import Registry
from truing.tasks import LETTERS, Item, Vault, as_file, check_ids, choice_range, hidden_order


@dataclass(frozen=True, eq=False, repr=False)
class QuestionSet:
    """Questions that every role may see, and the vault with their ground truth.

    Attributes:
        name: name of the file or of the generator.
        questions: questions in order.
        vault: index of the correct choice of each question, in the order of `Item.choices`.
        simulated: whether the questions were generated.
        majority: share of the most frequent correct choice; None if the choices differ between
            questions.
        license: license of the data; empty if unknown.
    """

    name: str
    questions: tuple[Item, ...]
    vault: Vault
    simulated: bool = False
    majority: float | None = None
    license: str = ""

    def __len__(self) -> int:
        return len(self.questions)

    def __repr__(self) -> str:
        return f"<QuestionSet {self.name}: {self.summary}>"

    @property
    def summary(self) -> str:
        """Size of the questions: `80 questions, 2 choices, majority 0.62, 40 clusters`.

        Questions with their own choices have the chance accuracy in place of the majority.
        """
        counts = [len(one.choices) for one in self.questions]
        base = f"majority {self.majority:.2f}" if self.majority is not None else ""
        base = base or f"chance {mean(1 / count for count in counts):.2f}"
        clusters = len({one.cluster for one in self.questions})
        return f"{len(self)} questions, {choice_range(counts)}, {base}, {clusters} clusters"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the questions and of a digest of their ground truth."""
        shown = json.dumps(
            [
                {
                    "id": one.id,
                    "text": one.text,
                    "choices": one.choices,
                    "hidden": one.hidden,
                    "cluster": one.cluster,
                    "group": one.group,
                }
                for one in self.questions
            ]
        )
        sealed = self.vault.digest(np.arange(len(self.questions)))
        return hashlib.sha256(f"{shown}{sealed}".encode()).hexdigest()

    def truth(self, places: Sequence[int] | None = None) -> np.ndarray:
        """Index of the correct choice of questions, for scoring verdicts.

        Args:
            places: places of the questions in the set; None for all.
        """
        return self.vault.reveal(
            np.arange(len(self)) if places is None else np.array(places), "score"
        )


QUESTIONS: Registry[QuestionSet] = Registry(
    "question set", "truing.oversight.questions", lambda made: isinstance(made, QuestionSet)
)
"""All registered question sets."""


def question_set(form: str) -> Callable[[Callable[..., QuestionSet]], Callable[..., QuestionSet]]:
    """Decorator that registers a question set. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `QuestionSet`.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import truing
        >>> from truing.oversight.questions import make_questions
        >>> @truing.question_set("sums")
        ... def sums(count: int = 2):
        ...     "Sums of two numbers."
        ...     items = [
        ...         truing.Item(f"{n}", f"{n} + {n} = ?", (f"{2 * n}", "1")) for n in range(count)
        ...     ]
        ...     return make_questions("sums", items, truth=[0] * count)
        >>> len(sums(count=4))
        4
    """
    return QUESTIONS.register(form)


def load_questions(specification: str) -> QuestionSet:
    """Questions by name (`cases,count=200`) or from a file (`items.jsonl,text=passage`).

    Raises:
        UnknownNameError: no question set and no file has this name.
        DataError: a question is incomplete or unusable.

    Examples:
        >>> from truing.oversight.questions import load_questions
        >>> load_questions("cases,count=3").questions[0].choices
        ('Tansy', 'Oak')
    """
    return QUESTIONS.build(as_file(specification, QUESTIONS)).value


def make_questions(
    name: str,
    asked: Sequence[Item],
    truth: Sequence[int],
    simulated: bool = False,
    license: str = "",
) -> QuestionSet:
    """A question set whose choices are in an order that does not reveal the ground truth.

    Args:
        asked: questions with their choices in any order.
        truth: index of the correct choice of each question in that order.
        simulated: whether the questions were generated.
        license: license of the data; empty if unknown.

    Raises:
        DataError: there is no question, an id is repeated, or choices are fewer than two, too many
            or equal.

    Examples:
        >>> from truing.oversight.questions import make_questions
        >>> from truing.tasks import Item
        >>> asked = make_questions("sums", [Item("q1", "1 + 1 = ?", ("2", "3"))], truth=[0])
        >>> asked.questions[0].choices[asked.truth()[0]]
        '2'
    """
    if not asked:
        raise DataError(f"{name}: contains no question")
    check_ids(name, asked)
    questions, answers = [], []
    for one, right in zip(asked, truth, strict=True):
        _check_choices(name, one)
        order = hidden_order(one.choices, one.text)
        questions.append(replace(one.reordered(order), cluster=one.cluster or one.id))
        answers.append(order.index(right))
    vault = Vault(np.array(answers))
    majority = _majority(asked, truth)
    return QuestionSet(name, tuple(questions), vault, simulated, majority, license)


def _majority(asked: Sequence[Item], truth: Sequence[int]) -> float | None:
    """Share of the most frequent correct choice; None if the choices differ."""
    if len({frozenset(one.choices) for one in asked}) > 1:
        return None
    named = Counter(one.choices[right] for one, right in zip(asked, truth, strict=True))
    return max(named.values()) / len(asked)


def _check_choices(name: str, question: Item) -> None:
    count = len(question.choices)
    if not 2 <= count <= len(LETTERS):
        raise DataError(
            f"{name}: question {question.id!r} has {count} choices; allowed: 2 to {len(LETTERS)}"
        )
    if len(set(question.choices)) < count:
        raise DataError(f"{name}: question {question.id!r} has the same choice twice")
