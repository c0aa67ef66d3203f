"""Supervisors: sources of weak labels.

Each kind of supervisor is a class that plans its own labels: it requests the steps that it needs,
with the ground truth that it may use. A judge under an oversight protocol is a supervisor too.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeAlias, TypeVar, cast

import numpy as np

from truing.errors import UnknownNameError, UserError, WrongKindError
from truing.given import find, is_object, shown
from truing.registry import Built
from truing.specification import Specification
from truing.students import Student, is_estimator, parse_student
from truing.students.features import FEATURES, FeatureMap
from truing.supervisors._probe import Elicitor
from truing.supervisors._prompted import Prompted
from truing.supervisors._supervisor import SUPERVISORS, Labeler, Sees
from truing.tasks import Source, Truth

Made = TypeVar("Made", covariant=True)  # a planned step, made by `truing.studies`


class LabelSteps(Protocol[Made]):
    """Factory of the step that labels the items of a task, for one seed."""

    @property
    def source(self) -> Source:
        """The task and its vault."""

    @property
    def seed(self) -> int:
        """Seed of the splits, which determines the supervise split."""

    def train(self, student: Student) -> Made:
        """Step that trains a student on the ground truth of the supervise split, by `naive`."""

    def label(self, labeler: Built[Labeler], truth: Truth | None) -> Made:
        """Step that makes the labels of a labeler with this ground truth."""

    def elicit(self, elicitor: Built[Elicitor], features: Built[FeatureMap]) -> Made:
        """Step that fits a probe on contrast pairs of the supervise split, without labels."""

    def ask(self, prompted: Built[Prompted], truth: Truth | None) -> Made:
        """Step that asks a language model, after examples with this ground truth."""


@dataclass(frozen=True)
class TrainedSupervisor:
    """A weak model that is trained on the supervise split's ground truth.

    Attributes:
        student: the model.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the model receives no help.
    """

    student: Student
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.student.label

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the training of the model."""
        return steps.train(self.student)


@dataclass(frozen=True)
class _LabelingSupervisor:
    """A supervisor that is a labeler; the subclasses differ in the ground truth that they see."""

    labeler: Built[Labeler]

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.labeler.label

    @property
    def simulated(self) -> bool:
        """See `Labeler.simulated`."""
        return self.labeler.value.simulated

    @property
    def unaided(self) -> str | None:
        """Label of the same judge without help; None if the supervisor is not a helped judge."""
        name = self.labeler.value.unaided
        return SUPERVISORS.build(name).label if name else None


class RecordedSupervisor(_LabelingSupervisor):
    """Recorded labels, or labels made without ground truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the step that reads the labels.

        Raises:
            DataError: given labels do not fit the task.
        """
        if self.labeler.value.check:
            self.labeler.value.check(steps.source.task)
        return steps.label(self.labeler, None)


class JudgedSupervisor(_LabelingSupervisor):
    """A judge that is trained on the supervise split's ground truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the judge's training and its verdicts, as one step."""
        items = steps.source.splits(steps.seed).supervise
        return steps.label(self.labeler, Truth(steps.source.vault, items, "supervise"))


class PlantedSupervisor(_LabelingSupervisor):
    """A simulation: labels made from the ground truth of every item."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the step that plants errors."""
        items = np.flatnonzero(~steps.source.vault.unanswerable)
        return steps.label(self.labeler, Truth(steps.source.vault, items, "plant"))


@dataclass(frozen=True)
class ElicitedSupervisor:
    """A probe of features that is fitted without labels.

    Attributes:
        elicitor: the kind of probe.
        features: features of contrast pairs.
        label: name in tables, `ccs:hf/NAME@layer-12,pool=mean`.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the probe receives no help.
    """

    elicitor: Built[Elicitor]
    features: Built[FeatureMap]
    label: str
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the extraction of the features, and the fit.

        Raises:
            DataError: a task without contrast pairs.
        """
        return steps.elicit(self.elicitor, self.features)


@dataclass(frozen=True)
class PromptedSupervisor:
    """A language model that is asked for labels.

    Attributes:
        prompted: the language model and its prompts.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the language model receives no help.
    """

    prompted: Built[Prompted]
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.prompted.label

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the answers of the language model.

        Only few-shot examples use ground truth, that of the supervise split.

        Raises:
            DataError: a task without texts.
            UserError: more examples than the supervise split has items.
        """
        truth = None
        if self.prompted.value.shots:
            items = steps.source.splits(steps.seed).supervise
            truth = Truth(steps.source.vault, items, "supervise")
        return steps.ask(self.prompted, truth)


Supervisor: TypeAlias = (
    TrainedSupervisor
    | RecordedSupervisor
    | JudgedSupervisor
    | PlantedSupervisor
    | ElicitedSupervisor
    | PromptedSupervisor
)
KINDS: dict[Sees, type[RecordedSupervisor] | type[JudgedSupervisor] | type[PlantedSupervisor]] = {
    "nothing": RecordedSupervisor,
    "supervise": JudgedSupervisor,
    "everything": PlantedSupervisor,
}
"""Class of a labeler's supervisor, by the ground truth that the labeler sees."""


def parse_supervisor(specification: str) -> Supervisor:
    """Parse a supervisor: its name (`recorded:labels.jsonl`), or a weak model (`pca-8`).

    Raises:
        UnknownNameError: unknown name, of supervisors and of features.

    Examples:
        >>> from truing.supervisors import parse_supervisor
        >>> parse_supervisor("simulated-noise,accuracy=0.7").simulated
        True
        >>> parse_supervisor("pca-8").label
        'pca-8'
    """
    name = Specification.parse(specification).name
    if is_object(name) and is_estimator(find(name)):
        return TrainedSupervisor(parse_student(specification))
    if elicited := _parse_elicited(Specification.parse(specification)):
        return elicited
    if SUPERVISORS.contains(specification):
        with contextlib.suppress(WrongKindError):  # the file may contain features
            built = SUPERVISORS.build(specification)
            if isinstance(built.value, Elicitor):
                raise UserError(
                    f"{shown(specification)!r} needs an argument `features`, which names the "
                    "activations that the probe reads"
                )
            if isinstance(built.value, Prompted):
                return PromptedSupervisor(cast(Built[Prompted], built))
            return KINDS[built.value.sees](cast(Built[Labeler], built))
    try:
        return TrainedSupervisor(parse_student(specification))
    except UnknownNameError as error:
        features = name.partition(":")[2] or "FEATURES"
        names = (one.replace("FEATURES", features) for one in SUPERVISORS.describe())
        known = (*error.known, *names)
        raise UnknownNameError("supervisor", error.name, known) from None


def _parse_elicited(asked: Specification) -> ElicitedSupervisor | None:
    """The probe that a specification names: `ccs:FEATURES[,ARGUMENT=VALUE ...]`; None for others.

    Arguments that the probe does not have are arguments of the features.
    """
    typed, asked = asked, nested_features(asked)
    if "features" not in asked.arguments or not SUPERVISORS.contains(asked):
        return None
    factory, _ = SUPERVISORS.find(asked.name)
    if "features" not in factory.annotations:
        return None
    inner = Specification.parse_nested(asked.arguments["features"])
    if typed is not asked:
        typed.read({**FEATURES.find(inner.name)[0].annotations, **factory.annotations})
    own = {one: text for one, text in asked.arguments.items() if one in factory.annotations}
    others = {one: text for one, text in asked.arguments.items() if one not in own}
    built = SUPERVISORS.build(replace(asked, arguments=own))
    if not isinstance(built.value, Elicitor):
        return None
    features = FEATURES.build(replace(inner, arguments={**inner.arguments, **others}))
    stated = Specification.parse(features.label)
    label = Specification.parse(built.label)
    label = replace(label, arguments={**label.arguments, "features": stated.nested})
    if asked.name in SUPERVISORS.factories:
        changed = {one: text for one, text in label.arguments.items() if one != "features"}
        label = Specification(f"{asked.name}:{stated.name}", {**stated.arguments, **changed})
    return ElicitedSupervisor(cast(Built[Elicitor], built), features, str(label))


def nested_features(asked: Specification) -> Specification:
    """A probe's specification with its features as an argument; others unchanged.

    Raises:
        UserError: a probe without features.

    Examples:
        >>> from truing.specification import Specification
        >>> from truing.supervisors import nested_features
        >>> print(nested_features(Specification.parse("ccs:lsa-8,sign=arbitrary")))
        ccs,features=lsa-8,sign=arbitrary
    """
    SUPERVISORS.describe()  # loads the plugins
    name, _, features = asked.name.partition(":")
    factory = SUPERVISORS.factories.get(name)
    if not (factory and "{features:" in factory.form) or "features" in asked.arguments:
        return asked
    if not features:
        raise UserError(
            f"{name!r} needs features of texts: {factory.shown()}, such as {name}:hf/NAME@layer-12"
        )
    return Specification(name, {"features": features, **asked.arguments})
