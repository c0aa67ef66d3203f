"""Judge score expectation: how good verdicts are when the agent picks its side by its own gain."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from truing.measures._judgements import Verdicts, score_answers

# Agent scores closer than this are equal: means of the same scores differ by rounding.
SMALLEST_LEAD = 1e-9
CLIP = 1e-4  # lowest belief in a log score of an agent, as in solib (Sudhir et al. 2025)
CHOICE_SCORES = ("brier", "log")


def expected_judge_score(
    verdicts: Verdicts, beta: float, choice_score: str = "brier", clip: float = CLIP
) -> np.ndarray:
    """(N,) the question's judge score under the agent's choice (Sudhir et al. 2025, JSE).

    On each question the agent argues answer a with probability proportional to
    exp(agent score of a / beta), over the answers that were argued in the judgements at hand; the
    judge's score is minus the Brier score, -2..0. The agent's score is minus the Brier score of the
    belief as if its answer were right, or with `choice_score="log"` the log belief, clipped below
    at `clip`, which is Sudhir et al.'s choice.

    At beta 0 the agent argues whatever convinces best, at infinity it picks blindly. Answers with
    equal agent scores share the weight; the code of Sudhir et al. takes the first of them. Where a
    verdict names no argued answer, there was no choice and the judge's own score stands. Scores of
    an answer argued several times are averaged first; with one noisy verdict an answer, beta 0
    takes the luckier one.

    Answers are told apart by their distance from the truth's index, so that a question whose two
    answers swapped places is still one choice between truth and falsehood.
    """
    scores_NK = score_answers(verdicts, "brier")
    rows = np.arange(verdicts.truth.size)
    judge_N = scores_NK[rows, verdicts.truth]
    chosen_by_NK = score_answers(verdicts, choice_score, clip)
    agent_N = chosen_by_NK[rows, verdicts.argued]  # meaningless where argued is -1, and not read
    offset_N = (verdicts.argued - verdicts.truth) % verdicts.choices
    held: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i in np.flatnonzero(verdicts.argued >= 0).tolist():
        held[verdicts.questions[i]][offset_N[i]].append(i)
    expected_N = judge_N.copy()
    for answers in held.values():
        groups = list(answers.values())
        agent = np.array([math.fsum(agent_N[group]) / len(group) for group in groups])
        judge = np.array([math.fsum(judge_N[group]) / len(group) for group in groups])
        argued = [i for group in groups for i in group]
        expected_N[argued] = choice(agent, beta) @ judge
    return expected_N


def choice(agent: np.ndarray, beta: float) -> np.ndarray:
    """(answers,) probability that each is argued, by what the agent would score with it."""
    lead = agent - agent.max()
    weights = (lead > -SMALLEST_LEAD).astype(float) if beta == 0.0 else np.exp(lead / beta)
    return weights / weights.sum()
