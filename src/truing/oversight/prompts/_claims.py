"""Claims: the current claim of a prover-estimator debate, with its subclaims and estimates.

The first claim is that the prover's answer is correct. Each round divides the current claim, and
the subclaim whose estimate the challenger calls wrong is the claim of the next round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truing.oversight.prompts._scene import Scene
from truing.oversight.replies import read_challenge, read_claims, read_estimates


@dataclass(frozen=True)
class Dispute:
    """The state of a prover-estimator debate.

    Attributes:
        claim: the claim that the current round divides.
        subclaims: the subclaims of the last division; empty before it.
        estimates: the last estimates by number; 0 is the claim itself.
    """

    claim: str
    subclaims: tuple[str, ...] = ()
    estimates: Mapping[int, float] = field(default_factory=dict)

    def variables(self) -> dict[str, Any]:
        """Variables of templates; `estimate` is empty for a subclaim without an estimate."""
        return {
            "claim": self.claim,
            "subclaims": [
                {"number": number, "text": text, "estimate": self._estimate(number)}
                for number, text in enumerate(self.subclaims, 1)
            ],
        }

    def _estimate(self, number: int) -> str:
        return f"{self.estimates[number]:.0%}" if number in self.estimates else ""


def dispute_of(scene: Scene) -> Dispute | None:
    """The state of the debate after the turns so far; None if no speaker divides claims."""
    aims = {seat.name: seat.speaker.aim for seat in scene.seats}
    first = next((seat for seat in scene.seats if seat.speaker.aim == "decompose"), None)
    if first is None or first.argues is None:
        return None
    question = scene.question
    answer = f"{question.letters[first.argues]}: {question.choices[first.argues]}"
    state = Dispute(f"The correct answer is {answer}.")
    for turn in scene.turns:
        said = turn.speech.said
        if aims.get(turn.name) == "decompose":
            state = Dispute(state.claim, read_claims(said, scene.rules.limits.claims))
        elif aims.get(turn.name) == "estimate":
            state = Dispute(state.claim, state.subclaims, read_estimates(said))
        elif aims.get(turn.name) == "challenge":
            found = read_challenge(said, len(state.subclaims))
            state = Dispute(state.subclaims[found[0]]) if found else Dispute(state.claim)
    return state
