"""Student: what is trained. A head, named by the features it stands on, or a transformer.

Each kind of student is a class, and plans its own training: it says which steps it needs. A new
kind is a class here, with a method of `TrainingSteps` for the step that trains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

from truing.arguments import read_number
from truing.errors import UserError
from truing.registry import Built
from truing.specification import Specification
from truing.students.features import FEATURES, FeatureMap

if TYPE_CHECKING:
    from truing.students.transformer import Transformer

HEADS = "heads on fixed features"

Made = TypeVar("Made")  # a planned step: `truing.studies` makes them


class TrainingSteps(Protocol[Made]):
    """Makes the steps of one training: a method, the items to learn from, and their labels."""

    @property
    def prepares(self) -> bool:
        """Whether the method sees features of the items before the training."""

    def extract(self, features: Built[FeatureMap]) -> Made:
        """Features of all items of the task."""

    def train_head(self, student: HeadStudent, features: Made) -> Made:
        """A head on extracted features."""

    def finetune(self, student: TransformerStudent, features: tuple[Made, ...]) -> Made:
        """A fine-tuning; features are for a method that prepares."""


@dataclass(frozen=True)
class HeadStudent:
    """A linear head on fixed features.

    Attributes:
        features: input of the head.
        penalty: strength of the L2 penalty on a head's weights, relative to the sum of the items'
            losses: scikit-learn's 1 / C (half of it for two classes, which have a row of weights
            each). Intercepts are free. Heads are solved in single precision: below about 0.01 their
            accuracy may stay one or two hundredths from the optimum's.
        label: its name in tables.
        regime: how the student is trained, as results name it.
    """

    features: Built[FeatureMap]
    penalty: float
    label: str
    regime: ClassVar[str] = HEADS

    def plan(self, steps: TrainingSteps[Made]) -> Made:
        """The head's training, after the extraction of its features."""
        return steps.train_head(self, steps.extract(self.features))


@dataclass(frozen=True)
class TransformerStudent:
    """A transformer that is fine-tuned.

    Attributes:
        transformer: a checkpoint, and how it is fine-tuned.
    """

    transformer: Transformer

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.transformer.label

    @property
    def regime(self) -> str:
        """How the student is trained, as results name it."""
        return f"fine-tuned ({self.transformer.settings.adapter})"

    def plan(self, steps: TrainingSteps[Made]) -> Made:
        """The fine-tuning. The transformer reads the texts themselves.

        A method that prepares sees the activations of the untrained checkpoint.
        """
        seen = (steps.extract(self.transformer.activations),) if steps.prepares else ()
        return steps.finetune(self, seen)


Student: TypeAlias = HeadStudent | TransformerStudent


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

        return TransformerStudent(parse_transformer(asked))
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
    return HeadStudent(built, penalty, label)
