"""Train: both sides of a world, and the judge if it learns, in rounds of games."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from truing.oversight.self_play._learners import LEARNERS
from truing.oversight.self_play._world import World


@dataclass(frozen=True)
class Training:
    """Settings of a training.

    Attributes:
        learner: `policy-gradient` or `expert-iteration`.
        steps: number of updates.
        games: number of games of each seed in an update.
        seeds: number of independent trainings S.
        learning_rate: step size of both sides.
        judge_learning_rate: step size of the judge; 0 for a fixed judge.
    """

    learner: str
    steps: int
    games: int
    seeds: int
    learning_rate: float
    judge_learning_rate: float = 0.0

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Numbers of updates after which the policies are measured: 0, powers of four, and all."""
        powers = [4**i for i in range(self.steps.bit_length()) if 4**i < self.steps]
        return (0, *powers, self.steps)


Watch = Callable[[str, int, int], None]


def train(
    world: World, training: Training, rng: np.random.Generator, watch: Watch
) -> dict[int, Mapping[str, np.ndarray]]:
    """Exact values (S,) of the policies at each checkpoint.

    `average_exploitability` is that of the average of all policies so far: where learners cycle,
    the average of their play may still approach an equilibrium.
    """
    learners = [
        LEARNERS[training.learner](allowed, training.seeds, training.learning_rate)
        for allowed in (world.honest, world.dishonest)
    ]
    judge = world.judges(training.seeds)
    found: dict[int, Mapping[str, np.ndarray]] = {}
    for step in range(training.steps + 1):
        policies = learners[0].policy, learners[1].policy
        if step in training.checkpoints:
            averages = learners[0].average, learners[1].average
            average = world.rates(averages, judge)["exploitability"]
            found[step] = {**world.rates(policies, judge), "average_exploitability": average}
        for learner, moves in zip(
            learners, world.play(policies, judge, training.games, rng), strict=True
        ):
            learner.learn(moves)
        if training.judge_learning_rate:
            judge = world.learn(judge, policies, training.judge_learning_rate)
        watch("updates", step, training.steps)
    return found
