"""Search: propose compositions similar to the best so far.

A ladder reveals only whether a composition beat the best released score by a step. The search
therefore varies the latest composition that did (a (1 + 1) evolution strategy with large steps).
Its other proposals come from Optuna's multivariate tree-structured Parzen estimator (TPE; Bergstra
et al. 2011; Akiba et al. 2019), which learns from all results; `_prune` chooses among several such
proposals on few seeds. Until a first step is released, proposals are random. The search combines
existing components and does not invent new ones.
"""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import numpy as np

from truing.arguments import AtLeastOne, ShareOrZero, Within
from truing.methods import Choice, Real, Space, Whole
from truing.research.researchers._researcher import Researcher, Trial, researcher
from truing.research.researchers._vary import vary
from truing.specification import Specification

BELOW = 1.0  # distance below the best score at which TPE places results that were not released


@researcher("search")
def search(
    startup: AtLeastOne = 8,
    local: ShareOrZero = 0.5,
    candidates: Annotated[int, Within("[1, 100]")] = 6,
) -> Researcher:
    """Variations of the best composition so far, and proposals of Optuna's TPE.

    Args:
        startup: number of random compositions at the start.
        local: share of proposals that vary the best composition so far.
        candidates: number of TPE's proposals for each other submission.
    """

    def begin(space: Space, rng: np.random.Generator) -> _Search:
        return _Search(space, rng, startup, local, candidates)

    reason = "Compositions like it were the best so far; no other reason is known."
    return Researcher(begin, reason, learns=True)


class _Search:
    """An Optuna study, and the latest composition that raised the best released score."""

    def __init__(
        self, space: Space, rng: np.random.Generator, startup: int, local: float, candidates: int
    ):
        self.space, self.rng, self.startup = space, rng, startup
        self.local, self.candidates = local, candidates
        self.study = _study(int(rng.integers(2**31)))
        self.tried: set[str] = set()
        self.incumbent, self.best = "", 0.0

    def propose(self) -> str | list[str]:
        # Before the first released step TPE has no information about compositions.
        if not self.incumbent or len(self.tried) < self.startup:
            return self.space.sample(self.rng)
        if self.rng.random() < self.local:
            return vary(self.space, self.incumbent, self.rng)
        return [self._ask() for _ in range(self.candidates)]

    def learn(self, trial: Trial) -> None:
        """Pass a result to TPE; results that did not raise the best score rank below it."""
        if trial.specification in self.tried or not self._composed(trial.specification):
            return
        self.tried.add(trial.specification)
        if trial.improved and trial.released is not None:
            self.best, self.incumbent = trial.released, trial.specification
        self._add(trial.specification, self.best if trial.improved else self.best - BELOW)

    def _composed(self, specification: str) -> bool:
        """Whether a specification is of this space; methods from earlier runs may not be."""
        return Specification.parse(specification).name == self.space.name

    def _ask(self) -> str:
        """A proposal of TPE. `learn` adds the submitted proposal, so the trial is discarded."""
        import optuna

        trial = self.study.ask()
        proposed = self.space.draw(lambda argument: _suggest(trial, argument))
        self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return proposed

    def _add(self, specification: str, value: float) -> None:
        import optuna

        values = self.space.settled(self.space.read(specification))
        active = [one for one in self.space.arguments if one.active(values)]
        trial = optuna.trial.create_trial(
            params={one.name: _within(one, values[one.name]) for one in active},
            distributions={one.name: _distribution(one) for one in active},
            value=value,
        )
        self.study.add_trial(trial)


def _study(seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():  # a space with conditions needs `group`
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
    """The Optuna distribution of an argument."""
    from optuna import distributions

    if isinstance(argument, Choice):
        return distributions.CategoricalDistribution(argument.options)
    if isinstance(argument, Real):
        return distributions.FloatDistribution(argument.low, argument.high, log=argument.log)
    return distributions.IntDistribution(argument.low, argument.high, log=argument.log)


def _within(argument: Choice | Real | Whole, value: Any) -> Any:
    """The value, clipped to the searched range; values from earlier runs may be outside of it."""
    if isinstance(argument, Choice):
        return value
    return min(max(value, argument.low), argument.high)
