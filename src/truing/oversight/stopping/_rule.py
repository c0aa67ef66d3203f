"""Stop rule: the difference of two protocols, and when it is known well enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from truing.errors import UserError
from truing.given import shown
from truing.oversight.rules import PROTOCOLS

PRECISION, ALPHA = 0.05, 0.05
SIGNS = {" - ": False, " > ": True}


@dataclass(frozen=True)
class StopRule:
    """When a run stops before its last question.

    Attributes:
        first, second: protocols; the difference is the accuracy of the first minus the second.
        decides: also stop as soon as the interval of the difference does not contain 0.
        precision: stop as soon as the interval is at most twice as wide.
        alpha: probability that the true difference is outside the interval at any time, at most.
    """

    first: str
    second: str
    decides: bool
    precision: float = PRECISION
    alpha: float = ALPHA

    @property
    def text(self) -> str:
        """The difference as `--stop-when` states it."""
        sign = " > " if self.decides else " - "
        return f"{self.first}{sign}{self.second}"

    @property
    def arguments(self) -> dict[str, Any]:
        """The rule as arguments of `Oversight`."""
        return {"stop_when": self.text, "precision": self.precision, "alpha": self.alpha}

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> StopRule:
        """Read the JSON form."""
        return cls(**{name: stated[name] for name in cls.__dataclass_fields__})


def read_rule(
    text: str, precision: float | None, alpha: float | None, protocols: Sequence[str]
) -> StopRule | None:
    """The rule that a text states; None for an empty text.

    Args:
        text: `debate - blind`, or `debate > blind` to stop also when the interval excludes 0.
        precision: half of the width at which the run stops; None for 0.05.
        alpha: error probability of the interval; None for 0.05.
        protocols: labels of the protocols of the run.

    Raises:
        UserError: the text does not name two protocols of the run, or a number is out of range.

    Examples:
        >>> from truing.oversight.stopping import read_rule
        >>> rule = read_rule("debate - blind", 0.1, None, ["blind", "debate"])
        >>> rule.first, rule.decides, rule.precision, rule.alpha
        ('debate', False, 0.1, 0.05)
    """
    if not text:
        for name, value in (("precision", precision), ("alpha", alpha)):
            if value is not None:
                raise UserError(
                    f"{name}={value!r} needs a difference to stop at; add --stop-when (in Python: "
                    "stop_when)"
                )
        return None
    for name, value, most in (("precision", precision, 1.0), ("alpha", alpha, 0.5)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and 0.0 < value < most):
            raise UserError(f"{name} must be a number above 0 and below {most:g}, got {value!r}")
    first, second, decides = _difference(text, protocols)
    return StopRule(
        first,
        second,
        decides,
        PRECISION if precision is None else precision,
        ALPHA if alpha is None else alpha,
    )


def _difference(text: str, protocols: Sequence[str]) -> tuple[str, str, bool]:
    """Both protocols, and whether the run also stops at a difference from 0."""
    for sign, place in product(SIGNS, range(len(text))):
        if text.startswith(sign, place):
            first = _label(text[:place], protocols)
            second = _label(text[place + len(sign) :], protocols)
            if first and second and first != second:
                return first, second, SIGNS[sign]
    raise UserError(
        "stop_when must be 'FIRST - SECOND' or 'FIRST > SECOND' with two different protocols of "
        f"the run, got {text!r}; the protocols are {', '.join(map(shown, protocols))}"
    )


def _label(name: str, protocols: Sequence[str]) -> str:
    """Label of the protocol of the run with this name or specification; empty if there is none."""
    name = name.strip()
    for label in protocols:
        if name in (label, shown(label)):
            return label
    try:
        label = PROTOCOLS.build(name).label
    except UserError:
        return ""
    return label if label in protocols else ""
