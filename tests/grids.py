"""A small grid of judges and debaters: a run of embedded agents, and generated judgements."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

from truing.measures import Judgement

JUDGES = ("truing/judge,skill=0.9", "truing/judge,skill=0.5,budget=3")
DEBATERS = ("truing/debater", "truing/debater,honest=false", "truing/consultant")
PROTOCOLS = ("blind", "consultancy", "debate")


def run_grid(folder: Path, count: int = 40, debaters: tuple[str, ...] = DEBATERS):
    """Run two judges and some debaters under three protocols, in cross-play, on some cases."""
    from truing.lab import Oversight, run_oversight

    asked = Oversight(
        protocols=PROTOCOLS, questions=f"cases,count={count}", judge=JUDGES, debater=debaters
    )
    return run_oversight(asked, out=folder)


def planted_grid(
    questions: int = 60, skills: tuple[float, ...] = (1.5, 0.2), seed: int = 0
) -> list[Judgement]:
    """Judgements of judges of two skills, and of three agents of which the last persuades best.

    The log odds of a judge are its skill times the evidence for the truth, plus the strength of the
    agent that argues, plus noise.
    """
    rng = np.random.default_rng(seed)
    strengths = {"weak": 0.0, "middle": 1.0, "strong": 2.5}
    made = []

    def judged(judge: int, question: int, odds: float, **about: object) -> None:
        """Add a verdict; `odds` are in favor of the truth, without those of the judge."""
        logit = skills[judge] * evidence[question] + odds + rng.normal()
        belief = 1.0 / (1.0 + np.exp(-logit))
        truth = question % 2
        beliefs = (belief, 1.0 - belief) if truth == 0 else (1.0 - belief, belief)
        made.append(Judgement(f"q{question}", truth, beliefs, judge=f"judge-{judge}", **about))

    evidence = rng.normal(1.0, 1.5, size=questions)
    for judge, question in product(range(len(skills)), range(questions)):
        truth = question % 2
        judged(judge, question, 0.0, protocol="blind")
        for agent, strength in strengths.items():
            for argued in (0, 1):
                odds = strength if argued == truth else -strength
                about = {"protocol": "consultancy", "argued": argued, "assigned": True}
                judged(judge, question, odds, agent=agent, **about)
        for first, second in product(strengths, strengths):
            odds = strengths[first] - strengths[second]
            agent = first if first == second else f"{first}, {second}"
            about = {"protocol": "debate", "agent": agent, "argued_by": (first, second)}
            judged(judge, question, odds if truth == 0 else -odds, **about)
    return made
