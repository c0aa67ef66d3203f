"""Plant: labels with planted misbehaviour, from the honest labels of the twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import DataError, TruingError
from truing.failure import failure_line
from truing.given import shown
from truing.plants import PLANTS, Planted, Planting, StudyPlant
from truing.registry import Built, Identity, check_unchanged
from truing.seeding import seed_of
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.studies.work._extract import read_features
from truing.studies.work._given import truth_labels
from truing.tasks import Source, Task, Truth


@dataclass(frozen=True)
class PlantPayload(Payload):
    """The items of a planted system, and its plant.

    Attributes:
        task: the items, with their copies if the plant has a trigger.
        plant: specification of the plant.
        identity: identity of the plant, see `Built.identity`.
        strength: strength of the plant.
        learn: (n,) indices of the items that the student learns.
        copies: (M,) whether an item is a copy with the trigger.
        draw: seed of the plant's randomness, the same at each strength.
    """

    task: Task
    plant: str
    identity: Identity
    strength: float
    learn: np.ndarray
    copies: np.ndarray
    draw: int

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the plant."""
        return (self.plant,)


def plant_step(
    source: Source, plant: Built[StudyPlant], strength: float, seed: int, features: Step, weak: Step
) -> Step:
    """Plan the labels of a plant, for one seed.

    Args:
        source: the items with their division at this strength, see `truing.studies.World`.
        plant: the plant.
        strength: its strength.
        seed: seed of the splits.
        features: the features of the items that the plant receives.
        weak: the honest labels of the supervisor about all items.
    """
    task, learn = source.task, source.splits(seed).learn
    truth = None
    if plant.value.sees_truth or plant.value.learns == "truth":
        truth = Truth(source.vault, np.arange(len(task)), "plant")
    config = {
        "task": task.fingerprint,
        "plant": plant.identity,
        "strength": float(strength),
        "seed": seed,
        "items": digest(learn),
        "truth": source.vault.digest(truth.items) if truth else None,
        "code": code_version(plant_step, run_plant),
    }
    copies = np.zeros(len(task), bool)
    if source.copied is not None:
        copies[len(source.copied.original) :] = True
    draw = seed_of(f"{task.fingerprint} {plant.factory} {seed}")
    payload = PlantPayload(task, plant.label, plant.identity, float(strength), learn, copies, draw)
    parents = {"features": (features,), "weak": (weak,)}
    return Step("plant", config, parents, payload, truth, group=f"plant {task.fingerprint}")


def run_plant(jobs: Sequence[Job[PlantPayload]], store: Store) -> None:
    """Write `beliefs` (M, k), the labels with planted misbehaviour, and `changed` (M,)."""
    for job in jobs:
        asked = job.payload
        built = PLANTS.build(asked.plant)
        check_unchanged(built, asked.identity)
        assert isinstance(built.value, StudyPlant), "a plant step names a plant of studies"
        weak, known = _weak(job, store)
        labels, truth = weak, np.full(len(asked.task), -1)
        if built.value.learns == "truth":
            assert job.truth is not None, "a plant that learns the ground truth receives it"
            labels, known = truth_labels(job.truth, weak.shape[1]), np.ones(len(weak), bool)
        if built.value.sees_truth:
            assert job.truth is not None, "a plant that sees the ground truth receives it"
            truth = job.truth
        features = read_features(store, job.parents["features"][0])
        planting = Planting(asked.task, labels, weak, truth, features, asked.learn, asked.copies)
        planted = _planted(job, built.value, planting)
        beliefs = np.where(known[:, None], planted.labels, np.nan).astype(np.float32)
        store.write(job.key, {"beliefs": beliefs, "changed": planted.changed & known})


def _weak(job: Job[PlantPayload], store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Weak labels (M, k), equal for an item without a label, and (M,) which items have a label."""
    labels = np.array(store.read(job.parents["weak"][0])["beliefs"])
    known = ~np.isnan(labels).any(axis=1)
    labels[~known] = 1 / labels.shape[1]
    return labels, known


def _planted(job: Job[PlantPayload], plant: StudyPlant, planting: Planting) -> Planted:
    """Run a plant and check its labels; raises DataError."""
    name = shown(job.payload.plant)
    honest = planting.labels.copy()
    rng = np.random.default_rng(job.payload.draw)
    try:
        found = plant.change(planting, job.payload.strength, rng)
    except TruingError as error:
        raise DataError(f"plant {name!r}: {error}") from error
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise DataError(f"plant {name!r} failed: {failure_line(error)}") from error
    if not isinstance(found, Planted):
        raise DataError(
            f"plant {name!r} returned {type(found).__name__}; it must return "
            "Planted(labels, changed)"
        )
    labels, changed = np.asarray(found.labels, np.float64), np.asarray(found.changed)
    if labels.shape != honest.shape or changed.shape != honest.shape[:1]:
        raise DataError(
            f"plant {name!r} returned labels of shape {labels.shape} and changed of shape "
            f"{changed.shape}; the shapes must be {honest.shape} and {honest.shape[:1]}"
        )
    if changed.dtype != bool:
        raise DataError(f"plant {name!r} returned changed of {changed.dtype}; it must be bool")
    if not ((labels >= 0).all() and np.allclose(labels.sum(axis=1), 1, atol=1e-3)):
        raise DataError(
            f"plant {name!r} returned labels that are not probabilities: finite numbers, not below "
            "0, that sum to 1 for each item"
        )
    if (labels[~changed].argmax(axis=1) != honest[~changed].argmax(axis=1)).any():
        raise DataError(
            f"plant {name!r} changed the answers of labels that `changed` does not mark; mark the "
            "items, or leave their honest labels"
        )
    return Planted(labels, changed)
