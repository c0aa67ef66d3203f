"""Composition: a method that is composed of parts, the space of the automated search.

    labels -> transform -> select, relabel -> (targets x schedule) x curriculum -> members

`_parts` and `_rules` contain the parts, `_composition_space` the arguments. With all arguments at
their defaults the method is naive training. The idea of methods as points of a typed space that an
automated researcher searches follows Wen et al. 2026 ("Automated weak-to-strong researcher").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from truing.methods._composition_space import SPACE
from truing.methods._method import METHODS, Evidence, Method, Prepare, follow, method
from truing.methods._noisy_channel import ROUNDS
from truing.methods._parts import RELABELINGS, SELECTIONS, TRANSFORMS
from truing.methods._rules import CURRICULA, RULES, SCHEDULES, shortened
from truing.methods._space import Choice, Space
from truing.specification import Specification
from truing.students import Targets


@method("composition")
@SPACE.declare
def composition(**given: Any) -> Method:
    """Combine parts of methods, as a search in a research run does (Wen et al. 2026).

    The weak labels are transformed. Items are selected by the transformed labels. Then the labels
    are replaced or kept (`relabel`). An argument that the chosen parts do not use is refused.
    """
    chosen = SPACE.complete(given)
    static = chosen["targets"] == "naive" and chosen["curriculum"] == "all"
    return Method(
        targets=follow if static else _targets(chosen),
        static=static,
        prepare=_prepare(chosen),
        members=chosen["members"],
        rounds=ROUNDS if chosen["targets"] == "noisy-channel" else None,
    )


def _prepare(chosen: Mapping[str, Any]) -> Prepare | None:
    """Preparation of the labels before training; None if they stay unchanged."""
    parts = [chosen[name] for name in ("transform", "select", "relabel")]
    if parts == ["identity", "all", "none"]:
        return None
    transform, select, relabel = TRANSFORMS[parts[0]], SELECTIONS[parts[1]], RELABELINGS[parts[2]]

    def prepare(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        labels = transform(evidence.weak, evidence, chosen)
        selected = select(labels, evidence, chosen) * 1.0  # 0..1
        return relabel(labels, evidence, chosen), selected + (1 - selected) * chosen["others"]

    return prepare


def _targets(chosen: Mapping[str, Any]) -> Targets:
    rule = RULES[chosen["targets"]](chosen)
    schedule = SCHEDULES[chosen["schedule"]]
    curriculum = CURRICULA[chosen["curriculum"]](chosen)

    def targets(weak: Any, belief: Any, progress: float) -> tuple[Any, Any]:
        share = chosen["alpha"] * schedule(progress, chosen["warmup"])
        made, weights = rule(weak, belief, progress, share)
        counts = weights * curriculum(weak, belief, progress)[1]
        return shortened(made, counts, belief), counts

    return targets


def composition_space() -> Space:
    """Space of all compositions, for a search.

    Examples:
        >>> from truing.methods import composition_space
        >>> space = composition_space()
        >>> len(space.arguments)
        21
        >>> space.specification(space.defaults() | {"targets": "gce", "q": 0.5})
        'composition,targets=gce,q=0.5'
    """
    return SPACE


def canonical(specification: str) -> str:
    """Canonical specification of a method: equal methods have one specification and cache key.

    For a composition, inactive arguments and defaults are left out. For any other method it is the
    method's label.

    Raises:
        UserError: the method is unknown, or its arguments are not allowed.

    Examples:
        >>> from truing.methods import canonical
        >>> canonical("composition,q=0.7,targets=gce")
        'composition,targets=gce'
    """
    if _is_composition(specification):
        specification = SPACE.specification(SPACE.read(specification))
    return METHODS.build(specification).label


def family(specification: str) -> str:
    """Parts of a composition without their numbers; for any other method, its name.

    Parts at their defaults are left out. If all parts are at their defaults, the family is `naive`.

    Raises:
        UserError: the method is unknown, or its arguments are not allowed.

    Examples:
        >>> from truing.methods import family
        >>> family("composition,targets=gce,q=0.5,members=3")
        'targets=gce + ensemble'
    """
    if not _is_composition(specification):
        return METHODS.build(specification).name
    values = SPACE.settled(SPACE.read(specification))
    parts = [
        f"{one.name}={values[one.name]}"
        for one in SPACE.arguments
        if isinstance(one, Choice) and values[one.name] != one.default
    ]
    if values["members"] > 1:
        parts.append("ensemble")
    return " + ".join(parts) or "naive"


def _is_composition(specification: str) -> bool:
    return Specification.parse(specification).name == SPACE.name
