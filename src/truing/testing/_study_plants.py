"""Contract of plants of studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import pairwise

import numpy as np

from truing.plants import Planted, Planting, StudyPlant
from truing.studies import World
from truing.tasks import Source, Task
from truing.testing._contract import Contract, Skip, Violation, require
from truing.testing._watched import Watched, watch

ACCURACY = 0.7  # of the simulated weak labels
COLUMNS = 64  # of the simulated features of texts


@dataclass(frozen=True)
class StudyPlantCase:
    """A plant of studies that is checked."""

    plant: StudyPlant
    world: World
    strengths: tuple[float, ...]
    kept: dict[float, Planted] = field(default_factory=dict)

    @cached_property
    def watched(self) -> tuple[Watched, list[str]]:
        """Accesses to vaults during the calls, and the names of the arrays that were changed."""
        changed: list[str] = []
        with watch(self.source(1.0).task) as watched:
            for strength in self.strengths:
                planting = self.planting(strength)
                before = {
                    one.name: getattr(planting, one.name).copy() for one in fields(planting)[1:]
                }
                self.kept[strength] = self.draw(strength, 0, planting)
                changed += [
                    name
                    for name, array in before.items()
                    if not np.array_equal(array, getattr(planting, name), equal_nan=True)
                ]
        return watched, changed

    @property
    def planted(self) -> dict[float, Planted]:
        """Planted labels for seed 0, by strength."""
        assert self.watched is not None, "the plant was called"
        return self.kept

    def draw(self, strength: float, seed: int, planting: Planting | None = None) -> Planted:
        """Planted labels, with a new generator that is the same at each strength."""
        made = self.plant.change(
            planting or self.planting(strength), strength, np.random.default_rng(seed)
        )
        if not isinstance(made, Planted):
            raise Violation(f"it returned {type(made).__name__}", "return Planted(labels, changed)")
        return made

    def source(self, strength: float) -> Source:
        """The items of the world at a strength."""
        return self.world.source(strength)

    def planting(self, strength: float) -> Planting:
        """What the plant receives at a strength."""
        source, count = self.source(strength), len(self.world.home.task)
        task, weak, right = source.task, self._weak, self._right
        honest = right if self.plant.learns == "truth" else weak
        withheld = np.full(len(task), -1)
        return Planting(
            task=task,
            labels=honest.copy(),
            weak=weak.copy(),
            truth=right.argmax(axis=1) if self.plant.sees_truth else withheld,
            features=self._features.copy(),
            learn=source.splits(0).learn.copy(),
            copies=np.arange(len(task)) >= count,
        )

    @cached_property
    def _right(self) -> np.ndarray:
        """(M, k) ground truth as labels."""
        task = self.source(1.0).task
        truth = self.world.home.vault.reveal(np.arange(len(self.world.home.task)), "plant")
        times = len(task) // len(truth)
        return np.tile(np.eye(len(task.choices))[truth], (times, 1))

    @cached_property
    def _weak(self) -> np.ndarray:
        """(M, k) labels of a simulated supervisor; a copy has the label of its item."""
        home, rng = self.world.home.task, np.random.default_rng(0)
        counts, right = home.choice_counts, self._right[: len(home)].argmax(axis=1)
        wrong = (right + rng.integers(1, counts)) % counts
        said = np.where(rng.random(len(home)) < ACCURACY, right, wrong)
        own = np.arange(len(home.choices)) < counts[:, None]
        labels = own * rng.uniform(0.2, 1.0, size=own.shape)
        labels[np.arange(len(home)), said] = 1.5
        labels /= labels.sum(axis=1, keepdims=True)
        return np.tile(labels, (len(self._right) // len(home), 1))

    @cached_property
    def _features(self) -> np.ndarray:
        return simulated_features(self.source(1.0).task)


def simulated_features(task: Task) -> np.ndarray:
    """(M, d) or (M, k, d) inputs of a student: flat inputs, or for texts counts of letters."""
    if task.medium != "texts":
        return task.inputs.reshape(len(task), -1).astype(np.float64)
    from sklearn.feature_extraction.text import HashingVectorizer

    letters = HashingVectorizer(
        analyzer="char", ngram_range=(1, 2), n_features=COLUMNS, norm=None, lowercase=False
    )
    return task.arrange(letters.transform(task.texts).toarray())


STUDY_PLANT: Contract[StudyPlantCase] = Contract("plant")


@STUDY_PLANT.condition("labels are probabilities of each item's choices, with a mark for each item")
def _probabilities(case: StudyPlantCase) -> None:
    shape, absent = case._weak.shape, case.source(1.0).task.absent
    for strength, made in case.planted.items():
        labels, changed = np.asarray(made.labels), np.asarray(made.changed)
        require(
            labels.shape == shape and changed.shape == shape[:1] and changed.dtype == bool,
            f"at strength {strength:g}, labels have shape {labels.shape}, and the mark has shape "
            f"{changed.shape} and type {changed.dtype}",
            f"return labels of shape {shape} and a boolean mark of shape {shape[:1]}",
        )
        own = labels if absent is None else np.where(absent, 0, labels)
        fair = (labels >= 0).all(axis=1) & (np.abs(own.sum(axis=1) - 1) < 1e-3)
        require(
            bool(fair.all()),
            f"at strength {strength:g}, the labels of {int((~fair).sum())} items are not "
            "probabilities",
            "return numbers from 0 to 1 that sum to 1 over the item's own choices",
        )


@STUDY_PLANT.condition("strength 0 leaves all labels as they are and marks no item")
def _honest(case: StudyPlantCase) -> None:
    made, honest = case.planted[0.0], case.planting(0.0).labels
    differs = (made.labels != honest).any(axis=1) | made.changed
    require(
        not differs.any(),
        f"at strength 0, {int(differs.sum())} of {len(differs)} labels are changed or marked",
        "return the honest labels at strength 0: its system is the twin",
    )


@STUDY_PLANT.condition("planted system and twin answer differently only about marked items")
def _marked(case: StudyPlantCase) -> None:
    for strength, made in case.planted.items():
        honest = case.planting(strength).labels
        differs = made.labels.argmax(axis=1) != honest.argmax(axis=1)
        unmarked = differs & ~made.changed
        require(
            not unmarked.any(),
            f"at strength {strength:g}, {int(unmarked.sum())} of {len(unmarked)} answers change "
            "without a mark",
            "mark in `changed` each item on which the planted system is meant to misbehave",
        )


@STUDY_PLANT.condition("items that are marked at a strength are marked at each larger strength")
def _nested(case: StudyPlantCase) -> None:
    for low, high in pairwise(case.strengths):
        lost = case.planted[low].changed & ~case.planted[high].changed
        require(
            not lost.any(),
            f"{int(lost.sum())} items that are marked at strength {low:g} are not marked at "
            f"strength {high:g}",
            "draw the same random numbers at each strength, and compare them with the strength",
        )
    require(
        bool(case.planted[case.strengths[-1]].changed.any()),
        f"at strength {case.strengths[-1]:g}, no item is marked",
        "change more labels at larger strengths",
    )


@STUDY_PLANT.condition("the same seed leads to the same labels, also after labels for another seed")
def _repeatable(case: StudyPlantCase) -> None:
    strength = case.strengths[-1]
    case.draw(strength, 1)
    again, first = case.draw(strength, 0), case.planted[strength]
    same = np.array_equal(again.labels, first.labels) and np.array_equal(
        again.changed, first.changed
    )
    require(
        same,
        "a second call returned other labels",
        "draw all random numbers from `rng`, and keep no state between calls",
    )


@STUDY_PLANT.condition("no ground truth is read from a vault")
def _closed(case: StudyPlantCase) -> None:
    case.watched[0].require_closed()


@STUDY_PLANT.condition("the arrays and inputs that the plant receives stay as they are")
def _pure(case: StudyPlantCase) -> None:
    watched, changed = case.watched
    watched.require_unchanged()
    require(not changed, f"it changed `{(changed or [''])[0]}`", "change a copy")


@STUDY_PLANT.condition("the trigger changes inputs, and not their shape")
def _trigger(case: StudyPlantCase) -> None:
    if case.plant.trigger is None:
        raise Skip("the plant has no trigger")
    home = case.world.home.task
    made = case.plant.trigger.change(home)
    require(
        np.shape(made) == home.inputs.shape,
        f"the trigger returned inputs of shape {np.shape(made)}",
        f"return inputs of the shape of `task.inputs`, {home.inputs.shape}",
    )
    require(bool((made != home.inputs).any()), "the trigger changes no input", "change the inputs")


@STUDY_PLANT.condition("learned copies do not decrease with the strength")
def _shares(case: StudyPlantCase) -> None:
    if case.plant.trigger is None:
        raise Skip("the plant has no trigger")
    shares = [case.plant.copied(strength) for strength in case.strengths]
    require(
        shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1,
        f"the shares of copies at strengths {_listed(case.strengths)} are {_listed(shares)}",
        "let `copied` return shares from 0 to 1 that do not decrease with the strength",
    )
    require(
        0 <= case.plant.deployed <= 1,
        f"`deployed` is {case.plant.deployed:g}",
        "let `deployed` be a share from 0 to 1",
    )


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{one:g}" for one in numbers)
