"""Task scene: what the kinds of systems share that are trained on a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from truing.given import GivenObject, shown
from truing.registry import Built
from truing.stress._scene import Systems
from truing.stress._stress_test import StressTest
from truing.studies import Step, objects_of
from truing.tasks import Source


class TaskScene(ABC):
    """Systems that consist of a task, a supervisor and a student.

    Args:
        test: the stress test.
        home: its task.
    """

    def __init__(self, test: StressTest, home: Source):
        self.test, self.home = test, home
        self._suspects: dict[tuple[str, Any], Step] = {}

    @property
    def system(self) -> Mapping[str, str]:
        """Names of task, supervisor and student."""
        test = self.test
        return {"task": shown(test.task), "weak": shown(test.weak), "strong": shown(test.strong)}

    @property
    def sources(self) -> Mapping[str, Source]:
        """The task."""
        return {shown(self.test.task): self.home}

    @property
    def objects(self) -> tuple[GivenObject, ...]:
        """Objects that the user gave as task, supervisor or student."""
        return tuple(objects_of([self.test.task, self.test.weak, self.test.strong]))

    def suspect(self, monitor: Built[Any], systems: Systems) -> Step:
        """See `Scene.suspect`; made once for each monitor and systems.

        Raises:
            UserError: the monitor's budget is larger than the data, or it cannot see the systems.
        """
        place = (monitor.label, systems.key)
        if place not in self._suspects:
            self._suspects[place] = self._suspect(monitor, systems)
        return self._suspects[place]

    @abstractmethod
    def _suspect(self, monitor: Built[Any], systems: Systems) -> Step: ...
