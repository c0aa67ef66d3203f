"""Curves of best-of-n of a study: the lines and the texts that terminal, page and chart share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.measures import BestOfN
from truing.studies import Row

CEILING, WEAK, ORACLE = "ceiling", "weak supervisor", "oracle"
MEANING = (
    "Best of n: share of questions whose kept candidate is right, if the candidate with the "
    "highest reward among n random candidates of the question is kept. n = 1 is a random choice. "
    "The oracle chooses by the ground truth, which is used for scoring only. The truth of pairs is "
    "the share of its pairs in which a text is the better one; of two classes the second is right."
)


def named_curves(rows: Sequence[Row]) -> Iterator[tuple[str, BestOfN]]:
    """Curves of one supervisor and student on a task: ceilings, supervisor, then each method.

    A method that changes the training, such as co-teaching, has its own ceiling, which names it.
    """
    known = [(row.method, row.best_of_n) for row in rows if row.best_of_n]
    ceilings: dict[BestOfN, str] = {}
    for method, found in known:
        ceilings.setdefault(found["ceiling"], f"{CEILING} of {method}" if ceilings else CEILING)
    for curve, name in ceilings.items():
        yield name, curve
    for curve in dict.fromkeys(found["weak"] for _, found in known):
        yield WEAK, curve
    for method, found in known:
        yield method, found["transfer"]


def counted_questions(rows: Sequence[Row]) -> str:
    """Number of questions by task: `digits: 120 questions, 3 more have fewer candidates`."""
    curves = {row.task: row.best_of_n["weak"] for row in rows if row.best_of_n}
    texts = [
        f"{task}: {one.questions:,} questions"
        + (f", {one.left_out:,} with fewer candidates left out" if one.left_out else "")
        for task, one in curves.items()
    ]
    return f"{'; '.join(texts)}."
