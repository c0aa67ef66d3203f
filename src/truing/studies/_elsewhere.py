"""Elsewhere: beliefs of the models of one task about the items of another task.

A head is applied to the features of the other task, and a probe to those of its contrast pairs.
Fine-tuned models and estimators are not stored, so their trainings are asked about the items of the
other tasks too. A labeler labels the other task; a judge and a control that learn from the truth of
the supervise split receive only that of home. A language model is asked about it after the same
examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import cast

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.registry import Built
from truing.students.features import FEATURES, FeatureMap
from truing.studies._step import Payload, Step
from truing.studies.work import (
    ApplyPayload,
    AskPayload,
    ChoicePayload,
    CombinePayload,
    ElicitPayload,
    ExtractPayload,
    FinetunePayload,
    FitPayload,
    LabelPayload,
    OtherTask,
    TrainPayload,
    apply_probe_step,
    apply_step,
    ask_elsewhere_step,
    combine_elsewhere_step,
    extract_step,
    label_step,
    pick_step,
)
from truing.supervisors import SUPERVISORS, Labeler, Prompted
from truing.tasks import Source, Splits, Task, Truth


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """Another task on which the models of a task are tested.

    Attributes:
        home: the task of the models.
        others: all other tasks, in the order in which trainings are asked about them.
        other: the one of them whose items the beliefs are about.
        extract: plans the extraction of features of a task, fitted to the items of home.
        extract_pairs: plans the extraction of contrast pairs of a task, with a prompt.
    """

    home: Source
    others: Sequence[Source]
    other: Source
    extract: Callable[[Built[FeatureMap], Task], Step]
    extract_pairs: Callable[[Built[FeatureMap], str, Task], Step]

    @property
    def task(self) -> Task:
        """The other task."""
        return self.other.task

    def pick(self, step: Step) -> Step:
        """The beliefs about the other task of a training that was asked about it."""
        first = 0
        for source in self.others:
            asked = source.splits(0).scored
            if source is self.other:
                return pick_step(step, self.task, asked, first)
            first += len(asked)
        raise AssertionError("the other task is one of all other tasks")


@singledispatch
def beliefs_elsewhere(payload: Payload, step: Step, place: Elsewhere) -> Step:
    """Plan the beliefs about another task of the model that a step trains, or of a labeler.

    Args:
        payload: payload of the step, whose class determines how.
        step: the step with the model's beliefs about its own task.
        place: the other task.

    Raises:
        UserError: a labeler that cannot label another task.
        DataError: features that cannot be computed for another task.
    """
    raise AssertionError(f"{step.kind} has no beliefs about items")


@beliefs_elsewhere.register
def _of_head(payload: TrainPayload, step: Step, place: Elsewhere) -> Step:
    (features,) = step.parents["features"]
    if features.kind == "stack":  # of the items and their copies, fitted to the items
        features = features.parents["parts"][0]
    assert isinstance(features.payload, ExtractPayload)
    built = FEATURES.build(features.payload.features)
    return apply_step(step, place.extract(built, place.task), place.task)


@beliefs_elsewhere.register
def _of_probe(payload: ElicitPayload, step: Step, place: Elsewhere) -> Step:
    (features,) = step.parents["features"]
    assert isinstance(features.payload, ExtractPayload)
    built = FEATURES.build(features.payload.features)
    pairs = place.extract_pairs(built, payload.prompt, place.task)
    return apply_probe_step(step, pairs, place.task, place.other.splits(payload.seed).supervise)


@beliefs_elsewhere.register(FitPayload)
@beliefs_elsewhere.register(FinetunePayload)
@beliefs_elsewhere.register(ChoicePayload)
def _of_training(payload: Payload, step: Step, place: Elsewhere) -> Step:
    return place.pick(step)


@beliefs_elsewhere.register
def _of_labeler(payload: LabelPayload, step: Step, place: Elsewhere) -> Step:
    labeler = SUPERVISORS.build(payload.supervisor)
    assert isinstance(labeler.value, Labeler), "a label step names a labeler"
    if labeler.value.fixed:
        raise UserError(
            f"supervisor {shown(labeler.label)!r} labels {place.home.task.name} only, so it cannot "
            f"be tested on {place.task.name}; use a model or a function of items, or leave out "
            "test_on"
        )
    known, seed = cast(Built[Labeler], labeler), payload.draw[1]
    if labeler.value.sees == "supervise":
        truth = Truth(place.home.vault, payload.seen, "supervise")
        return label_step(place.home, known, seed, truth, place.task)
    if labeler.value.sees == "everything":
        truth = Truth(place.other.vault, np.arange(len(place.task)), "plant")
        return label_step(place.other, known, seed, truth)
    return label_step(place.other, known, seed, None)


@beliefs_elsewhere.register
def _of_prompted(payload: AskPayload, step: Step, place: Elsewhere) -> Step:
    built = SUPERVISORS.build(payload.supervisor)
    assert isinstance(built.value, Prompted), "an ask step names a prompted supervisor"
    items = place.other.splits(0).scored
    return ask_elsewhere_step(cast(Built[Prompted], built), step, place.task, items)


@beliefs_elsewhere.register
def _of_combination(payload: CombinePayload, step: Step, place: Elsewhere) -> Step:
    members = [beliefs_elsewhere(one.payload, one, place) for one in step.parents["labels"]]
    return combine_elsewhere_step(step, members, place.task)


@beliefs_elsewhere.register
def _of_transfer(payload: ApplyPayload, step: Step, place: Elsewhere) -> Step:
    """Beliefs of a model that another, easy task trained: home is one of its other tasks."""
    (trained,) = step.parents["trained"]

    def extract(features: Built[FeatureMap], task: Task) -> Step:
        (own,) = trained.parents["features"]
        assert isinstance(own.payload, ExtractPayload)
        return extract_step(task, features, own.payload.task)

    others = (all_tested(place.home), *place.others)
    return beliefs_elsewhere(
        trained.payload, trained, replace(place, others=others, extract=extract)
    )


@dataclass(frozen=True)
class _AllTested:
    """Division of a task of which all items are tested."""

    count: int

    def splits(self, seed: int) -> Splits:
        none = np.arange(0)
        return Splits(none, none, np.arange(self.count), none)


def all_tested(source: Source) -> Source:
    """A task as another task, about all items of which a training is asked."""
    return replace(source, division=_AllTested(len(source.task)))


def other_tasks(
    others: Sequence[Source], features: Callable[[Task], tuple[Step, ...]]
) -> tuple[OtherTask, ...]:
    """The other tasks about whose test items a training is asked.

    Args:
        others: the other tasks.
        features: plans the extraction of the model's input from a task, if it needs one.
    """
    return tuple(
        OtherTask(source.task, source.splits(0).scored, features(source.task)) for source in others
    )
