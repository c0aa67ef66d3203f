"""What the validation of fine-tuned models decided: learning rates, and when training stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truing.studies._by_role import ROLE_NAMES, BySeed, edge_notes, medians, with_range
from truing.studies._step import Step
from truing.studies.work import ChoicePayload


def tried_rates(step: Step) -> tuple[float, ...]:
    """Values from which the model of a step chose its learning rate; empty if it was given."""
    found = [one.payload for one in (step, *step.parents.get("learning_rate", ()))]
    return next((one.values for one in found if isinstance(one, ChoicePayload)), ())


@dataclass(frozen=True)
class LearningRate:
    """Learning rates of a row's fine-tuned models that have validation items.

    Attributes:
        weak, transfer, ceiling: median over seeds (the lower one of two); None if the model has no
            validation items.
        auto: student and ceiling chose their learning rates (`learning_rate=auto`).
        weak_auto: the supervisor chose its learning rate.
        by_seed: learning rates of each seed by role, in the study's order.
    """

    weak: float | None
    transfer: float | None
    ceiling: float | None
    auto: bool
    weak_auto: bool
    by_seed: BySeed

    @classmethod
    def of(cls, by_seed: BySeed, tried: Mapping[str, Sequence[float]]) -> LearningRate | None:
        """The learning rates of a row; None if no model of the row has validation items.

        Args:
            by_seed: learning rates of each seed by role.
            tried: values of `learning_rate=auto` by role; empty if the value was given.
        """
        if not any(by_seed.values()):
            return None
        auto, weak_auto = bool(tried["transfer"]), bool(tried["weak"])
        return cls(**medians(by_seed), auto=auto, weak_auto=weak_auto, by_seed=by_seed)

    def text(self, role: str) -> str:
        """Median with the range over seeds, `0.0001 (3e-05 to 0.0003)`; empty without a value."""
        return with_range(self.by_seed.get(role))

    def notes(self, tried: Mapping[str, Sequence[float]]) -> Iterator[str]:
        """A note for each role whose choice is the smallest or the largest value.

        Args:
            tried: values of `learning_rate=auto` by role; empty if the value was given.
        """
        for role, name in ROLE_NAMES.items():
            if values := tried[role]:
                edges = {"smallest": min(values), "largest": max(values)}
                chosen = self.by_seed.get(role) or []
                yield from edge_notes("learning_rate=auto", name, chosen, edges)


@dataclass(frozen=True)
class StoppedAt:
    """Shares of a row's trainings after which the validation loss was lowest (early stopping).

    The weights at this step are the model's. 1 is the last step. For an ensemble it is the mean
    over the members.

    Attributes:
        weak, transfer, ceiling: median over seeds (the lower one of two); None if the model has no
            validation items.
        by_seed: shares of each seed by role, in the study's order.
    """

    weak: float | None
    transfer: float | None
    ceiling: float | None
    by_seed: BySeed

    @classmethod
    def of(cls, by_seed: BySeed) -> StoppedAt | None:
        """The shares of a row; None if no model of the row has validation items."""
        return cls(**medians(by_seed), by_seed=by_seed) if any(by_seed.values()) else None

    def text(self, role: str) -> str:
        """Median with the range over seeds, in percent: `40% (20% to 70%)`; empty without one."""
        percent = [round(100 * share) for share in self.by_seed.get(role) or ()]
        return with_range(percent, "%")
