"""Students that each violate one condition of the contract of students."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from truing.students import HeadStudent, parse_student


@dataclass(frozen=True)
class Broken:
    """A head with a broken plan; the subclasses override `plan`."""

    head: HeadStudent

    @property
    def label(self) -> str:
        return type(self).__name__


class Ignores(Broken):
    """Trains on labels of its own."""

    def plan(self, steps):
        return steps.chain.ceilings(self.head, 1, [steps.seed])[0]


class Weightless(Broken):
    """Ignores the weights of the method."""

    def plan(self, steps):
        return self.head.plan(replace(steps, method=steps.chain.naive))


class Digests(Broken):
    """Chooses its penalty by the ground truth."""

    def plan(self, steps):
        source = steps.chain.source
        digest = source.vault.digest(np.arange(len(source.task)))
        return replace(self.head, l2=1 + int(digest[:8], 16)).plan(steps)


class Local(Broken):
    """Plans a step that cannot be sent."""

    def plan(self, steps):
        class Text(str):
            pass

        step = self.head.plan(steps)
        return replace(step, payload=replace(step.payload, chance=Text(step.payload.chance)))


def broken_students() -> dict[str, Broken]:
    """The broken students by name."""
    head = parse_student("pca-4")
    return {kind.__name__: kind(head) for kind in (Ignores, Weightless, Digests, Local)}
