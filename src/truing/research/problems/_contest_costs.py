"""Contest costs: what the fixed models of an oversight contest typically cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from truing.oversight import PlayOptions, Spent, estimate
from truing.oversight.protocols import PROTOCOLS, Protocol, setups
from truing.oversight.questions import load_questions
from truing.research._problem_config import OversightContest
from truing.research.problems._declaration import read_declaration
from truing.research.problems._declaration_space import DECLARATIONS, declare
from truing.research.problems._question_tiers import SEALED
from truing.tasks import Item

DRAWN = 20  # random declarations, whose mean cost stands for that of a submission
ASKED = 3  # questions of each set, whose mean cost stands for that of a question
Asked = Sequence[Item]


@dataclass(frozen=True)
class ContestCost:
    """Typical cost of the fixed models in a part of a contest.

    Attributes:
        part: `baseline`, `submissions` or `finalists`.
        role: `judge` or `debater`.
        calls: number of requests.
        tokens: total tokens.
    """

    part: str
    role: str
    calls: int
    tokens: Spent


def estimate_contest(
    config: OversightContest, submissions: int, finalists: int
) -> list[ContestCost]:
    """Typical cost of a contest, if its submissions cost as much as random declarations.

    No model is asked. Requests that a researcher repeats are cached and cost nothing, which is not
    taken into account.

    Args:
        config: the contest.
        submissions: number of submissions of all researchers.
        finalists: number of finalists of all researchers.

    Raises:
        UserError: a question set or the baseline is unknown.

    Examples:
        >>> from truing.research import OversightContest
        >>> from truing.research.problems import estimate_contest
        >>> contest = OversightContest(questions=("cases,count=10",), other_questions=(), seeds=2)
        >>> [(one.part, one.role) for one in estimate_contest(contest, 4, 1)][:2]
        [('baseline', 'debater'), ('baseline', 'judge')]
    """
    climb = {name: load_questions(name).questions[: config.limit] for name in config.questions}
    others = [load_questions(name).questions[: config.limit] for name in config.other_questions]
    whole = [(asked, float(len(asked))) for asked in (*climb.values(), *others)]
    scored = [(asked, (1 - SEALED) * len(asked)) for asked in climb.values()]
    sealed = [(asked, SEALED * len(asked)) for asked in climb.values()]
    last = [*sealed, *((asked, float(len(asked))) for asked in others)]
    baseline = [PROTOCOLS.build(config.baseline).value]
    drawn = _draw(config, [one for asked in climb.values() for one in asked]) or baseline
    parts = (
        ("baseline", baseline, whole, 1),
        ("submissions", drawn, scored, submissions),
        ("finalists", drawn, last, finalists),
    )
    found = []
    for part, rules, asked, times in parts:
        plays = times * config.seeds
        for role, cost in _mean(config, rules, asked).items():
            calls, read, written = (round(one * plays) for one in cost)
            found.append(ContestCost(part, role, calls, Spent(read, written)))
    return found


def calls_of_play(rules: Protocol, questions: Sequence[Item], config: OversightContest) -> int:
    """Number of model calls of a play, on the question with the most choices.

    The judge's verdict is read at its first reply, and no play stops early.
    """
    question = max(questions, key=lambda one: len(one.choices))
    how = PlayOptions(config.verdict)
    costs = estimate(rules, [question], config.models, typical=True, options=how)
    return -(-sum(one.calls for one in costs) // len(list(setups(rules, question))))


def _draw(config: OversightContest, questions: Sequence[Item]) -> list[Protocol]:
    """Random declarations within the limit on calls; empty if there are hardly any."""
    rng = np.random.default_rng(0)
    drawn = (read_declaration(declare(DECLARATIONS.sample(rng))) for _ in range(10 * DRAWN))
    allowed = (one for one in drawn if calls_of_play(one, questions, config) <= config.most_calls)
    return list(islice(allowed, DRAWN))


def _mean(
    config: OversightContest, protocols: Sequence[Protocol], asked: Sequence[tuple[Asked, float]]
) -> dict[str, tuple[float, float, float]]:
    """Mean number of calls, input and output tokens of a protocol by role, on all questions.

    Args:
        config: the contest, with the models.
        protocols: the protocols.
        asked: questions of each set, and how many questions they stand for.
    """
    totals: dict[str, np.ndarray] = {}
    how = PlayOptions(config.verdict)
    for questions, count in asked:
        some = questions[:ASKED]
        for rules in protocols:
            for one in estimate(rules, some, config.models, typical=True, options=how):
                cost = np.array([one.calls, one.tokens.read, one.tokens.written], float)
                share = count / len(some) / len(protocols)
                totals[one.role] = totals.get(one.role, np.zeros(3)) + share * cost
    return {role: (one[0], one[1], one[2]) for role, one in totals.items()}
