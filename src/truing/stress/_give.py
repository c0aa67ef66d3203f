"""Plants and monitors as a user passes them: names, and functions that a decorator registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from truing.plants import PLANTS
from truing.registry import Registry
from truing.stress._monitor import MONITORS

PlantsLike: TypeAlias = Any
MonitorsLike: TypeAlias = Any


def give_plants(given: object) -> list[str]:
    """Specifications of plants."""
    return _give(given, PLANTS)


def give_monitors(given: object) -> list[str]:
    """Specifications of monitors."""
    return _give(given, MONITORS)


def _give(given: Any, registry: Registry[Any]) -> list[str]:
    several: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    return [registry.given(one) or one for one in several if not isinstance(one, Mapping)]
