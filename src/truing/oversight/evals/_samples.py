"""Samples of Inspect's tasks: one for each setup of each question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from inspect_ai.dataset import MemoryDataset, Sample

from truing.oversight.evals._solver import sample_metadata
from truing.oversight.questions import QuestionSet
from truing.oversight.rules import Setup
from truing.tasks import LETTERS, Item


def samples_of(
    questions: QuestionSet,
    asked: Sequence[int] | None,
    setups_of: Callable[[Item], Iterable[Setup]],
) -> MemoryDataset:
    """The samples of a task; the target is the letter of the correct choice.

    Args:
        questions: question set.
        asked: places of the questions, in order; None for all.
        setups_of: the setups of a question.
    """
    places = range(len(questions)) if asked is None else asked
    found = [questions.questions[place] for place in places]
    samples = [
        Sample(
            id=setup.id,
            input=question.text,
            choices=list(question.choices),
            target=LETTERS[right],
            metadata=sample_metadata(setup),
        )
        for question, right in zip(found, questions.truth(places), strict=True)
        for setup in setups_of(question)
    ]
    return MemoryDataset(samples, name=questions.name)
