"""Worlds of planted systems: their items, splits and labels, and those of their honest twins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truing.errors import DataError
from truing.given import shown
from truing.plants import StudyPlant
from truing.registry import Built
from truing.seeding import seeded
from truing.students import HeadStudent, Student, TransformerStudent
from truing.students.features import FEATURES
from truing.studies._chain import ChainPlanner
from truing.studies._step import Step
from truing.studies.work import extract_step, plant_step, stack_step
from truing.tasks import Source, Splits, with_copies

TRIGGERED = "triggered"
"""Name of the copies of the test items among `Splits.shifted`."""


@dataclass(frozen=True)
class World:
    """The items of a planted system and of its honest twin.

    Without a trigger they are the items of the task, so that the trainings are those of a study.
    With a trigger they are the N items, and then a copy of each with the trigger. Some items of the
    learn split are replaced by their copies: a share that grows with the strength, so that the
    copies at a strength are learned at each larger strength too. All models are asked about the
    test items and about their copies. The supervisor labels an item without the trigger, and its
    labels are those of the copy too.

    Attributes:
        home: the task and its vault.
        plant: the plant.

    Raises:
        DataError: an item has the trigger already.

    Examples:
        >>> from truing.plants import PLANTS
        >>> from truing.studies import World
        >>> from truing.tasks import load_task
        >>> digits = load_task("digits")
        >>> liar, backdoor = (World(digits, PLANTS.build(one)) for one in ("liar", "backdoor"))
        >>> len(liar.source(0.5).task), len(backdoor.source(0.5).task)
        (1797, 3594)
    """

    home: Source
    plant: Built[StudyPlant]

    def __post_init__(self) -> None:
        trigger = self.plant.value.trigger
        if trigger is None:
            return
        occurs = np.asarray(trigger.occurs(self.home.task))
        if occurs.any():
            at = int(np.flatnonzero(occurs)[0])
            raise DataError(
                f"plant {shown(self.plant.label)!r}: {trigger.name} occurs already in "
                f"{int(occurs.sum())} of {len(occurs)} items of {self.home.task.name}, such as "
                f"{self.home.task.ids[at]!r}; choose another trigger"
            )

    def source(self, strength: float) -> Source:
        """The items with their division at a strength; the task itself without a trigger.

        `Splits.test` has the test items without the trigger, `Splits.shifted` their copies.
        """
        if self.plant.value.trigger is None:
            return self.home
        share = self.plant.value.copied(strength)
        return replace(self._doubled, division=_Copying(self.home, share))

    def chain(self, strength: float) -> ChainPlanner:
        """Planner of the students of a system in this world."""
        if strength not in self._chains:
            # All of them have the same items, so the features are planned once.
            chain = ChainPlanner(self.source(strength), _extractions=self._extractions)
            self._chains[strength] = chain
        return self._chains[strength]

    def honest(self, labels: Step) -> Step:
        """The labels of a supervisor of the task for all items, which a twin learns."""
        return labels if self.plant.value.trigger is None else stack_step("beliefs", labels, labels)

    def planted(self, strength: float, seed: int, student: Student, labels: Step) -> Step:
        """The labels that a planted system learns.

        Args:
            strength: strength of the plant; at 0 use `honest`.
            seed: seed of the splits.
            student: the student, whose input the plant receives.
            labels: labels of the supervisor about the items of the task.
        """
        chain = self.chain(strength)
        features = self.features(chain, student)
        weak = self.honest(labels)
        return plant_step(chain.source, self.plant, strength, seed, features, weak)

    @staticmethod
    def features(chain: ChainPlanner, student: Student) -> Step:
        """The input of a student's head, or the features of its untrained checkpoint or texts.

        An estimator that reads texts computes other features, so these are fitted to all texts,
        the copies included: it sees the trigger, too.
        """
        if isinstance(student, HeadStudent):
            return chain.extract(student.features)
        if isinstance(student, TransformerStudent):
            return chain.extract(student.transformer.activations)
        if student.reads_texts(chain.source.task):
            return extract_step(chain.source.task, FEATURES.build("lsa-16"))
        return chain.extract(student.input or FEATURES.build("pixels"))

    def watched(self, seed: int) -> np.ndarray:
        """(n,) indices of the watched items, in the order of their originals.

        They are the learn items if the supervisor is corrupt, and else the test items. A share
        `StudyPlant.deployed` of them is replaced by their copies, the same for planted systems and
        twins.
        """
        splits = self.home.splits(seed)
        items = splits.learn if self.plant.value.corrupts == "supervisor" else splits.test
        items = np.sort(items)
        if self.plant.value.trigger is None:
            return items
        return _copied(self.home, items, self.plant.value.deployed, f"watched {seed}")

    @cached_property
    def _chains(self) -> dict[float, ChainPlanner]:
        return {}

    @cached_property
    def _extractions(self) -> dict[tuple[str, str], Step]:
        return {}

    @cached_property
    def _doubled(self) -> Source:
        trigger = self.plant.value.trigger
        assert trigger is not None, "only a world with a trigger has copies"
        return with_copies(self.home, trigger.change(self.home.task), trigger.name)


@dataclass(frozen=True, eq=False)
class _Copying:
    """Division of a task and its copies, in which a share of the learn items are copies."""

    home: Source
    share: float

    def splits(self, seed: int) -> Splits:
        whole, count = self.home.splits(seed), len(self.home.task)
        candidates = whole.candidates
        return replace(
            whole,
            learn=_copied(self.home, whole.learn, self.share, f"learned {seed}"),
            shifted={TRIGGERED: whole.test + count},
            local={},
            candidates=np.concatenate([candidates, candidates + count]),
        )


def _copied(home: Source, items: np.ndarray, share: float, use: str) -> np.ndarray:
    """Items, of which a random share is replaced by copies; a larger share has the same copies."""
    order = seeded(f"{home.task.fingerprint} {use}").permutation(len(items))
    found = items.copy()
    found[order[: round(share * len(items))]] += len(home.task)
    return found
