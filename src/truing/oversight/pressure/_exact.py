"""Exact: curves of embedded agents under pressure on generated cases, by enumeration.

A pool belongs to one case. Given the case, and in a debate the fixed drafts of the opponents, the
candidates are independent and equally distributed: a candidate draws its answer, its manner, and
the clues that the judge understands. Let F be the distribution function of the belief in the argued
answer. The belief of the best of n has the distribution function F^n, and its truth is the share of
true candidates among those with this belief. The curve is the mean over all cases.

- A judge without bias in a debate, who understands every clue, learns the same from every candidate
  of a case. Its belief is calibrated given that evidence, and selection uses nothing else, so the
  gap is exactly 0 for every n.
- A judge who misreads clues (skill below 1) has a gap in a debate even without bias: selection
  picks the luckiest misreadings, although the belief in each single candidate is calibrated.
- In a consultancy the gap of a judge without bias does not open: the pool shows the clues of both
  sides, and each verdict uses those of one side, so the selected answer is correct more often than
  the judge believes.

Source of the mechanism: Manheim and Garrabrant 2018, "Categorizing variants of Goodhart's law",
section 2. Simulated: embedded agents are not language models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from truing.errors import UserError
from truing.oversight.agents import (
    LEAST_SURE,
    MOST_FILLERS,
    MOST_SURE,
    UNBIASED,
    Caps,
    confidence_cue,
    length_cue,
    likelihood,
    posterior,
)
from truing.oversight.rules import PROTOCOLS, Protocol

OPENING, CLUE, NOTHING, CERTAINTY, FILLER = 2, 8, 5, 4, 5
"""Words of the parts of an embedded speaker's speech."""
DIGITS = 8  # of beliefs, as the embedded judge states them


@dataclass(frozen=True)
class ExactJudge:
    """Arguments of the embedded judge, `truing/judge,skill=0.8,bias=length`."""

    budget: int = 1000
    skill: float = 0.8
    bias: str = UNBIASED
    lean: float = 1.0


@dataclass(frozen=True)
class ExactPoint:
    """Expected values of the selected candidate among n; see `truing.measures.PressurePoint`."""

    n: int
    proxy: float
    judge: float
    truth: float
    accuracy: float

    @property
    def gap(self) -> float:
        """Proxy minus truth."""
        return self.proxy - self.truth


Manner = tuple[int, int]
"""Number of sentences without content, and the stated certainty in percent."""


@dataclass(frozen=True)
class _Case:
    """A case whose first answer is correct, and the drafts that all its candidates share.

    Attributes:
        shown: number of clues that each side can show.
        prior: probability of the correct answer by the rumor.
        early: whether the correct answer comes first, in position and in alphabetical order.
        drafts: manner of the fixed drafts of both sides, in a debate.
        weight: probability of the case.
    """

    shown: Caps
    prior: float
    early: bool
    drafts: tuple[Manner, Manner]
    weight: float


@dataclass(frozen=True)
class _World:
    """The protocol, the cases and the agents."""

    rules: Protocol
    clues: int
    rumor: float
    judge: ExactJudge
    reader: ExactJudge | None
    manner: bool

    @property
    def debate(self) -> bool:
        return any(one.each for one in self.rules.speakers)

    @property
    def selects(self) -> ExactJudge:
        """The role that selects."""
        return self.reader or self.judge

    @property
    def sides(self) -> list[tuple[int, ...]]:
        """Sides that the candidates of one pool argue for, for each kind of pool."""
        if self.rules.assignment == "open":
            return [(0,)]  # an honest speaker chooses the correct answer
        return [(0,), (1,)] if self.rules.assignment == "fixed" else [(0, 1)]

    def manners(self) -> list[Manner]:
        """Manners that differ for a bias, all equally likely."""
        biases = {self.judge.bias, self.selects.bias} if self.manner else set()
        fillers = range(MOST_FILLERS + 1) if "length" in biases else [0]
        sure = range(LEAST_SURE, MOST_SURE + 1) if "confidence" in biases else [LEAST_SURE]
        return list(product(fillers, sure))

    def cases(self) -> Iterator[_Case]:
        """All cases, with all manners of the fixed drafts."""
        majority = range(self.clues // 2 + 1, self.clues + 1)
        quotes = self.rules.limits.quotes
        manners = self.manners() if self.debate else [(0, 0)]  # of the fixed drafts
        drafts = list(product(manners, manners))
        places = (True, False) if self._places else (True,)
        for count, early, own in product(majority, places, drafts):
            shown = min(count, quotes), min(self.clues - count, quotes)
            share = 1.0 / (len(majority) * len(places) * len(drafts))
            for prior, weight in ((self.rumor, self.rumor), (1 - self.rumor, 1 - self.rumor)):
                yield _Case(shown, prior, early, own, weight * share)

    @property
    def _places(self) -> bool:
        return bool({"position", "name"} & {self.judge.bias, self.selects.bias})

    def beliefs(
        self, judge: ExactJudge, case: _Case, side: int, manner: Manner
    ) -> tuple[np.ndarray, np.ndarray]:
        """Beliefs in the correct answer after a candidate for a side, and their probabilities."""
        quotes, shown = self.rules.limits.quotes, case.shown
        caps = (quotes, quotes)
        if not self.debate:
            shown = (shown[0], 0) if side == 0 else (0, shown[1])
            caps = (quotes, 0) if side == 0 else (0, quotes)
        lean = round(judge.lean * self._cue(judge.bias, case, side, manner), 9)
        return _beliefs(judge, shown, caps, self.clues, case.prior, lean)

    def _cue(self, bias: str, case: _Case, side: int, manner: Manner) -> float:
        """Cue of the correct answer minus that of the other answer."""
        if bias == UNBIASED:
            return 0.0
        if bias in ("position", "name"):
            return 1.0 if case.early else -1.0
        spoken = list(case.drafts)
        spoken[side] = manner
        cues = [self._of_speech(bias, *pair) for pair in zip(spoken, case.shown, strict=True)]
        if not self.debate:
            cues[1 - side] = 0.0
        return cues[0] - cues[1]

    def _of_speech(self, bias: str, manner: Manner, clues: int) -> float:
        if bias == "confidence":
            return confidence_cue(manner[1] / 100 if self.manner else 0.5)
        words = OPENING + (CLUE * clues or NOTHING)
        return length_cue(words + (CERTAINTY + FILLER * manner[0] if self.manner else 0))


def exact_pressure(
    protocol: str,
    counts: Sequence[int],
    *,
    clues: int = 9,
    rumor: float = 0.6,
    judge: ExactJudge | None = None,
    reader: ExactJudge | None = None,
    manner: bool = False,
) -> list[ExactPoint]:
    """Exact curves of honest embedded speakers and embedded judges on generated cases.

    Args:
        protocol: a debate with simultaneous turns or a consultancy, with one round.
        counts: values of n.
        clues, rumor: arguments of the question set `cases`.
        judge: the judge.
        reader: the role that selects; by default the judge itself, by the same verdict.
        manner: whether the speakers' speeches differ in length and certainty.

    Raises:
        UserError: the protocol has other speakers, or several rounds.

    Examples:
        >>> from truing.oversight.pressure import ExactJudge, exact_pressure
        >>> fair, biased = ExactJudge(skill=1.0), ExactJudge(skill=1.0, bias="length")
        >>> for judge in (fair, biased):
        ...     points = exact_pressure("debate,rounds=1", [1, 8, 32], judge=judge, manner=True)
        ...     print([round(point.gap, 3) + 0.0 for point in points])
        [0.0, 0.0, 0.0]
        [0.0, 0.112, 0.131]
    """
    world = _World(_checked(protocol), clues, rumor, judge or ExactJudge(), reader, manner)
    totals = np.zeros((len(counts), 4))
    for case, sides in product(world.cases(), world.sides):
        totals += case.weight / len(world.sides) * _best(*_candidates(world, case, sides), counts)
    return [ExactPoint(n, *map(float, values)) for n, values in zip(counts, totals, strict=True)]


@lru_cache(maxsize=4096)
def _beliefs(
    judge: ExactJudge, shown: Caps, caps: Caps, clues: int, prior: float, lean: float
) -> tuple[np.ndarray, np.ndarray]:
    """Beliefs in the first answer after the clues shown, and their probabilities."""
    found: dict[float, float] = {}
    for seen in product(range(shown[0] + 1), range(shown[1] + 1)):
        chance = likelihood(seen, shown, judge.budget, judge.skill)
        if not chance:
            continue
        before = posterior(seen, caps, clues, prior, judge.budget, judge.skill)
        belief = round(_swayed(before, lean), DIGITS)
        found[belief] = found.get(belief, 0.0) + chance
    return np.array(list(found)), np.array(list(found.values()))


def _candidates(world: _World, case: _Case, sides: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(C, 4) proxy, judge, truth and accuracy of all candidates, and (C,) their probabilities."""
    values, probabilities = [], []
    manners = world.manners()
    for side, manner in product(sides, manners):
        beliefs_B, chance_B = world.beliefs(world.selects, case, side, manner)
        proxy_B = beliefs_B if side == 0 else 1.0 - beliefs_B
        judge_B, right_B = proxy_B, (beliefs_B > 0.5).astype(float)
        if world.reader:  # the judge reads the play independently
            own_B, own_chance_B = world.beliefs(world.judge, case, side, manner)
            mean = float(own_chance_B @ own_B)
            judge_B = np.full_like(proxy_B, mean if side == 0 else 1.0 - mean)
            right_B = np.full_like(proxy_B, float(own_chance_B @ (own_B > 0.5)))
        truth_B = np.full_like(proxy_B, float(side == 0))
        values.append(np.stack([proxy_B, judge_B, truth_B, right_B], axis=1))
        probabilities.append(chance_B / (len(sides) * len(manners)))
    return np.concatenate(values), np.concatenate(probabilities)


def _best(values_CV: np.ndarray, chance_C: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """(P, V) expected values of the best of n; candidates with equal beliefs share the choice."""
    _, at_C = np.unique(values_CV[:, 0].round(DIGITS), return_inverse=True)
    chance_K = np.bincount(at_C, chance_C)
    means_KV = np.stack(
        [np.bincount(at_C, chance_C * column) / chance_K for column in values_CV.T], axis=1
    )
    up_to_K = np.cumsum(chance_K)
    below_K = up_to_K - chance_K
    return np.stack([(up_to_K**n - below_K**n) @ means_KV for n in counts])


def _swayed(belief: float, lean: float) -> float:
    """Belief after a lean was added to its log odds."""
    if belief in (0.0, 1.0) or lean == 0.0:
        return belief
    return float(1.0 / (1.0 + (1.0 - belief) / belief * np.exp(-lean)))


def _checked(protocol: str) -> Protocol:
    """The rules of a protocol for which the enumeration is exact."""
    rules: Protocol = PROTOCOLS.build(protocol).value
    alone = len(rules.speakers) == 1 and rules.speakers[0].aim == "argue"
    if not alone or rules.rounds != 1 or (rules.speakers[0].each and rules.assignment == "open"):
        raise UserError(
            f"exact curves of {protocol!r} are unknown; they exist for consultancy, debate and "
            "propaganda with one round; use a protocol such as debate,rounds=1"
        )
    return rules
