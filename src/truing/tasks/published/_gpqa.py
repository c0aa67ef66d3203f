"""GPQA: questions by experts that a search on the web does not answer (Rein et al. 2023).

Fields of the published CSV files and of the Hub: `Record ID`, `Question`, `Correct Answer`,
`Incorrect Answer 1` to `3`, `High-level domain` and `Subdomain`.
"""

from __future__ import annotations

from typing import Annotated

from truing.arguments import FilePath, OneOf
from truing.tasks._fields import FileRow
from truing.tasks.hub import HubSet
from truing.tasks.published._published import (
    Answers,
    PublishedSet,
    Question,
    Seed,
    publish,
    published_rows,
    text_field,
)

LICENSE = "CC BY 4.0; the authors ask not to publish the questions in plain text"
REPOSITORY = "Idavidrein/gpqa"
TERMS = (
    "GPQA is a gated data set: accept its terms at huggingface.co/datasets/Idavidrein/gpqa and set "
    "HF_TOKEN, or name its CSV file: gpqa:gpqa_diamond.csv"
)
SUBSETS = ("diamond", "main", "extended")
WRONG = ("Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def gpqa(
    path: FilePath = "",
    subset: Annotated[str, OneOf(SUBSETS)] = "diamond",
    answers: Answers = 0,
    seed: Seed = 0,
) -> PublishedSet:
    """GPQA: science questions by experts, 4 answers; CC BY 4.0, gated (Rein et al. 2023).

    Args:
        path: the published CSV file; empty for the Hub, which gives the data only to users who
            accepted its terms.
        subset: subset on the Hub.
        answers: number of answers: 2 keeps the correct answer and one distractor, 0 all answers.
        seed: random seed that chooses distractors.
    """
    hub = HubSet(REPOSITORY, LICENSE, f"gpqa_{subset}")
    rows = published_rows(path, hub, TERMS)
    found = [(where, _question(where, row, number)) for number, (where, row) in enumerate(rows, 1)]
    origin = path or f"{REPOSITORY} on the Hugging Face Hub, {subset}"
    return publish("gpqa", found, license=LICENSE, origin=origin, answers=answers, seed=seed)


def _question(where: str, row: FileRow, number: int) -> Question:
    return Question(
        id=str(row.get("Record ID") or number),
        text=text_field(where, row, "Question"),
        right=text_field(where, row, "Correct Answer"),
        wrong=tuple(text_field(where, row, one) for one in WRONG),
        group=str(row.get("High-level domain") or ""),
        others={"subdomain": row.get("Subdomain")},
    )
