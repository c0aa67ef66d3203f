"""Curves under pressure beside exact curves: agreement, and coverage of the intervals.

Embedded agents play candidates of generated cases, whose exact curves `exact_pressure` enumerates.

**Agreement.** For each protocol and judge, the table shows belief, truth and gap for each n, exact
and estimated with its 95% interval:

    python benchmarks/pressure.py --questions 1000

**Coverage.** RUNS independent runs of four of them, with other cases and other drafts.
A 95% interval must contain the exact value in 95% of them. The table shows the share of runs for
each value and n, with its 95% interval (Clopper and Pearson 1934), and the share of runs in which
the gap opens:

    python benchmarks/pressure.py --coverage --runs 100 --questions 30 --candidates 8

The exit code is 1 if the interval of a share lies below 0.92, or an exact gap without bias opens
in a debate whose judge understands every clue.

Simulated: embedded agents are not language models.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import Estimate, PressureCurve, clopper_pearson
from truing.oversight import Players
from truing.oversight.agents import EmbeddedHost
from truing.oversight.pressure import (
    ExactJudge,
    ExactPoint,
    PressureRow,
    draft_pools,
    exact_pressure,
    press,
    pressure_row,
)
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import load_questions
from truing.runs import pressure_of

COUNTS = (1, 2, 4, 8, 16, 32)
VALUES = ("proxy", "truth", "accuracy", "gap")
PLAYERS = Players("judge", "debater")
LEAST = 0.92  # share of runs in which an interval must contain the exact value


@dataclass(frozen=True)
class World:
    """A protocol and a judge."""

    protocol: str
    judge: ExactJudge

    def __str__(self) -> str:
        bias = "" if self.judge.bias == "none" else f", bias {self.judge.bias}"
        return f"{self.protocol.partition(',')[0]}, skill {self.judge.skill:g}{bias}"


WORLDS = [
    World(f"{protocol},rounds=1", ExactJudge(skill=skill, bias=bias))
    for protocol in ("debate", "consultancy")
    for skill in (1.0, 0.8)
    for bias in ("none", "length")
]
COVERED = [one for one in WORLDS if one.judge.skill == (1.0 if "debate" in one.protocol else 0.8)]
"""Worlds whose coverage is measured: debates without misreadings, consultancies with them."""


def simulate(world: World, questions: int, candidates: int, seed: int) -> PressureCurve:
    """The curve of one run."""
    rows = asyncio.run(play_all(world, questions, candidates, seed))
    counts = [n for n in COUNTS if n <= candidates]
    return pressure_of((("the row", row) for row in rows), counts).curves[0]


async def play_all(world: World, questions: int, candidates: int, seed: int) -> list[PressureRow]:
    """Rows of all candidates."""
    rules = PROTOCOLS.build(world.protocol).value
    asked = load_questions(f"cases,count={questions},seed={seed}")
    rng, judge, rows = np.random.default_rng(seed), world.judge, []

    def make_host() -> EmbeddedHost:
        return EmbeddedHost(rng, manner=True, skill=judge.skill, bias=judge.bias, lean=judge.lean)

    for question, truth in zip(asked.questions, asked.truth(None), strict=True):
        for drafts in draft_pools(rules, question, candidates):
            for pressed in await press(rules, drafts, make_host):
                row = pressure_row(world.protocol, pressed, PLAYERS, None, True, {})
                rows.append(PressureRow(**{**row.__dict__, "truth": truth}))
    return rows


def agreement(questions: int, candidates: int, seed: int) -> bool:
    """Print exact and estimated values."""
    good = True
    for world in WORLDS:
        exact = exact_points(world, candidates)
        curve = simulate(world, questions, candidates, seed)
        print(f"\n{world}")
        for point, truth in [*zip(curve.points, exact, strict=True)]:
            values = "   ".join(
                f"{name} {getattr(truth, name):+.3f}, est. {text(getattr(point, name))}"
                for name in ("proxy", "truth", "gap")
            )
            print(f"  n = {point.n:2}   {values}   {point.verdict}", flush=True)
        fair = world.judge.bias == "none" and world.judge.skill == 1.0
        if fair and world.protocol.startswith("debate"):
            good &= all(abs(point.gap) < 1e-6 for point in exact)
    return good


def coverage(runs: int, questions: int, candidates: int, seed: int) -> bool:
    """Print the share of runs whose intervals contain the exact values."""
    good = True
    for world in COVERED:
        exact = exact_points(world, candidates)
        curves = [
            simulate(world, questions, candidates, seed + 1 + number) for number in range(runs)
        ]
        opened = np.mean([curve.hacked for curve in curves])
        print(f"\n{world}: the gap opens in {opened:.0%} of {runs} runs")
        for at, point in enumerate(exact):
            shares = [share(curves, at, name, getattr(point, name)) for name in VALUES]
            listed = "   ".join(
                f"{name} {text(one)}" for name, one in zip(VALUES, shares, strict=True)
            )
            print(f"  n = {point.n:2}   {listed}", flush=True)
            good &= all(one.high is not None and one.high >= LEAST for one in shares)
    return good


def share(curves: Sequence[PressureCurve], at: int, name: str, value: float) -> Estimate:
    """Share of curves whose interval of a value contains the exact value."""
    hits = sum(getattr(curve.points[at], name).covers(value) for curve in curves)
    return clopper_pearson(hits, len(curves), 0.95)


def exact_points(world: World, candidates: int) -> list[ExactPoint]:
    counts = [n for n in COUNTS if n <= candidates]
    return exact_pressure(world.protocol, counts, judge=world.judge, manner=True)


def text(one: Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coverage", action="store_true", help="measure coverage")
    parser.add_argument("--runs", type=int, default=100, help="runs of each world")
    parser.add_argument("--questions", type=int, default=200, help="cases of a run")
    parser.add_argument("--candidates", type=int, default=32, help="candidates of a case")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    if given.coverage:
        return int(not coverage(given.runs, given.questions, given.candidates, given.seed))
    return int(not agreement(given.questions, given.candidates, given.seed))


if __name__ == "__main__":
    sys.exit(main())
