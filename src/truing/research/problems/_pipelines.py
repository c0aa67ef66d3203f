"""Pipelines: compositions that also choose the student's features, penalty and weights.

    layer, pool -> features -> l2, shift, parts of `composition` -> beliefs -> mean over layers

A layer is any specification of features: a layer of a language model, `pca-16`, a file. The
features of all layers are extracted once per task and stored, so a submission trains heads only.
The heads of all seeds are solved together. No part of a pipeline reads the ground truth: heads
learn from the supervisor's labels, and the weights under shift use the inputs of predicted items.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from truing.methods import (
    METHODS,
    DesignMaker,
    Evidence,
    Method,
    Space,
    Training,
    composition_space,
    family,
    importance_weights,
    train,
)
from truing.research.isolation import Lesson
from truing.research.problems._pipeline_space import pipeline_space
from truing.research.problems._trainings import Trainings
from truing.specification import Specification
from truing.students import Design, HeadStudent, make_design
from truing.students.features import FEATURES

ROOM = 1 << 30  # bytes of the latest designs in memory, which cost most of a training
COMPONENTS = 32  # of the features, with which importance weights are estimated: a low variance
REMEMBERED = 32  # number of latest trainings whose beliefs are stored: a search compares again


@dataclass
class Pipelines:
    """Pipelines over some layers, trained on the tasks of a research run.

    Attributes:
        layers: features by name.
        pools: values of the features' argument `pool`; empty if they have none.
        trainings: supervisor and tasks, by task.
        students: number of students that were trained so far.

    Raises:
        UserError: a layer is no specification of features.
    """

    layers: Mapping[str, str]
    pools: Sequence[str]
    trainings: Mapping[str, Trainings]
    students: int = 0
    _features: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    _lessons: dict[tuple[str, int], Lesson] = field(default_factory=dict)
    _ratios: dict[tuple[object, ...], np.ndarray] = field(default_factory=dict)
    _designs: dict[tuple[object, ...], Design] = field(default_factory=dict)
    _recent: dict[tuple[object, ...], np.ndarray] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # several workers may score

    def __post_init__(self) -> None:
        self._maps = {name: FEATURES.build(one) for name, one in self._specifications().items()}

    @cached_property
    def space(self) -> Space:
        """The space of pipelines."""
        return pipeline_space(list(self.layers), self.pools)

    def has(self, content: str) -> bool:
        """Whether a specification is that of a pipeline."""
        return bool(self.layers) and Specification.parse(content).name == self.space.name

    def canonical(self, content: str) -> str:
        """Canonical specification: equal layers count once, in the order of their names.

        Raises:
            UserError: an argument is unknown, or its value is not allowed.
        """
        values = self._values(content)
        chosen = sorted(set(self._chosen(values)), key=list(self.layers).index)
        values["layers"] = str(len(chosen))
        values |= {_slot(place): name for place, name in enumerate(chosen)}
        return self.space.specification(values)

    def family(self, content: str) -> str:
        """The parts of the composition that differ from the default, after the layers."""
        values = self._values(content)
        layers = "+".join(self._chosen(values))
        weighted = ["shift"] if values["shift"] != "none" else []
        return " + ".join([f"layer={layers}", *weighted, family(self._composition(values))])

    def beliefs(
        self, content: str, task: str, seeds: Sequence[int], items: np.ndarray
    ) -> np.ndarray:
        """Beliefs (S, n, k) of a pipeline's students about some items, the predicted items.

        Args:
            content: specification of the pipeline.
            task: name of the task.
            seeds: seeds of the splits.
            items: (n,) indices of the predicted items.

        Raises:
            MethodError: a student cannot be trained.
        """
        place = (content, task, tuple(seeds), items.tobytes())
        with self._lock:
            if place not in self._recent:
                self._recent[place] = self._train(content, task, seeds, items)
                while len(self._recent) > REMEMBERED:
                    del self._recent[next(iter(self._recent))]
            return self._recent[place]

    def forget(self) -> None:
        """Forget the beliefs of the latest trainings, so that another researcher trains again."""
        self._recent.clear()

    def _train(self, content: str, task: str, seeds: Sequence[int], items: np.ndarray) -> Any:
        values = self._values(content)
        method = METHODS.build(self._composition(values)).value
        lessons = self._taught(task, seeds)
        found = []
        for layer in self._chosen(values):
            name = self._name(layer, values)
            features = self._of_task(task)[name]
            design = partial(self._design, features, (task, name))
            trainings = []
            for seed, lesson in zip(seeds, lessons, strict=True):
                own = method
                if values["shift"] == "importance":
                    ratio = self._ratio(design, (task, name, seed), lesson, items)
                    own = _weighed(method, ratio ** values["power"])
                trainings.append(_training(own, lesson, values["l2"]))
            found.append(np.stack(train(features, trainings, design=design))[:, items])
            self.students += len(trainings)
        return np.mean(found, axis=0)

    def _design(
        self, features: np.ndarray, place: tuple[str, str], learn: np.ndarray, classes: int
    ) -> Design:
        """The design of some features, from memory if it is one of the latest."""
        key = (*place, learn.tobytes())
        found = self._designs.pop(key, None) or make_design(features, learn, classes)
        self._designs[key] = found  # the latest is the last
        while len(self._designs) > 1 and sum(map(_size, self._designs.values())) > ROOM:
            del self._designs[next(iter(self._designs))]
        return found

    def _ratio(
        self, design: DesignMaker, place: tuple[object, ...], lesson: Lesson, items: np.ndarray
    ) -> np.ndarray:
        """Density ratio (n,) of predicted and learning items, estimated once for some features."""
        key = (*place, items.tobytes())
        if key not in self._ratios:
            columns = _components(design(lesson.learn, lesson.labels.shape[1]))
            self._ratios[key] = importance_weights(
                columns[lesson.learn], columns[items], lesson.clusters, np.random.default_rng(0)
            )
        return self._ratios[key]

    def _values(self, content: str) -> dict[str, Any]:
        return self.space.settled(self.space.read(content))

    def _chosen(self, values: Mapping[str, Any]) -> list[str]:
        """Names of the layers of a pipeline."""
        return [values[_slot(place)] for place in range(int(values["layers"]))]

    def _composition(self, values: Mapping[str, Any]) -> str:
        """The composition of a pipeline."""
        space = composition_space()
        return space.specification(
            {name: values.get(name, one) for name, one in space.defaults().items()}
        )

    def _name(self, layer: str, values: Mapping[str, Any]) -> str:
        return f"{layer},pool={values['pool']}" if self.pools else layer

    def _specifications(self) -> dict[str, str]:
        """Specification of the features of each layer and pool."""
        pools = [{"pool": pool} for pool in self.pools] or [{}]
        found = {}
        for layer, given in self.layers.items():
            asked = Specification.parse(given)
            for pool in pools:
                one = replace(asked, arguments={**asked.arguments, **pool})
                found[self._name(layer, pool)] = str(one)
        return found

    def _of_task(self, task: str) -> dict[str, np.ndarray]:
        """Features of all layers and pools, (N, d) or (N, k, d), extracted together."""
        if task not in self._features:
            found = self.trainings[task].extracted(list(self._maps.values()))
            self._features[task] = dict(zip(self._maps, found, strict=True))
        return self._features[task]

    def _taught(self, task: str, seeds: Sequence[int]) -> list[Lesson]:
        """The learning items of each seed with the supervisor's labels."""
        new = [seed for seed in seeds if (task, seed) not in self._lessons]
        if new:
            features = next(iter(self._maps.values()))
            made = self.trainings[task].taught(HeadStudent(features, 1.0, "pipeline"), new)
            self._lessons |= {(task, seed): one for seed, one in zip(new, made, strict=True)}
        return [self._lessons[task, seed] for seed in seeds]


def _weighed(method: Method, factors: np.ndarray) -> Method:
    """The method with weights that are multiplied by factors (n,) of mean 1."""

    def prepare(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        labels, mass = evidence.weak, np.ones(len(factors))
        if method.prepare:
            labels, mass = method.prepare(evidence)
        return labels, mass * factors / factors.mean()

    return replace(method, prepare=prepare)


def _training(method: Method, lesson: Lesson, l2: float) -> Training:
    learn, labels, clusters = lesson.learn, lesson.labels, lesson.clusters
    return Training(method, "pipeline", learn, labels, clusters, l2, lesson.chance)


def _components(design: Design) -> np.ndarray:
    """The leading principal components of all items, (N, d), or (N, k * d) of all choices."""
    each = design.everything[:, : design.columns - design.intercept][:, :COMPONENTS]
    if design.intercept:
        return each
    return (
        each.reshape(design.classes, -1, each.shape[1])
        .transpose(1, 0, 2)
        .reshape(-1, design.classes * each.shape[1])
    )


def _size(design: Design) -> int:
    """Approximate bytes of a design."""
    return 2 * design.matrix.nbytes + design.everything.nbytes + design.axes.nbytes


def _slot(place: int) -> str:
    """Argument of a pipeline's layer."""
    return f"layer{place + 1}" if place else "layer"
