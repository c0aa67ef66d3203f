"""Student: what is trained. A head, named by the features it stands on, or a transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truing.errors import UserError
from truing.registry import Built
from truing.specification import join_specification, read_number, split_specification
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


def parse_student(specification: str) -> Student:
    """A student from `FEATURES[,penalty=P][,ARGUMENT=VALUE ...]`: `spectral-64,penalty=0.1`.

    A checkpoint without a layer, `hf/NAME[,ARGUMENT=VALUE ...]`, is fine-tuned.

    Raises:
        UnknownNameError: no features of that name.
        UserError: a penalty that is not above 0.
    """
    name, *pairs = split_specification(specification)
    if name.startswith("hf/") and "@" not in name:
        from truing.students.transformer import parse_transformer

        transformer = parse_transformer(specification)
        return Student(None, transformer.settings.penalty, transformer.label, transformer)
    penalties = [pair.partition("=")[2] for pair in pairs if pair.partition("=")[0] == "penalty"]
    others = [pair for pair in pairs if pair.partition("=")[0] != "penalty"]
    try:
        penalty = read_number("penalty", float, penalties[-1].strip()) if penalties else 1.0
    except ValueError:
        penalty = -1.0
    if not 0 < penalty < float("inf"):
        raise UserError(
            f"{specification!r}: penalty must be a number above 0, not {penalties[-1]!r}"
        )
    built = FEATURES.build(join_specification([name, *others]))
    label = built.label + (f",penalty={penalty:.12g}" if penalty != 1.0 else "")
    return Student(built, penalty, label)
