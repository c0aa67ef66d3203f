"""Contest remarks: what a user should know before an oversight contest starts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from truing.measures import SIGNIFICANT
from truing.oversight.questions import load_questions
from truing.research._problem_config import OversightContest
from truing.research.problems._allowed_compositions import count_all, count_allowed
from truing.research.problems._question_tiers import SEALED, divide_questions
from truing.wording import counted

FEW = 0.1  # share of the combinations, below which a remark is made


def contest_remarks(config: OversightContest, submissions: int) -> list[str]:
    """One sentence each: too few sealed questions for a verdict, and few allowed compositions.

    Args:
        config: the contest.
        submissions: largest number of submissions of a referee.

    Raises:
        UserError: a question set is unknown.
        DataError: a question set has too few questions.

    Examples:
        >>> from truing.research import OversightContest
        >>> from truing.research.problems import contest_remarks
        >>> few = OversightContest(questions=("cases,count=20",), other_questions=())
        >>> contest_remarks(few, submissions=20)[0][:70]
        'cases,count=20 has 8 sealed questions, and a verdict on 20 submissions'
    """
    return [*_on_questions(config, submissions), *_on_calls(config)]


def fewest_questions(submissions: int, sets: int = 1) -> int:
    """Smallest number of sealed questions with which a verdict is possible.

    A p-value on n questions is 2^(1 - n) or more. It is multiplied by the number of submissions
    (Holm) and of question sets (Bonferroni).

    Examples:
        >>> from truing.research.problems._contest_remarks import fewest_questions
        >>> fewest_questions(1), fewest_questions(20), fewest_questions(1000)
        (6, 10, 16)
    """
    return next(n for n in range(2, 1000) if submissions * sets * 2.0 ** (1 - n) < SIGNIFICANT)


def _on_questions(config: OversightContest, submissions: int) -> Iterator[str]:
    climb = {name: load_questions(name) for name in config.questions}
    # The numbers of questions in each tier hardly depend on the secret of the run.
    tiers = divide_questions(bytes(32), climb, {}, config.limit)
    sealed = {
        name: np.unique(tiers.clusters[name][places]).size
        for name, places in tiers.places["sealed"].items()
    }
    most = max(sealed, key=lambda name: sealed[name])
    needed = fewest_questions(submissions, len(sealed))
    if sealed[most] < needed:
        found = counted(sealed[most], "sealed question")
        yield (
            f"{most} has {found}, and a verdict on {counted(submissions, 'submission')} needs "
            f"{needed} or more, so if all are used, every verdict is inconclusive; name a set of "
            f"{math.ceil(needed / SEALED)} or more questions, "
            f"{'raise limit, ' * (config.limit is not None)}or allow fewer submissions"
        )


def _on_calls(config: OversightContest) -> Iterator[str]:
    asked = [one for name in config.questions for one in load_questions(name).questions]
    every = count_all()
    allowed = count_allowed(config, asked, FEW * every)
    if allowed < FEW * every:
        yield (
            f"most_calls {config.most_calls} allows {allowed} of {every} combinations of speakers, "
            "order, assignment, rounds, drafts, judges and questions in compositions; the "
            "researchers search and random propose no others; raise most_calls for more"
        )
