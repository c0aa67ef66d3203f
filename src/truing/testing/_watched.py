"""Watch an extension: its accesses to ground truth, and its changes of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from unittest import mock

import numpy as np

from truing.tasks import Access, Purpose, Source, Task, Vault
from truing.testing._contract import Violation, require


def swap_truth(source: Source, keep: np.ndarray) -> Source:
    """The same items with another right choice for each item that is not in `keep`."""
    items = np.arange(len(source.task))
    truth = source.vault.reveal(items, "score")
    swapped = (truth + 1) % source.task.choice_counts
    swapped[keep] = truth[keep]
    return replace(source, vault=Vault(swapped))


@dataclass
class Watched:
    """What an extension did to a task while it was watched.

    Attributes:
        opened: accesses to vaults that the extension opened itself.
        changed: whether the inputs of the task were changed.
    """

    opened: list[Access] = field(default_factory=list)
    changed: bool = False

    def require_closed(self) -> None:
        """Raise Violation if the extension opened a vault."""
        for first in self.opened[:1]:
            raise Violation(
                f"it read the ground truth of {first.items} items from a vault",
                "do not load the task's ground truth; use only what the contract passes",
            )

    def require_unchanged(self) -> None:
        """Raise Violation if the extension changed the inputs."""
        require(not self.changed, "it changed the inputs, which all students receive", "use a copy")


@contextmanager
def watch(task: Task | None = None, but: Vault | None = None) -> Iterator[Watched]:
    """Watch an extension.

    Args:
        task: the task whose inputs must stay as they are.
        but: the vault that the engine opens for the extension.
    """
    watched, reveal = Watched(), Vault.reveal
    before = None if task is None else task.inputs.copy()

    def recorded(self: Vault, items: np.ndarray, purpose: Purpose) -> np.ndarray:
        if self is not but:
            watched.opened.append(Access(purpose, len(items)))
        return reveal(self, items, purpose)

    with mock.patch.object(Vault, "reveal", recorded):
        yield watched
    if task is not None and before is not None:
        watched.changed = not np.array_equal(before, task.inputs)
