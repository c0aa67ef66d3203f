"""Penalty: strengths of the L2 penalty of a row's heads, given or chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truing.students import VALUES
from truing.studies._by_role import ROLE_NAMES, BySeed, edge_notes, medians, with_range

EDGES = {"strongest": VALUES[0], "weakest": VALUES[-1]}


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
    by_seed: BySeed

    @classmethod
    def of(
        cls, by_seed: Mapping[str, Sequence[float] | None], auto: bool, weak_auto: bool
    ) -> Penalty | None:
        """The penalty of a row; None if no model of the row is a head."""
        found = {role: list(by_seed[role] or ()) or None for role in ROLE_NAMES}
        if not any(found.values()):
            return None
        return cls(**medians(found), auto=auto, weak_auto=weak_auto, by_seed=found)

    def text(self, role: str) -> str:
        """Median with the range over seeds, `100 (30 to 300)`; empty if the model is no head."""
        return with_range(self.by_seed.get(role))

    @property
    def notes(self) -> Iterator[str]:
        """A note for each role whose choice is the strongest or the weakest value."""
        for role, name in ROLE_NAMES.items():
            if not (self.weak_auto if role == "weak" else self.auto):
                continue
            yield from edge_notes("l2=auto", name, self.by_seed[role] or [], EDGES)
