"""Scenes: the kinds of systems that can be planted."""

from __future__ import annotations

from collections.abc import Callable

from truing.errors import UserError
from truing.plants import PlantKind
from truing.stress._scene import Scene
from truing.stress._stress_test import StressTest
from truing.stress.methods import MethodScene
from truing.stress.protocols import ProtocolScene
from truing.stress.studies import StudyScene

SCENES: dict[PlantKind, Callable[[StressTest], Scene]] = {
    "study": StudyScene,
    "protocol": ProtocolScene,
    "method": MethodScene,
}
"""For each kind of plant, what plans the steps of its systems."""


def make_scene(test: StressTest) -> Scene:
    """The scene of a stress test.

    Raises:
        UserError: its plants corrupt systems of a kind that has no scene.
    """
    if test.kind not in SCENES:
        allowed = ", ".join(SCENES)
        raise UserError(f"systems of the kind {test.kind} cannot be planted; allowed: {allowed}")
    return SCENES[test.kind](test)
