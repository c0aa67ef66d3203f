"""Order of play of a run that may stop: random, the same in each execution, in blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from truing.tasks import Item

SMALLEST, SHARE = 25, 0.1  # questions in a block, and share of the questions before it


def question_blocks(questions: Sequence[Item]) -> list[list[int]]:
    """Places of the questions in the order of play; the run may stop after each block.

    Clusters come in the order of a hash of their names, which is random with respect to the results
    and does not depend on the order of a file, and their questions come together. Blocks have
    25 questions or more: a tenth of the questions before, so that a long run has few blocks. The
    blocks depend on the questions only, so that a resumed run stops at the same question.

    Examples:
        >>> from truing.oversight.questions import load_questions
        >>> from truing.oversight.stopping import question_blocks
        >>> [len(block) for block in question_blocks(load_questions("cases,count=400").questions)]
        [25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 28, 31, 34, 32]
    """
    clusters: dict[str, list[int]] = {}
    for place, one in enumerate(questions):
        clusters.setdefault(one.cluster or one.id, []).append(place)
    blocks: list[list[int]] = [[]]
    before = 0
    for name in sorted(clusters, key=_digest):
        if len(blocks[-1]) >= max(SMALLEST, SHARE * before):
            before += len(blocks[-1])
            blocks.append([])
        blocks[-1] += clusters[name]
    return blocks


def _digest(name: str) -> str:
    return hashlib.sha256(f"order of play\0{name}".encode()).hexdigest()
