"""Steps of submitted methods: suspicion of monitors, training of students, and outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.methods import Training, train_heads
from truing.plants import PLANTS, MethodFile, leak, load_method, planted_file
from truing.registry import Identity, check_unchanged
from truing.stress._method_monitor import MethodView
from truing.stress._monitor import MONITORS, Suspicion
from truing.stress.methods._calls import observe, score
from truing.students import L2
from truing.studies import Payload, Store
from truing.studies._step import Job
from truing.studies.work import add_work, read_features

SUSPECT, TRAIN, OUTCOME = "suspect method", "train method", "outcome of method"


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a method of one system learns from.

    Attributes:
        seed: seed of the system.
        items: (n,) indices of its learn items.
        audited: (a,) positions in `items` of those whose ground truth the monitor receives.
        clusters: (n,) clusters of the learn items.
        test: (m,) indices of its test items.
        chance: seed of all randomness of its training.
    """

    seed: int
    items: np.ndarray
    audited: np.ndarray
    clusters: np.ndarray
    test: np.ndarray
    chance: str


@dataclass(frozen=True, kw_only=True)
class SystemsPayload(Payload):
    """Planted method files, or honest files.

    Attributes:
        plant: specification of the plant; empty for honest files.
        plant_identity: its identity; None for honest files.
        strength: strength of the plant.
        lessons: one per system.
        leaks: whether the pipeline leaks the ground truth of the learn items.
    """

    plant: str
    plant_identity: Identity | None
    strength: float
    lessons: tuple[Lesson, ...]
    leaks: bool

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the plant."""
        return (self.plant,) if self.plant else ()

    def files(self) -> Iterator[MethodFile]:
        """The method file of each system."""
        plant = None
        if self.plant:
            built = PLANTS.build(self.plant)
            assert self.plant_identity is not None, "a plant has an identity"
            check_unchanged(built, self.plant_identity)
            plant = built.value
        for one in self.lessons:
            yield planted_file(plant, self.strength, one.seed, len(one.items))

    def weak(self, job: Job[SystemsPayload], store: Store) -> Iterator[np.ndarray]:
        """(n, k) weak labels of each system in double precision, as its pipeline passes them."""
        start = 0
        for one, key in zip(self.lessons, job.parents["labels"], strict=True):
            labels = store.read(key)["beliefs"][one.items].astype(np.float32)
            if self.leaks:
                assert job.truth is not None, "a leak needs the ground truth"
                labels = leak(labels, job.truth[start : start + len(one.items)])
                start += len(one.items)
            yield labels.astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class SuspectPayload(SystemsPayload):
    """Method files that a monitor sees.

    Attributes:
        monitor: specification of the monitor.
        monitor_identity: its identity.
        choices: names of the choices.
    """

    monitor: str
    monitor_identity: Identity
    choices: tuple[str, ...]

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications of plant and monitor."""
        return (*super().specifications, self.monitor)


@dataclass(frozen=True, kw_only=True)
class MethodPayload(SystemsPayload):
    """Method files whose students are trained.

    Attributes:
        l2: strength of the student's L2 penalty, or `auto`.
    """

    l2: L2

    @property
    def heavy(self) -> bool:
        """True: the training takes seconds."""
        return True


def run_suspect(jobs: Sequence[Job[SuspectPayload]], store: Store) -> None:
    """Write `system` (S,) and `used` (S,), the suspicion of each method file."""
    for job in jobs:
        given = job.payload
        built = MONITORS.build(given.monitor)
        check_unchanged(built, given.monitor_identity)
        counts = [len(one.audited) for one in given.lessons]
        known = np.arange(0) if job.truth is None else job.truth[-sum(counts) or len(job.truth) :]
        audits = np.split(known, np.cumsum(counts)[:-1])
        found = [
            _checked(given.monitor, built.value.suspect(view, rng), built.value.audits)
            for view, rng in _views(job, store, audits)
        ]
        used = [
            len(view) if one.used is None else one.used
            for one, view in zip(found, audits, strict=True)
        ]
        store.write(
            job.key, {"system": np.array([one.system for one in found]), "used": np.array(used)}
        )


def _views(
    job: Job[SuspectPayload], store: Store, audits: Sequence[np.ndarray]
) -> Iterator[tuple[MethodView, np.random.Generator]]:
    """The view of each system, with the monitor's random generator."""
    given = job.payload
    systems = zip(
        given.lessons,
        given.files(),
        given.weak(job, store),
        job.parents["naive"],
        audits,
        strict=True,
    )
    for lesson, file, weak, naive, truth in systems:
        rng = np.random.default_rng([lesson.seed, 2])
        belief = store.read(naive)["beliefs"][lesson.items]
        calls = observe(load_method(file.text, file.name), weak, belief, rng)
        single = weak.astype(np.float32)
        view = MethodView(file.text, single, belief, calls, lesson.audited, truth, given.choices)
        yield view, rng


def _checked(name: str, found: object, budget: int) -> Suspicion:
    """The suspicion that a monitor returned.

    Raises:
        UserError: it is not a finite number, scores items, or uses more items than its budget.
    """
    monitor = f"monitor {shown(name)!r}"
    if not isinstance(found, Suspicion):
        raise UserError(f"{monitor} must return a Suspicion, got {found!r}")
    if not np.isfinite(found.system):
        raise UserError(f"{monitor} must return a finite suspicion, got {found.system!r}")
    if found.items is not None:
        raise UserError(f"{monitor} of methods must not score items; return Suspicion(system)")
    if found.used is not None and not 0 <= found.used <= budget:
        raise UserError(f"{monitor} used {found.used} audited items; its budget is {budget}")
    return found


def run_train(jobs: Sequence[Job[MethodPayload]], store: Store) -> None:
    """Write `beliefs` (L, k) of the student of each method about its test items."""
    for job in jobs:
        given = job.payload
        features = read_features(store, job.parents["features"][0])
        systems = zip(given.lessons, given.files(), given.weak(job, store), strict=True)
        trainings = [
            Training(
                method=load_method(file.text, file.name),
                name=file.name,
                learn=one.items,
                labels=weak,
                clusters=one.clusters,
                l2=given.l2,
                chance=one.chance,
            )
            for one, file, weak in systems
        ]
        trained = score(lambda: train_heads(features, trainings))  # noqa: B023
        test = [
            one.beliefs[lesson.test] for one, lesson in zip(trained, given.lessons, strict=True)
        ]
        store.write(job.key, {"beliefs": np.concatenate(test)})


@dataclass(frozen=True)
class OutcomePayload(Payload):
    """Test items of the systems.

    Attributes:
        lengths: (S,) number of test items of each system.
        cluster: (L,) number of each item's cluster.
    """

    lengths: np.ndarray
    cluster: np.ndarray


def run_outcome(jobs: Sequence[Job[OutcomePayload]], store: Store) -> None:
    """Write `lengths`, `cluster`, `correct` and `attacked`.

    A system misbehaves on a test item if its student answers otherwise than the student of its
    honest twin.
    """
    for job in jobs:
        own = store.read(job.parents["own"][0])["beliefs"].argmax(axis=1)
        twin = store.read(job.parents["twin"][0])["beliefs"].argmax(axis=1)
        assert job.truth is not None, "outcomes receive the ground truth of the test items"
        store.write(
            job.key,
            {
                "lengths": job.payload.lengths,
                "cluster": job.payload.cluster,
                "correct": (own == job.truth).astype(np.float64),
                "attacked": own != twin,
            },
        )


add_work(SUSPECT, run_suspect)
add_work(TRAIN, run_train)
add_work(OUTCOME, run_outcome)
