"""MMLU: exam questions of 57 subjects (Hendrycks et al. 2021, arXiv 2009.03300).

Fields on the Hub: `question`, `subject`, `choices` and `answer` (from 0). The published CSV files
(`test/abstract_algebra_test.csv`) have no header; their columns are the question, four choices and
the letter of the correct choice, and the subject is in the file's name.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from truing.arguments import FilePath
from truing.errors import DataError
from truing.tasks._fields import FileRow, FileRows
from truing.tasks.hub import HubSet
from truing.tasks.published._published import (
    Answers,
    PublishedSet,
    Question,
    Seed,
    choice_at,
    publish,
    published_rows,
    text_field,
    texts_field,
)

LICENSE = "MIT"
REPOSITORY = "cais/mmlu"
LETTERS = "ABCD"
PART = re.compile(r"_(test|val|dev)$")


def mmlu(
    path: FilePath = "",
    subject: str = "all",
    split: str = "test",
    answers: Answers = 0,
    seed: Seed = 0,
) -> PublishedSet:
    """MMLU: exam questions of 57 subjects, 4 answers; MIT (Hendrycks et al. 2021).

    Args:
        path: a published CSV file, or rows as on the Hub (JSONL, Parquet); empty for the Hub.
        subject: subject on the Hub, such as abstract_algebra.
        split: split on the Hub: test, validation or dev.
        answers: number of answers: 2 keeps the correct answer and one distractor, 0 all answers.
        seed: random seed that chooses distractors.
    """
    hub = HubSet(REPOSITORY, LICENSE, subject, (split,))
    rows = _published_csv(Path(path)) if _has_no_header(path) else published_rows(path, hub)
    found = [(where, _question(where, row, number)) for number, (where, row) in enumerate(rows, 1)]
    origin = path or f"{REPOSITORY} on the Hugging Face Hub, {subject}, {split}"
    return publish("mmlu", found, license=LICENSE, origin=origin, answers=answers, seed=seed)


def _question(where: str, row: FileRow, number: int) -> Question:
    choices = texts_field(where, row, "choices")
    right = choice_at(where, "answer", row.get("answer"), choices, 0)
    wrong = tuple(one for i, one in enumerate(choices) if i != right)
    subject = str(row.get("subject") or "")
    text = text_field(where, row, "question")
    return Question(str(number), text, choices[right], wrong, group=subject)


def _has_no_header(path: str) -> bool:
    """Whether a file is a CSV file as published, whose first row is a question."""
    if Path(path).suffix.lower() != ".csv":
        return False
    with open(path, encoding="utf-8-sig", newline="") as file:
        first = next(csv.reader(file), [])
    return "question" not in first


def _published_csv(path: Path) -> FileRows:
    rows: FileRows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(filter(None, csv.reader(file)), 1):
            where = f"{path}, row {number}"
            if len(cells) != 6 or cells[5].strip() not in LETTERS:
                raise DataError(
                    f"{where}: a row of MMLU has a question, four choices and a letter from A to "
                    f"D, got {len(cells)} cells"
                )
            question, *choices, letter = cells
            answer = LETTERS.index(letter.strip())
            subject = PART.sub("", path.stem)
            row = {"question": question, "subject": subject, "choices": choices, "answer": answer}
            rows.append((where, row))
    return rows
