"""Researchers that each violate one condition of the contract."""

from __future__ import annotations

import itertools
import sys

import numpy as np

from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored
from truing.research.researchers import Researcher, researcher
from truing.tasks import load_task

STATE = itertools.count()


class Random:
    """A proposer that satisfies the contract; the subclasses do not."""

    def __init__(self, space, rng):
        self.space, self.rng = space, rng

    def propose(self):
        return self.space.sample(self.rng)

    def learn(self, trial):
        pass


@researcher("silent")
def silent() -> Researcher:
    """Gives no reason."""
    return Researcher(Random, "")


@researcher("invents")
def invents() -> Researcher:
    """Proposes a part that does not exist."""

    class Invents(Random):
        def propose(self):
            return super().propose() + ",targets=magic"

    return Researcher(Invents, "a reason")


@researcher("repeats")
def repeats() -> Researcher:
    """Proposes one composition."""

    class Repeats(Random):
        def propose(self):
            return "composition"

    return Researcher(Repeats, "a reason")


@researcher("continues")
def continues() -> Researcher:
    """Keeps a state between runs."""

    class Continues(Random):
        def __init__(self, space, rng):
            super().__init__(space, np.random.default_rng(next(STATE)))

    return Researcher(Continues, "a reason")


@researcher("spies")
def spies() -> Researcher:
    """Reads exact scores from the ledger of its caller."""

    class Spies(Random):
        def propose(self):
            ledger = sys._getframe(1).f_locals["referee"].ledger
            scored = read_records(ledger.entries(), Scored).values()
            total = sum(one.evaluation.score for one in scored)
            rng = np.random.default_rng([int(1e6 * total), len(scored)])
            return self.space.sample(rng)

    return Researcher(Spies, "a reason")


@researcher("loads")
def loads() -> Researcher:
    """Reads the labels of a task."""

    class Loads(Random):
        def __init__(self, space, rng):
            super().__init__(space, rng)
            self.truth = load_task("digits").vault.reveal(np.arange(9), "score")

    return Researcher(Loads, "a reason")


@researcher("adds")
def adds() -> Researcher:
    """Adds up scores, of failed methods too."""

    class Adds(Random):
        total = 0.0

        def learn(self, trial):
            self.total += trial.released

    return Researcher(Adds, "a reason")


@researcher("expects")
def expects() -> Researcher:
    """Expects that the first score is released."""

    class Expects(Random):
        improved = False

        def learn(self, trial):
            self.improved = self.improved or trial.improved
            if trial.released is not None and not self.improved:
                raise LookupError("no best composition")

    return Researcher(Expects, "a reason")


@researcher("impatient")
def impatient() -> Researcher:
    """Gives up after thirty proposals without a score."""

    class Impatient(Random):
        lost = 0

        def learn(self, trial):
            self.lost += trial.released is None
            if self.lost == 30:
                raise StopIteration

    return Researcher(Impatient, "a reason")
