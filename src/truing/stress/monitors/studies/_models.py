"""Trusted models: another supervisor's beliefs, or a head that learns trusted items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.specification import Specification
from truing.stress._monitor import View
from truing.stress.monitors.studies._heads import cross_fitted, fitted_beliefs
from truing.supervisors import give_supervisors, parse_supervisor


@dataclass(frozen=True)
class TrustedModel:
    """A model that a monitor trusts, which knows less than the system.

    Attributes:
        name: specification of a supervisor; empty for a head that learns the trusted items.
    """

    name: str

    @classmethod
    def parse(cls, model: str) -> TrustedModel:
        """Read `NAME[:ARGUMENT=VALUE ...]`, the specification of a supervisor inside an argument.

        Raises:
            UserError: there is no such supervisor.
        """
        if not model:
            return cls("")
        (name,) = give_supervisors(str(Specification.parse_nested(model)))
        parse_supervisor(name)
        return cls(name)

    @property
    def models(self) -> tuple[str, ...]:
        """Specifications of the supervisors that the monitor must see."""
        return (self.name,) if self.name else ()

    def on_watched(self, view: View) -> np.ndarray:
        """(n, k) beliefs about watched items."""
        if self.name:
            return view.watched.models[self.name]
        truth = np.eye(len(view.choices))[view.truth]
        (beliefs,) = fitted_beliefs(view.trusted.features, truth, [view.watched.features])
        return beliefs[0]

    def on_trusted(self, view: View, rng: np.random.Generator) -> np.ndarray:
        """(t, k) beliefs about trusted items; a head has not learned the item itself."""
        if self.name:
            return view.trusted.models[self.name]
        return cross_fitted(view.trusted.features, view.truth, len(view.choices), rng)
