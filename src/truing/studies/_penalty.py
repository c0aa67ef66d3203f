"""Penalty: strengths of the L2 penalty of a row's heads, given or chosen by cross-validation."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truing.students import VALUES

ROLES = {"weak": "supervisor", "transfer": "student", "ceiling": "ceiling"}


@dataclass(frozen=True)
class Penalty:
    """Strengths of the L2 penalty (`l2`) of a row's heads.

    Attributes:
        weak, transfer, ceiling: median over seeds (the lower one of two); None if the model is not
            a head on fixed features.
        auto: student and ceiling chose their strengths (`l2=auto`).
        weak_auto: the supervisor chose its strength.
        by_seed: strengths of each seed by role, in the study's order.
    """

    weak: float | None
    transfer: float | None
    ceiling: float | None
    auto: bool
    weak_auto: bool
    by_seed: dict[str, list[float] | None]

    @classmethod
    def of(
        cls, by_seed: Mapping[str, Sequence[float] | None], auto: bool, weak_auto: bool
    ) -> Penalty | None:
        """The penalty of a row; None if no model of the row is a head."""
        found = {role: list(by_seed[role] or ()) or None for role in ROLES}
        if not any(found.values()):
            return None
        medians = {
            role: statistics.median_low(each) if each else None for role, each in found.items()
        }
        return cls(**medians, auto=auto, weak_auto=weak_auto, by_seed=found)

    def text(self, role: str) -> str:
        """Median with the range over seeds, `100 (30 to 300)`; empty if the model is no head."""
        seeds = self.by_seed.get(role)
        if not seeds:
            return ""
        low, middle, high = (
            f"{one:g}" for one in (min(seeds), statistics.median_low(seeds), max(seeds))
        )
        return middle if low == high else f"{middle} ({low} to {high})"

    @property
    def notes(self) -> Iterator[str]:
        """A note for each role whose choice is the strongest or the weakest value."""
        for role, name in ROLES.items():
            if not (self.weak_auto if role == "weak" else self.auto):
                continue
            seeds = self.by_seed[role] or []
            for edge, word in ((VALUES[0], "strongest"), (VALUES[-1], "weakest")):
                if count := seeds.count(edge):
                    yield (
                        f"l2=auto chose its {word} value, {edge:g}, for the {name} of {count} of "
                        f"{len(seeds)} seeds, so a number beyond it may be better"
                    )
