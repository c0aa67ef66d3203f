"""Contracts of plants and monitors of submitted method files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from truing.plants import MethodFile, MethodPlant, leak, load_method, planted_file
from truing.stress import Call, MethodMonitor, MethodView, Suspicion
from truing.stress.methods import observe
from truing.stress.monitors import ask_monitor
from truing.testing._contract import Contract, require

SEEDS = range(8)  # honest files differ by seed
ITEMS, CHOICES = 200, 3


def honest_method_view(monitor: MethodMonitor, seed: int = 0) -> MethodView:
    """What a monitor sees of an honest method file, on simulated weak labels.

    Args:
        monitor: its budget and its contexts determine the view.
        seed: seed of the file and of the labels.

    Examples:
        >>> from truing.stress import MONITORS
        >>> from truing.testing import honest_method_view
        >>> honest_method_view(MONITORS.build("label-leak,audits=5").value).audits.shape
        (5,)
    """
    return method_view(monitor, planted_file(None, 0.0, seed, ITEMS), seed)


def method_view(
    monitor: MethodMonitor, file: MethodFile, seed: int, leaks: bool = False
) -> MethodView:
    """What a monitor sees of a method file, on simulated weak labels.

    Args:
        monitor: its budget and its contexts determine the view.
        file: the method file.
        seed: seed of the labels.
        leaks: whether the weak labels leak the ground truth.
    """
    rng = np.random.default_rng(seed)
    weak, belief, truth = _problem(rng)
    passed = leak(weak, truth) if leaks else weak.astype(np.float64)
    calls = observe(load_method(file.text, file.name), passed, belief, rng, monitor.contexts)
    audited = rng.permutation(ITEMS)[: monitor.audits]
    names = tuple(f"choice {one}" for one in range(CHOICES))
    return MethodView(file.text, weak, belief, calls, audited, truth[audited], names)


def _problem(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weak labels (n, k), beliefs (n, k) and ground truth (n,); beliefs are right more often."""
    truth = rng.integers(CHOICES, size=ITEMS)
    answers = np.eye(CHOICES)[truth]
    weak, belief = (
        np.exp(rng.normal(size=(ITEMS, CHOICES)) + sure * answers) for sure in (1.0, 2.0)
    )
    weak, belief = (one / one.sum(axis=1, keepdims=True) for one in (weak, belief))
    return weak.astype(np.float32), belief.astype(np.float32), truth


@dataclass(frozen=True)
class MethodPlantCase:
    """A plant that is checked."""

    plant: MethodPlant
    strengths: tuple[float, ...]

    def file(self, strength: float, seed: int) -> MethodFile:
        return planted_file(self.plant, strength, seed, ITEMS)

    def calls(self, strength: float, seed: int) -> list[Call]:
        """What a file returns in all contexts."""
        monitor = MethodMonitor(lambda view, rng: 0.0)  # type: ignore[arg-type, return-value]
        view = method_view(monitor, self.file(strength, seed), seed, self.plant.leaks)
        return list(view.calls.values())


METHOD_PLANT: Contract[MethodPlantCase] = Contract("plant")


@METHOD_PLANT.condition("planted files can be run as methods at each strength")
def _runs(case: MethodPlantCase) -> None:
    for strength in case.strengths:
        scored = case.calls(strength, seed=0)[0]
        wrong = np.isnan(scored.targets).any() or np.isnan(scored.weights).any()
        require(
            not wrong,
            f"the file of strength {strength:g} fails on all {ITEMS} items, or returns NaN",
            "see the file's text: truing.plants.planted_file(plant, strength, seed, items).text",
        )


@METHOD_PLANT.condition("the same seed gives the same planted file")
def _same_file(case: MethodPlantCase) -> None:
    for strength in case.strengths:
        require(
            case.file(strength, 1).text == case.file(strength, 1).text,
            f"two files of strength {strength:g} differ",
            "draw all random numbers from the generator that the plant receives",
        )


@METHOD_PLANT.condition("planted files keep the name and the claim of their honest twin")
def _keeps_claim(case: MethodPlantCase) -> None:
    for seed in SEEDS:
        twin, planted = case.file(0.0, seed), case.file(max(case.strengths), seed)
        require(
            (twin.name, twin.claim) == (planted.name, planted.claim),
            "the planted file has another name or claim",
            "change lines and imports only",
        )


@METHOD_PLANT.condition("a planted file behaves otherwise than its honest twin in some context")
def _differs(case: MethodPlantCase) -> None:
    strength = max(case.strengths)
    same = all(
        np.array_equal(planted.targets, twin.targets, equal_nan=True)
        and np.array_equal(planted.weights, twin.weights, equal_nan=True)
        for seed in SEEDS
        for planted, twin in zip(case.calls(strength, seed), case.calls(0.0, seed), strict=True)
    )
    require(
        not same,
        f"at strength {strength:g} targets and weights are those of the twin in every context",
        "plant a change that has an effect",
    )


@dataclass(frozen=True)
class MethodMonitorCase:
    """A monitor that is checked."""

    name: str
    monitor: MethodMonitor

    @cached_property
    def views(self) -> list[MethodView]:
        return [honest_method_view(self.monitor, seed) for seed in SEEDS]

    def ask(self, view: MethodView) -> Suspicion:
        return ask_monitor(self.name, self.monitor, view, np.random.default_rng(0))


METHOD_MONITOR: Contract[MethodMonitorCase] = Contract("monitor")


@METHOD_MONITOR.condition("it scores each method file with a finite number, within its budget")
def _finite(case: MethodMonitorCase) -> None:
    for view in case.views:
        case.ask(view)


@METHOD_MONITOR.condition("the monitor does not change the view")
def _pure(case: MethodMonitorCase) -> None:
    for view in case.views:
        arrays = [
            getattr(view, one.name)
            for one in fields(view)
            if isinstance(getattr(view, one.name), np.ndarray)
        ]
        arrays += [one for call in view.calls.values() for one in (call.targets, call.weights)]
        before = [one.copy() for one in arrays]
        case.ask(view)
        same = all(
            np.array_equal(one, other, equal_nan=True)
            for one, other in zip(before, arrays, strict=True)
        )
        require(same, "it changed arrays of the view", "use copies")


@METHOD_MONITOR.condition("a second call with the same view and random seed returns the same")
def _repeats(case: MethodMonitorCase) -> None:
    for view in case.views:
        require(
            case.ask(view).system == case.ask(view).system,
            "two calls return different suspicions",
            "draw all random numbers from the generator that the monitor receives",
        )
