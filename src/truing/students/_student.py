"""Student: what is trained. Here, heads on fixed features; named by the features they stand on."""

from __future__ import annotations

from dataclasses import dataclass

from truing.errors import UserError
from truing.registry import Built
from truing.students.features import FEATURES, FeatureMap


@dataclass(frozen=True)
class Student:
    """A head on fixed features.

    Attributes:
        features: what it sees.
        penalty: strength of the L2 penalty on its weights, relative to the sum of the items'
            losses: scikit-learn's 1 / C (half of it for two classes, which have a row of weights
            each). Intercepts are free. Heads are solved in single precision: below about 0.01 their
            accuracy may stay one or two hundredths from the optimum's.
        label: how tables name it.
    """

    features: Built[FeatureMap]
    penalty: float
    label: str


def parse_student(specification: str) -> Student:
    """A student from `FEATURES[,penalty=P][,ARGUMENT=VALUE ...]`: `spectral-64,penalty=0.1`.

    Raises:
        UnknownNameError: no features of that name.
        UserError: a penalty that is not above 0.
    """
    name, *pairs = (part.strip() for part in specification.split(","))
    penalties = [pair.partition("=")[2] for pair in pairs if pair.partition("=")[0] == "penalty"]
    others = [pair for pair in pairs if pair.partition("=")[0] != "penalty"]
    try:
        penalty = float(penalties[-1]) if penalties else 1.0
    except ValueError:
        penalty = -1.0
    if not 0 < penalty < float("inf"):
        raise UserError(
            f"{specification!r}: penalty must be a number above 0, not {penalties[-1]!r}"
        )
    built = FEATURES.build(",".join([name, *others]))
    label = built.label + (f",penalty={penalty:.12g}" if penalty != 1.0 else "")
    return Student(built, penalty, label)
