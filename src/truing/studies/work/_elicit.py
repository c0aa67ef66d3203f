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
from truing.supervisors import SUPERVISORS, Contrast, Elicitor, fit_probe
from truing.tasks import Source


@dataclass(frozen=True)
class ElicitPayload(Payload):
    """A probe to fit; it contains no ground truth.

    Attributes:
        count: number N of the task's items.
        items: (n,) indices of the items of the supervise split.
        anchors: (A,) right class of each anchor; the anchors follow the items in the features.
        supervisor: specification of the probe.
        identity: identity of the probe, see `Built.identity`.
        chance: seed of all randomness.
    """

    count: int
    items: np.ndarray
    anchors: np.ndarray
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
    task, items = source.task, source.splits(seed).supervise
    identity = elicitor.identity
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
        len(task), items, contrast.anchors, elicitor.label, identity, chance(task, items, seed)
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
        beliefs = probe.beliefs(pairs[: asked.count])
        store.write(job.key, {"beliefs": beliefs.astype(np.float32), **probe.arrays()})
