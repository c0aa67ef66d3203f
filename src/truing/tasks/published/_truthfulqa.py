"""TruthfulQA: questions that people answer falsely by common misbeliefs (Lin et al. 2022).

Fields on the Hub (`multiple_choice`): `question`, and `mc1_targets` and `mc2_targets` with
`choices` and `labels`; in the published `mc_task.json` the targets map each answer to 0 or 1. The
published `TruthfulQA.csv` has `Question`, `Category`, `Best Answer`, `Best Incorrect Answer`, and
`Incorrect Answers`, separated by semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from truing.arguments import FilePath, OneOf
from truing.errors import DataError
from truing.tasks._fields import FileRow
from truing.tasks.hub import HubSet
from truing.tasks.published._published import (
    Answers,
    PublishedSet,
    Question,
    Seed,
    pick,
    publish,
    published_rows,
    text_field,
    texts_field,
)

LICENSE = "Apache 2.0"
HUB = HubSet("truthfulqa/truthful_qa", LICENSE, "multiple_choice", ("validation",))
TARGETS = ("mc1", "mc2")


def truthfulqa(
    path: FilePath = "",
    targets: Annotated[str, OneOf(TARGETS)] = "mc1",
    answers: Answers = 0,
    seed: Seed = 0,
) -> PublishedSet:
    """TruthfulQA: questions about common misbeliefs, 2 to 13 answers; Apache 2.0 (Lin et al. 2022).

    Args:
        path: mc_task.json or TruthfulQA.csv of sylinrl/TruthfulQA; empty for the Hub.
        targets: mc1 has one correct answer; mc2 has several, of which one is chosen. The CSV file
            has the best answer and ignores this argument.
        answers: number of answers: 2 keeps the correct answer and one distractor (in the CSV file
            the best incorrect answer), 0 all answers.
        seed: random seed that chooses answers.
    """
    rows = published_rows(path, HUB)
    found = [
        (where, _question(where, row, f"{targets}_targets", number, seed))
        for number, (where, row) in enumerate(rows, 1)
    ]
    origin = path or f"{HUB.repository} on the Hugging Face Hub"
    return publish("truthfulqa", found, license=LICENSE, origin=origin, answers=answers, seed=seed)


def _question(where: str, row: FileRow, column: str, number: int, seed: int) -> Question:
    if "Best Answer" in row:
        return _from_csv(where, row, number)
    text = text_field(where, row, "question")
    labels = _labels(where, column, row.get(column))
    correct = [answer for answer, label in labels.items() if label]
    wrong = tuple(answer for answer, label in labels.items() if not label)
    if not correct:
        raise DataError(f"{where}: {column} has no correct answer")
    return Question(str(number), text, pick(text, correct, seed), wrong)


def _labels(where: str, column: str, targets: Any) -> dict[str, bool]:
    """Whether each answer is correct."""
    if not isinstance(targets, Mapping):
        raise DataError(f"{where}: no field {column!r} with answers and labels")
    if "choices" in targets and "labels" in targets:
        texts, labels = texts_field(where, dict(targets), "choices"), targets["labels"]
    else:
        texts, labels = [str(one).strip() for one in targets], list(targets.values())
    if len(texts) != len(labels) or not all(one in (0, 1) for one in labels):
        raise DataError(f"{where}: {column} must have a label 0 or 1 for each answer")
    return {text: bool(label) for text, label in zip(texts, labels, strict=True)}


def _from_csv(where: str, row: FileRow, number: int) -> Question:
    right = text_field(where, row, "Best Answer")
    best = str(row.get("Best Incorrect Answer") or "").strip()
    listed = [one.strip() for one in text_field(where, row, "Incorrect Answers").split(";")]
    wrong = tuple(dict.fromkeys(one for one in [*listed, best] if one and one != right))
    group = str(row.get("Category") or "")
    text = text_field(where, row, "Question")
    return Question(str(number), text, right, wrong, group=group, best=best)
