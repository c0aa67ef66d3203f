"""GSM8K pairs: a problem with a correct and a wrong solution (Cobbe et al. 2021, arXiv 2110.14168).

The solutions are those of language models in the published file `example_model_solutions.jsonl`,
whose rows contain `question`, `ground_truth`, and for each model an object with `solution` and
`is_correct`. A file with one solution per row (`question`, `solution`, `correct`, and an optional
`cluster`) is read, too. The Hub has only correct solutions, so there are no pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from truing.arguments import FilePath
from truing.errors import DataError, UserError
from truing.tasks._fields import FileRow
from truing.tasks._read_rows import read_rows
from truing.tasks.published._published import (
    PublishedSet,
    Question,
    Seed,
    pick,
    publish,
    text_field,
)

LICENSE = "MIT"
FINAL = re.compile(r"^A: ", re.MULTILINE)


def gsm8k(path: FilePath = "", seed: Seed = 0) -> PublishedSet:
    """GSM8K: a correct and a wrong solution of each math problem; MIT (Cobbe et al. 2021).

    Args:
        path: example_model_solutions.jsonl of openai/grade-school-math, or a file with question,
            solution and correct in each row.
        seed: random seed that chooses one correct and one wrong solution of each problem.
    """
    if not path:
        raise UserError(
            "gsm8k needs a file of solutions, because the Hub has only correct solutions: "
            "gsm8k:example_model_solutions.jsonl (grade_school_math/data/ in "
            "github.com/openai/grade-school-math)"
        )
    solutions: dict[str, tuple[str, str, dict[bool, list[str]]]] = {}
    for where, row in read_rows(Path(path), ["correct"]):
        question = text_field(where, row, "question")
        cluster = str(row.get("cluster", question))
        kept = solutions.setdefault(cluster, (where, question, {True: [], False: []}))
        for solution, correct in _solutions(where, row):
            kept[2][correct].append(solution)
    found = [
        (where, _question(str(number), question, by_truth, seed))
        for number, (where, question, by_truth) in enumerate(solutions.values(), 1)
        if _has_pair(by_truth)
    ]
    return publish(
        "gsm8k", found, license=LICENSE, origin=path, left_out=len(solutions) - len(found)
    )


def _solutions(where: str, row: FileRow) -> Iterator[tuple[str, bool]]:
    """Each solution in a row, and whether it is correct."""
    if "solution" in row:
        yield _solution(where, row), _truth(where, "correct", row.get("correct"))
        return
    models = {name: value for name, value in row.items() if isinstance(value, dict)}
    if not models:
        raise DataError(
            f"{where}: no solution; a row needs solution and correct, or for each model an object "
            "with solution and is_correct"
        )
    for name, one in models.items():
        place = f"{where}, {name}"
        yield _solution(place, one), _truth(place, "is_correct", one.get("is_correct"))


def _solution(where: str, row: FileRow) -> str:
    """A solution whose last line, `A: 26`, cannot be mistaken for the answer with the letter A."""
    return FINAL.sub("Answer: ", text_field(where, row, "solution"))


def _truth(where: str, field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where}: {field} must be true or false, got {value!r}")
    return value


def _has_pair(by_truth: dict[bool, list[str]]) -> bool:
    return all(by_truth.values())


def _question(own: str, question: str, by_truth: dict[bool, list[str]], seed: int) -> Question:
    right = pick(question, by_truth[True], seed)
    return Question(own, question, right, (pick(question, by_truth[False], seed),))
