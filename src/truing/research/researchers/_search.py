"""Search: proposes compositions like those that beat the best so far.

A ladder tells little: that a composition beat the best by a step, or that it did not. So the search
keeps to the last that did and varies it (a (1 + 1) evolution strategy with large steps), and asks
Optuna's tree-structured Parzen estimator, multivariate, for the rest (Bergstra et al. 2011; Akiba
et al. 2019), which learns from all of them: of several such proposals the one is tried that looks
best on few seeds, see `_prune`. It proposes at random until a first step is released. It searches
what can be composed; it does not invent.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from truing.methods import Choice, Real, Space, Whole
from truing.research.researchers._researcher import Researcher, Trial, researcher
from truing.research.researchers._vary import vary
from truing.specification import Specification

BELOW = 1.0  # the best, for whatever did not beat it: by how much is not told


@researcher("search")
def search(startup: int = 8, local: float = 0.5, candidates: int = 6) -> Researcher:
    """Variations of the best so far, and the best looking of what Optuna's TPE proposes.

    Args:
        startup: compositions at random to begin with.
        local: share of its proposals that vary the best so far.
        candidates: that TPE proposes for each of the others.
    """
    if startup < 1:
        raise ValueError(f"startup must be 1 or more, not {startup}")
    if not 0 <= local <= 1:
        raise ValueError(f"local must lie in [0, 1], not {local}")
    if not 1 <= candidates <= 100:
        raise ValueError(f"candidates must lie in [1, 100], not {candidates}")

    def begin(space: Space, rng: np.random.Generator) -> _Search:
        return _Search(space, rng, startup, local, candidates)

    reason = "Compositions like it were the best so far; no other reason is known."
    return Researcher(begin, reason, learns=True)


class _Search:
    """A study of Optuna's, and the composition that beat the best last."""

    def __init__(
        self, space: Space, rng: np.random.Generator, startup: int, local: float, candidates: int
    ):
        self.space, self.rng, self.startup = space, rng, startup
        self.local, self.candidates = local, candidates
        self.study = _study(int(rng.integers(2**31)))
        self.tried: set[str] = set()
        self.incumbent, self.best = "", 0.0

    def propose(self) -> str | list[str]:
        # Before the first released step all compositions are equal to the estimator.
        if not self.incumbent or len(self.tried) < self.startup:
            return self.space.sample(self.rng)
        if self.rng.random() < self.local:
            return vary(self.space, self.incumbent, self.rng)
        return [self._ask() for _ in range(self.candidates)]

    def learn(self, trial: Trial) -> None:
        """A failure, and what did not beat the best, lie below it: by how much is not told."""
        if trial.specification in self.tried or not self._composed(trial.specification):
            return
        self.tried.add(trial.specification)
        if trial.improved and trial.released is not None:
            self.best, self.incumbent = trial.released, trial.specification
        self._tell(trial.specification, self.best if trial.improved else self.best - BELOW)

    def _composed(self, specification: str) -> bool:
        """Whether it is of the space; earlier findings may be others."""
        return Specification.parse(specification).name == self.space.name

    def _ask(self) -> str:
        """What the estimator proposes. Its own trial is dropped: told is what was tried."""
        import optuna

        trial = self.study.ask()
        proposed = self.space.draw(lambda argument: _suggest(trial, argument))
        self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return proposed

    def _tell(self, specification: str, value: float) -> None:
        import optuna

        values = self.space.settled(self.space.read(specification))
        active = [one for one in self.space.arguments if one.active(values)]
        told = optuna.trial.create_trial(
            params={one.name: _within(one, values[one.name]) for one in active},
            distributions={one.name: _distribution(one) for one in active},
            value=value,
        )
        self.study.add_trial(told)


def _study(seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():  # `group` is what a space with conditions needs
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            multivariate=True, group=True, n_startup_trials=0, seed=seed
        )
    return optuna.create_study(direction="maximize", sampler=sampler)


def _suggest(trial: Any, argument: Choice | Real | Whole) -> Any:
    if isinstance(argument, Choice):
        return trial.suggest_categorical(argument.name, argument.options)
    suggest = trial.suggest_float if isinstance(argument, Real) else trial.suggest_int
    return suggest(argument.name, argument.low, argument.high, log=argument.log)


def _distribution(argument: Choice | Real | Whole) -> Any:
    """An argument as Optuna knows it."""
    from optuna import distributions

    if isinstance(argument, Choice):
        return distributions.CategoricalDistribution(argument.options)
    if isinstance(argument, Real):
        return distributions.FloatDistribution(argument.low, argument.high, log=argument.log)
    return distributions.IntDistribution(argument.low, argument.high, log=argument.log)


def _within(argument: Choice | Real | Whole, value: Any) -> Any:
    """A value that a search might have proposed: an earlier finding's may lie further out."""
    if isinstance(argument, Choice):
        return value
    return min(max(value, argument.low), argument.high)
