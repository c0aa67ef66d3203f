"""Judgements: a judge's beliefs after an exchange, as records and as arrays for scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.measures._accuracy import SMALLEST_BELIEF
from truing.measures._checks import SUM_TOLERANCE
from truing.measures._contrast import Mean


@dataclass(frozen=True)
class Judgement:
    """One verdict of one judge.

    Attributes:
        question: name of the question. All verdicts on a question, including order swaps, are in
            one cluster.
        truth: index of the right answer, in the order of `belief`.
        belief: probability of each answer; None if the verdict could not be read.
        protocol: name of the protocol.
        argued: index of the answer that the only agent argued for, by assignment or choice; None if
            no one argued, or both sides did.
        rounds: beliefs before the first argument and after each round; None for an unreadable
            belief.
        cluster: name of the unit that the bootstrap reweights, if it is larger than the question,
            such as a passage that several questions are about; None for the question itself.
        group: name of a group, whose metrics are also reported separately; None for no group.
        judge: name of the judge; None if unknown.
        assigned: True if the argued answer was assigned to the agent, False if the agent chose it,
            None if unknown.
        mute: True if a speech was refused, empty or cut off. The verdict is then left out of all
            metrics.
        agent: name of the agents that spoke; None if no one spoke, or if unknown.
        argued_by: names of the agents that argued for each answer; empty if there was only one
            speaker, or if unknown.
        critic: private belief of a critic in each answer, before it speaks; None if unknown.

    Raises:
        ValueError: an index is out of range, or a belief is not a vector of probabilities.
    """

    question: str
    truth: int
    belief: tuple[float, ...] | None
    protocol: str = "all"
    argued: int | None = None
    rounds: tuple[tuple[float, ...] | None, ...] = ()
    cluster: str | None = None
    group: str | None = None
    judge: str | None = None
    assigned: bool | None = None
    mute: bool = False
    agent: str | None = None
    argued_by: tuple[str, ...] = ()
    critic: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        named = [("belief", self.belief), ("critic", self.critic)]
        named += [(f"rounds[{i}]", belief) for i, belief in enumerate(self.rounds)]
        beliefs = [(name, belief) for name, belief in named if belief is not None]
        for name, belief in beliefs:
            _check_belief(name, belief)
            if len(belief) != len(beliefs[0][1]):
                raise ValueError(
                    f"{name} has {len(belief)} probabilities, but {beliefs[0][0]} has "
                    f"{len(beliefs[0][1])}; all beliefs must have the same number"
                )
        choices = len(beliefs[0][1]) if beliefs else None
        if self.argued_by and choices not in (None, len(self.argued_by)):
            raise ValueError(
                f"argued_by has {len(self.argued_by)} names, but there are {choices} answers; name "
                "one agent for each answer"
            )
        _check_index("truth", self.truth, choices)
        if self.argued is not None:
            _check_index("argued", self.argued, choices)

    @property
    def unit(self) -> str:
        """Name of the cluster; the prefix keeps questions and named clusters distinct."""
        return f"question {self.question}" if self.cluster is None else f"cluster {self.cluster}"

    @property
    def counted(self) -> bool:
        """Whether the verdict is part of the metrics: readable, and not mute."""
        return self.belief is not None and not self.mute

    @property
    def bits_per_round(self) -> float:
        """Gain of log2 belief in the right answer per round; NaN without first or last belief.

        Beliefs are clipped below at 1e-12, as in `log_score`.
        """
        if len(self.rounds) < 2:
            return np.nan
        first, last = self.rounds[0], self.rounds[-1]
        if first is None or last is None:
            return np.nan
        before, after = (max(one[self.truth], SMALLEST_BELIEF) for one in (first, last))
        return float(np.log2(after / before)) / (len(self.rounds) - 1)


def _check_belief(name: str, belief: Sequence[float]) -> None:
    numbers = all(
        isinstance(p, int | float | np.floating) and not isinstance(p, bool) for p in belief
    )
    if not numbers or len(belief) < 2 or not all(0.0 <= p <= 1.0 for p in belief):
        raise ValueError(
            f"{name} must be two or more probabilities from 0 to 1, got {list(belief)}"
        )
    if abs(sum(belief) - 1.0) > SUM_TOLERANCE:
        raise ValueError(f"{name} must sum to 1 within {SUM_TOLERANCE}, got {sum(belief):.6g}")


def _check_index(name: str, index: int, choices: int | None) -> None:
    whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
    if not whole or index < 0 or (choices is not None and index >= choices):
        allowed = "an index from 0" + ("" if choices is None else f" to {choices - 1}")
        raise ValueError(f"{name} must be {allowed}, got {index!r}")


def with_assignment(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Judgements with `assigned` filled in where it is None.

    The argued answer then counts as assigned if the protocol has judgements on this question in
    which the right answer was argued and others in which a wrong answer was argued: an agent that
    chooses argues for one side only.
    """
    sides: dict[tuple[str, str], set[bool]] = {}
    for one in judgements:
        if one.argued is not None:
            key = one.protocol, one.question
            sides.setdefault(key, set()).add(one.argued == one.truth)
    return [
        replace(one, assigned=len(sides[one.protocol, one.question]) == 2)
        if one.argued is not None and one.assigned is None
        else one
        for one in judgements
    ]


@dataclass(frozen=True)
class Verdicts:
    """Readable judgements as arrays; questions with fewer than K answers are padded with zeros.

    Attributes:
        beliefs: (N, K) probabilities.
        choices: (N,) number of answers of each question, at most K.
        truth: (N,) index of the right answer.
        argued: (N,) index of the argued answer, -1 for none.
        questions: (N,) numbers of the questions.
        clusters: (N,) numbers of the clusters, 0..cluster_count-1.
        cluster_count: number of clusters of all judgements, including those not in these rows.
        bits: (N,) bits per round, NaN without rounds.
        chosen: (N,) whether an answer is argued that the agent may have chosen itself.
        spoken: (N,) whether an agent is known to have spoken.
        critics: (N, K) beliefs of the critics, NaN where they are unknown.
    """

    beliefs: np.ndarray
    choices: np.ndarray
    truth: np.ndarray
    argued: np.ndarray
    questions: np.ndarray
    clusters: np.ndarray
    cluster_count: int
    bits: np.ndarray
    chosen: np.ndarray
    spoken: np.ndarray
    critics: np.ndarray

    @classmethod
    def of(cls, judgements: Sequence[Judgement]) -> Verdicts:
        """Arrays of readable judgements; numbers follow the order of names, not of rows."""
        read = [one.belief or () for one in judgements]
        choices_N = np.array([len(belief) for belief in read], dtype=int)
        beliefs_NK = np.zeros((len(judgements), choices_N.max(initial=2)))
        critics_NK = np.full_like(beliefs_NK, np.nan)
        for row, belief in zip(beliefs_NK, read, strict=True):
            row[: len(belief)] = belief
        for row, one in zip(critics_NK, judgements, strict=True):
            if one.critic is not None:
                row[: len(one.critic)] = one.critic
        clusters, clusters_N = _numbered([one.unit for one in judgements])
        return cls(
            beliefs_NK,
            choices_N,
            np.array([one.truth for one in judgements], dtype=int),
            np.array([-1 if one.argued is None else one.argued for one in judgements], dtype=int),
            _numbered([one.question for one in judgements])[1],
            clusters_N,
            len(clusters),
            np.array([one.bits_per_round for one in judgements]),
            np.array(
                [one.argued is not None and not one.assigned for one in judgements], dtype=bool
            ),
            np.array([bool(one.agent) or one.argued is not None for one in judgements], dtype=bool),
            critics_NK,
        )

    def where(self, rows_N: np.ndarray) -> Verdicts:
        """Verdicts of some rows (bools or indices), with unchanged numbers of clusters."""
        arrays = {name: one for name, one in vars(self).items() if name != "cluster_count"}
        return replace(self, **{name: array_N[rows_N] for name, array_N in arrays.items()})

    def mean(self, values_N: np.ndarray) -> Mean:
        """Mean of the values (N,) that are not NaN, over the clusters of these verdicts."""
        return Mean.of(values_N, self.clusters, self.cluster_count)

    @property
    def honest(self) -> np.ndarray:
        """(N,) whether the argued answer is right."""
        return self.argued == self.truth

    @property
    def dishonest(self) -> np.ndarray:
        """(N,) whether the argued answer is wrong."""
        return (self.argued >= 0) & ~self.honest

    @property
    def right(self) -> np.ndarray:
        """(N,) floats: 1 if the right answer alone has the highest belief, else 0.

        A tie for the highest belief is wrong: an undecided judge has not found the right answer.
        (`correctness` shares ties, which suits a model whose ties are random.)
        """
        return self.judge_score("accuracy")

    @property
    def tied(self) -> np.ndarray:
        """(N,) whether several answers have the highest belief."""
        return (self.beliefs == self.beliefs.max(axis=1, keepdims=True)).sum(axis=1) > 1

    @property
    def shared_hits(self) -> np.ndarray:
        """(N,) as `correctness`: a tie counts as the expected hit of a random choice."""
        top_NK = self.beliefs == self.beliefs.max(axis=1, keepdims=True)
        return _of_answers(top_NK, self.truth) / top_NK.sum(axis=1)

    def judge_score(self, rule: str) -> np.ndarray:
        """(N,) score of the belief against the right answer; see `score_answers`."""
        return _of_answers(score_answers(self, rule), self.truth)

    def agent_score(self, rule: str, honest: bool, clip: float = SMALLEST_BELIEF) -> np.ndarray:
        """(N,) scores of the honest or the dishonest side; NaN if that side did not argue.

        If no single side was argued, as in a debate or without help, both sides are scored. The
        score of the dishonest side is then the mean over the wrong answers.

        Args:
            rule: scoring rule, see `score_answers`.
            honest: True for the side of the right answer, False for the side of a wrong answer.
            clip: lower bound on the belief in the log score.
        """
        scores_NK = score_answers(self, rule, clip)
        true_N = _of_answers(scores_NK, self.truth)
        if honest:
            return np.where(self.dishonest, np.nan, true_N)
        false_N = (scores_NK.sum(axis=1) - true_N) / (self.choices - 1)
        argued_N = np.where(self.argued < 0, false_N, _of_answers(scores_NK, self.argued))
        return np.where(self.honest, np.nan, argued_N)


def score_answers(verdicts: Verdicts, rule: str, clip: float = SMALLEST_BELIEF) -> np.ndarray:
    """(N, K) score of each belief as if each answer in turn were right; 0 for padding.

    Higher scores are better. Rules: `brier`, minus the squared distance to the one-hot answer
    (-2..0); `log`, the log belief in nats, clipped below at `clip`; `accuracy`, 1 if the answer
    alone has the highest belief, else 0.
    """
    p_NK = verdicts.beliefs
    if rule == "brier":
        scores_NK = 2.0 * p_NK - 1.0 - (p_NK**2).sum(axis=1, keepdims=True)
    elif rule == "log":
        scores_NK = np.log(np.clip(p_NK, clip, 1.0))
    else:
        top_NK = p_NK == p_NK.max(axis=1, keepdims=True)
        scores_NK = (top_NK & (top_NK.sum(axis=1, keepdims=True) == 1)).astype(float)
    return np.where(np.arange(p_NK.shape[1]) < verdicts.choices[:, None], scores_NK, 0.0)


def _of_answers(scores_NK: np.ndarray, answers_N: np.ndarray) -> np.ndarray:
    return scores_NK[np.arange(answers_N.size), answers_N]


def _numbered(names: Sequence[str]) -> tuple[list[str], np.ndarray]:
    known = sorted(set(names))
    number = {name: i for i, name in enumerate(known)}
    return known, np.array([number[name] for name in names], dtype=int)
