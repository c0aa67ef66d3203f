"""Elicit: beliefs of a probe that is fitted on contrast pairs without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.registry import Built, Identity, check_unchanged
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import chance, code_version, digest
from truing.studies.work._extract import read_features
from truing.studies.work._notices import write_notices
from truing.supervisors import SUPERVISORS, Contrast, Elicitor, Probe, fit_probe
from truing.tasks import Source, Task

NO_ANCHORS = (
    "the sign of the supervisor's labels is arbitrary, since no names of classes could decide it"
)


@dataclass(frozen=True)
class ElicitPayload(Payload):
    """A probe to fit; it contains no ground truth.

    Attributes:
        count: number N of the task's items.
        items: (n,) indices of the items of the supervise split, in random order.
        anchors: (A,) right class of each anchor; the anchors follow the items in the features.
        prompt: prompt of the contrast pairs.
        seed: seed of the splits.
        supervisor: specification of the probe.
        identity: identity of the probe, see `Built.identity`.
        chance: seed of all randomness.
    """

    count: int
    items: np.ndarray
    anchors: np.ndarray
    prompt: str
    seed: int
    supervisor: str
    identity: Identity
    chance: str

    @property
    def heavy(self) -> bool:
        """True, since a fit takes seconds."""
        return True

    @property
    def sign_is_free(self) -> bool:
        """True, since only a rule without ground truth decides the sign of the labels."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the probe."""
        return (self.supervisor,)


def elicit_step(
    source: Source, elicitor: Built[Elicitor], seed: int, features: Step, contrast: Contrast
) -> Step:
    """Plan the fit of a probe. The step receives no ground truth.

    Args:
        source: the task; its vault is not used.
        elicitor: the kind of probe.
        seed: seed of the splits.
        features: the extraction of the contrast pairs.
        contrast: the contrast pairs.
    """
    task, identity = source.task, elicitor.identity
    # In a file sorted by class the position of an item would reveal its class.
    items = np.random.default_rng([seed, 1]).permutation(source.splits(seed).supervise)
    own = {one: value for one, value in identity["arguments"].items() if one != "features"}
    config = {
        "task": task.fingerprint,
        "supervisor": {**identity, "arguments": own},  # the parent has the identity of the features
        "seed": seed,
        "items": digest(items),
        "anchors": contrast.anchors.tolist(),
        "code": code_version(elicit_step, run_elicit),
    }
    payload = ElicitPayload(
        len(task),
        items,
        contrast.anchors,
        elicitor.value.prompt,
        seed,
        elicitor.label,
        identity,
        chance(source, items, seed),
    )
    return Step("elicit", config, {"features": (features,)}, payload, group=f"elicit {seed}")


def run_elicit(jobs: Sequence[Job[ElicitPayload]], store: Store) -> None:
    """Write `beliefs` (N, 2) of probes about all items, and the arrays of each probe."""
    for job in jobs:
        asked = job.payload
        built = SUPERVISORS.build(asked.supervisor)
        check_unchanged(built, asked.identity)
        assert isinstance(built.value, Elicitor), "an elicit step names a probe"
        pairs = read_features(store, job.parents["features"][0])
        probe = fit_probe(
            built.value,
            pairs[asked.items],
            np.random.default_rng(int(asked.chance[:32], 16)),
            anchors=pairs[asked.count :],
            right=asked.anchors,
        )
        anchored = built.value.sign == "arbitrary" or len(asked.anchors) > 0
        write_notices(store, job.key, [] if anchored else [NO_ANCHORS])
        beliefs = probe.beliefs(pairs[: asked.count])
        store.write(job.key, {"beliefs": beliefs.astype(np.float32), **probe.arrays()})


@dataclass(frozen=True)
class ApplyProbePayload(Payload):
    """The items of another task that normalize a probe.

    Attributes:
        items: (n,) indices of items of the other task; their ground truth is not used.
    """

    items: np.ndarray

    @property
    def sign_is_free(self) -> bool:
        """True, as for the labels of the probe at home."""
        return True


def apply_probe_step(probe: Step, features: Step, task: Task, items: np.ndarray) -> Step:
    """Plan the beliefs of a probe about the items of another task, see `Probe.normalized_by`.

    Args:
        probe: the fit of the probe.
        features: features of the contrast pairs of the other task.
        task: the other task.
        items: (n,) indices of the items of the other task that normalize the probe.
    """
    config = {
        "task": task.fingerprint,
        "items": digest(items),
        "code": code_version(apply_probe_step, run_apply_probe),
    }
    parents = {"trained": (probe,), "features": (features,)}
    group = f"apply probe {task.fingerprint}"
    return Step("apply probe", config, parents, ApplyProbePayload(items), group=group)


def run_apply_probe(jobs: Sequence[Job[ApplyProbePayload]], store: Store) -> None:
    """Write `beliefs` (N, 2) of probes about all items of another task."""
    for job in jobs:
        pairs = read_features(store, job.parents["features"][0])
        probe = Probe.from_arrays(store.read(job.parents["trained"][0]))
        beliefs = probe.normalized_by(pairs[job.payload.items]).beliefs(pairs)
        store.write(job.key, {"beliefs": beliefs.astype(np.float32)})
