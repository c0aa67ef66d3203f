"""Tasks that each violate one condition of the contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from truing.tasks import Item, Source, Vault, make_task, task

TRUTH = np.arange(80) % 2


def words(kind="classification", truth=TRUTH, clusters=80) -> Source:
    """80 texts, whole unless an argument breaks it."""
    items = [
        Item(f"a{at}", f"text {at}", ("yes", "no"), cluster=str(at % clusters)) for at in range(80)
    ]
    return make_task("words", kind, items, ["yes", "no"], truth)


@task("reshuffled")
def reshuffled() -> Source:
    """Another ground truth in each load."""
    return words(truth=np.random.default_rng().permutation(TRUTH))


@task("from-one")
def from_one() -> Source:
    """Choices are counted from 1."""
    return words(truth=TRUTH + 1)


@task("one-sided")
def one_sided() -> Source:
    """The right choice is first."""
    return words("preference", truth=0 * TRUTH)


@task("left-out")
def left_out() -> Source:
    """An item that is pooled under a name that does not exist."""
    source = words()
    roles = np.array(["test"] * 30 + ["sealed"] * 10 + ["pool"] * 39 + ["pol"], dtype=object)
    return Source(replace(source.task, roles=roles), Vault(TRUTH))


@task("torn")
def torn() -> Source:
    """Clusters whose items have different roles, which only a wrong `splits` can use."""
    source = words(clusters=40)

    class Torn(type(source.task)):
        def splits(self, seed):
            found = super().splits(seed)
            first = np.array([found.learn[0]])
            return replace(found, learn=found.learn[1:], test=np.concatenate([found.test, first]))

    fields = {name: getattr(source.task, name) for name in source.task.__getstate__()}
    return Source(Torn(**fields), source.vault)
