"""Student: what is trained. A head, named by the features it stands on, or a transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truing.arguments import read_number
from truing.errors import UserError
from truing.registry import Built
from truing.specification import Specification
from truing.students.features import FEATURES, FeatureMap

if TYPE_CHECKING:
    from truing.students.transformer import Transformer

HEADS = "heads on fixed features"


@dataclass(frozen=True)
class Student:
    """A head on fixed features, or a transformer that is fine-tuned; one of the two is None.

    Attributes:
        features: what a head sees.
        penalty: strength of the L2 penalty on a head's weights, relative to the sum of the items'
            losses: scikit-learn's 1 / C (half of it for two classes, which have a row of weights
            each). Intercepts are free. Heads are solved in single precision: below about 0.01 their
            accuracy may stay one or two hundredths from the optimum's.
        label: how tables name it.
        transformer: a checkpoint, and how it is fine-tuned.
    """

    features: Built[FeatureMap] | None
    penalty: float
    label: str
    transformer: Transformer | None = None

    @property
    def regime(self) -> str:
        """How it is trained, as results name it."""
        if self.transformer is None:
            return HEADS
        return f"fine-tuned ({self.transformer.settings.adapter})"


def parse_student(specification: str | Specification) -> Student:
    """A student from `FEATURES[,penalty=P][,ARGUMENT=VALUE ...]`: `spectral-64,penalty=0.1`.

    A checkpoint without a layer, `hf/NAME[,ARGUMENT=VALUE ...]`, is fine-tuned.

    Raises:
        UnknownNameError: no features of that name.
        UserError: a penalty that is not above 0.
    """
    asked = Specification.parse(specification)
    if asked.name.startswith("hf/") and "@" not in asked.name:
        from truing.students.transformer import parse_transformer

        transformer = parse_transformer(asked)
        return Student(None, transformer.settings.penalty, transformer.label, transformer)
    others = dict(asked.arguments)
    text = others.pop("penalty", "1")
    try:
        penalty = read_number("penalty", float, text)
    except ValueError:
        penalty = -1.0
    if not penalty > 0:
        raise UserError(f"{str(asked)!r}: penalty must be a number above 0, not {text!r}")
    built = FEATURES.build(Specification(asked.name, others))
    label = built.label + (f",penalty={penalty:.12g}" if penalty != 1.0 else "")
    return Student(built, penalty, label)
