"""Students: a head on fixed features, a transformer, or an estimator.

Each kind of student is a class that plans its own training: it requests the steps that it needs.
To add a kind, write a class here and a method of `TrainingSteps` for the step that trains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

from truing.errors import UnknownNameError
from truing.registry import Built
from truing.specification import Specification
from truing.students._estimator import EstimatorStudent, parse_estimator
from truing.students._l2 import L2, default_l2, read_l2
from truing.students.features import FEATURES, FeatureMap
from truing.tasks import Task

if TYPE_CHECKING:
    from truing.students.transformer import Transformer
    from truing.students.transformer.checkpoints import ModelSize

HEADS = "heads on fixed features"

Made = TypeVar("Made")  # a planned step, made by `truing.studies`


class TrainingSteps(Protocol[Made]):
    """Factory of the steps of a training with given method, learning items and labels."""

    @property
    def prepares(self) -> bool:
        """Whether the method receives features of the items before the training."""

    @property
    def task(self) -> Task:
        """The task, without its ground truth."""

    def extract(self, features: Built[FeatureMap]) -> Made:
        """Step that extracts features of all items of the task."""

    def train_head(self, student: HeadStudent, features: Made) -> Made:
        """Step that trains a head on extracted features."""

    def finetune(self, student: TransformerStudent, features: tuple[Made, ...]) -> Made:
        """Step that fine-tunes a transformer; features are for a method with a preparation."""

    def fit(self, student: EstimatorStudent, features: tuple[Made, ...]) -> Made:
        """Step that fits an estimator on extracted features, or else on the texts."""


@dataclass(frozen=True)
class HeadStudent:
    """A linear head on fixed features.

    Attributes:
        features: input of the head.
        l2: strength of the L2 penalty on a head's weights, relative to the sum of the items'
            losses. It is scikit-learn's 1 / C (half of it for two classes, which have a row of
            weights each). Intercepts are not penalized. Heads are solved in single precision: below
            about 0.01 their accuracy may differ from the optimum's by 0.01 to 0.02. `auto`: chosen
            by cross-validation on the labels that the head learns, see `choose_l2`.
        label: name in tables.
        regime: kind of training, as stored in results.
    """

    features: Built[FeatureMap]
    l2: L2
    label: str
    regime: ClassVar[str] = HEADS

    @property
    def size(self) -> ModelSize | None:
        """Size of the frozen model that computes the features, up to its layer, if there is one."""
        return getattr(self.features.value, "size", None)

    def plan(self, steps: TrainingSteps[Made]) -> Made:
        """Plan the extraction of the features and the training of the head."""
        return steps.train_head(self, steps.extract(self.features))


@dataclass(frozen=True)
class TransformerStudent:
    """A transformer that is fine-tuned.

    Attributes:
        transformer: a checkpoint, and the settings of its fine-tuning.
    """

    transformer: Transformer

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.transformer.label

    @property
    def regime(self) -> str:
        """Kind of training, as stored in results."""
        return f"fine-tuned ({self.transformer.settings.adapter})"

    @property
    def size(self) -> ModelSize | None:
        """Size of the model, if it is known."""
        return self.transformer.size

    def plan(self, steps: TrainingSteps[Made]) -> Made:
        """Plan the fine-tuning on the texts.

        A method with a preparation receives the activations of the untrained checkpoint.
        """
        seen = (steps.extract(self.transformer.activations),) if steps.prepares else ()
        return steps.finetune(self, seen)


Student: TypeAlias = HeadStudent | TransformerStudent | EstimatorStudent


def is_fine_tuned(name: str) -> bool:
    """Whether a student's name is a checkpoint without a layer, `hf/NAME`.

    Examples:
        >>> from truing.students import is_fine_tuned
        >>> is_fine_tuned("hf/distilgpt2"), is_fine_tuned("hf/distilgpt2@layer-6")
        (True, False)
    """
    return name.startswith("hf/") and "@" not in name


def parse_student(specification: str | Specification) -> Student:
    """Parse a student: `FEATURES[,l2=STRENGTH][,ARGUMENT=VALUE ...]`, such as `spectral-64,l2=0.1`.

    A checkpoint without a layer, `hf/NAME[,ARGUMENT=VALUE ...]`, is fine-tuned. A classifier of
    scikit-learn is `sklearn/NAME[,PARAMETER=VALUE ...][,features=FEATURES]`.

    Raises:
        UnknownNameError: unknown name of a student.
        UserError: an unknown argument, or a value that is not allowed.

    Examples:
        >>> from truing.students import parse_student
        >>> student = parse_student("spectral-64,l2=0.1")
        >>> student.regime, student.l2
        ('heads on fixed features', 0.1)
    """
    asked = Specification.parse(specification)
    if is_fine_tuned(asked.name):
        from truing.students.transformer import parse_transformer

        return TransformerStudent(parse_transformer(asked))
    if estimator := parse_estimator(asked):
        return estimator
    try:
        factory, carried = FEATURES.find(asked.name)
    except UnknownNameError as error:
        known = (*error.known, "hf/NAME", "sklearn/NAME")
        raise UnknownNameError("student", error.name, known) from None
    asked.read({**factory.annotations, "l2": str}, carried)  # refuse unknown arguments
    others = dict(asked.arguments)
    given = others.pop("l2", None)
    built = FEATURES.build(Specification(asked.name, others))
    default = default_l2(built)
    l2 = default if given is None else read_l2(str(asked), given)
    shown = l2 if l2 == "auto" else f"{l2:.12g}"
    return HeadStudent(built, l2, built.label + (f",l2={shown}" if l2 != default else ""))
