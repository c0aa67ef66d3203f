"""A method put together from parts: the space in which a search looks for methods.

    labels -> transform -> select, relabel -> (targets x schedule) x curriculum -> members

`_parts` and `_rules` have the parts, and the space names the arguments; with all of these at their
defaults the method is naive training. The whole idea, of methods as points of a typed space that
an automated researcher searches, follows Wen et al. 2026 ("Automated weak-to-strong researcher").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from truing.methods import (
    _adaptive_confidence,
    _confidence,
    _confident_filter,
    _curriculum,
    _entropy,
    _gce,
    _knn_relabel,
    _noisy_channel,
    _overlap_density,
    _parts,
    _reverse_kl,
    _rules,
    _space,
    _window,
)
from truing.methods._method import METHODS, Evidence, Method, Prepare, follow, method
from truing.methods._noisy_channel import ROUNDS as EM_ROUNDS
from truing.methods._parts import RELABELLINGS, SELECTIONS, TRANSFORMS
from truing.methods._rules import CURRICULA, RULES, SCHEDULES, shortened
from truing.methods._space import Choice, Real, Space, Whole
from truing.specification import Specification
from truing.students import Targets

SOURCES = (
    _adaptive_confidence,
    _confidence,
    _confident_filter,
    _curriculum,
    _entropy,
    _gce,
    _knn_relabel,
    _noisy_channel,
    _overlap_density,
    _parts,
    _reverse_kl,
    _rules,
    _space,
    _window,
)
TRUSTING = tuple(name for name in RULES if name != "naive")  # those that look at beliefs

SPACE = Space(
    "composition",
    (
        Choice(
            "transform",
            "identity",
            options=tuple(TRANSFORMS),
            description="change of the weak labels (balance: Saerens et al. 2002; channel: EM "
            "posterior, with the neighbours' votes as the prior)",
        ),
        Real(
            "temperature",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"transform": ("sharpen", "soften")},
            description="temperature of sharpen; soften uses its inverse",
        ),
        Real(
            "smoothing",
            0.1,
            low=0.01,
            high=0.5,
            log=True,
            when={"transform": ("smooth",)},
            description="share of the probability that is spread evenly",
        ),
        Real(
            "balance",
            1.0,
            low=0.1,
            high=1,
            when={"transform": ("balance",)},
            description="strength; 1 makes all choices equally frequent",
        ),
        Choice(
            "select",
            "all",
            options=tuple(SELECTIONS),
            description="items to learn from (knn, student: where labels agree with either)",
        ),
        Real(
            "keep",
            0.5,
            low=0.1,
            high=0.95,
            allowed="(0, 1)",
            when={"select": ("confident",)},
            description="share of the items that counts as confident",
        ),
        Real(
            "others",
            0.0,
            low=0,
            high=0.9,
            allowed="[0, 1)",
            when={"select": ("confident", "overlap", "knn", "student")},
            description="weight of the items that are not selected",
        ),
        Choice(
            "relabel",
            "none",
            options=tuple(RELABELLINGS),
            description="source of new labels (knn, student: neither saw the item's own label)",
        ),
        Whole(
            "neighbours",
            20,
            low=3,
            high=50,
            log=True,
            allowed="[1, 1000]",
            when={"transform": ("channel",), "select": ("knn",), "relabel": ("knn",)},
            description="number of neighbours that vote",
        ),
        Choice(
            "targets",
            "naive",
            options=tuple(RULES),
            description="rule of a built-in method, or mixture with the student's belief",
        ),
        Real(
            "alpha",
            0.5,
            low=0.1,
            high=1,
            when={"targets": TRUSTING},
            description="share of the rule's own loss; the rest is cross entropy with the labels",
        ),
        Real(
            "doubt",
            0.5,
            low=0.1,
            high=5,
            log=True,
            allowed="(0, inf)",
            when={"targets": ("adaptive-confidence",)},
            description="temperature of adaptive-confidence",
        ),
        Real("q", 0.7, low=0.1, high=1, when={"targets": ("gce",)}, description="q of gce"),
        Real(
            "floor",
            1e-3,
            low=1e-4,
            high=0.1,
            log=True,
            allowed="(0, 0.5)",
            when={"targets": ("reverse-kl",)},
            description="floor of reverse-kl",
        ),
        Real(
            "radius",
            0.15,
            low=0.05,
            high=0.5,
            when={"targets": ("window",)},
            description="radius of window",
        ),
        Choice(
            "schedule",
            "constant",
            options=tuple(SCHEDULES),
            when={"targets": TRUSTING},
            description="course of alpha (linear: from zero over the warm-up; late: zero until "
            "its end)",
        ),
        Real(
            "warmup",
            0.2,
            low=0.05,
            high=0.8,
            when={"schedule": ("linear", "late")},
            description="length of the warm-up, as a share of the training",
        ),
        Choice(
            "curriculum",
            "all",
            options=tuple(CURRICULA),
            description="items at the start of the training",
        ),
        Real(
            "first",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"curriculum": ("confident-first",)},
            description="share of the items in the first phase",
        ),
        Real(
            "until",
            0.4,
            low=0.1,
            high=0.8,
            when={"curriculum": ("confident-first",)},
            description="progress at which the other items are added",
        ),
        Whole(
            "members",
            1,
            low=1,
            high=5,
            allowed="[1, 10]",
            description="number of students that are trained on resampled items and averaged",
        ),
    ),
)


@method("composition", *SOURCES)
@SPACE.declare
def composition(**given: Any) -> Method:
    """Parts of methods put together: what a search chooses from (Wen et al. 2026).

    Labels are transformed; items are selected by the transformed labels, which then are relabelled
    or stay. An argument that the chosen parts do not use is refused.
    """
    chosen = SPACE.complete(given)
    static = chosen["targets"] == "naive" and chosen["curriculum"] == "all"
    return Method(
        targets=follow if static else _targets(chosen),
        static=static,
        prepare=_prepare(chosen),
        members=chosen["members"],
        rounds=EM_ROUNDS if chosen["targets"] == "noisy-channel" else None,
    )


def _prepare(chosen: Mapping[str, Any]) -> Prepare | None:
    """What happens to the labels before training; None where they stay as they are."""
    parts = [chosen[name] for name in ("transform", "select", "relabel")]
    if parts == ["identity", "all", "none"]:
        return None
    transform, select, relabel = TRANSFORMS[parts[0]], SELECTIONS[parts[1]], RELABELLINGS[parts[2]]

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
    """The space of compositions, for a search."""
    return SPACE


def canonical(specification: str) -> str:
    """The one specification of what this builds: equal methods are one to a cache.

    Of a composition, arguments that count for nothing are left out; any other method's label.

    Raises:
        UserError: it does not build.
    """
    if _is_composition(specification):
        specification = SPACE.specification(SPACE.read(specification))
    return METHODS.build(specification).label


def family(specification: str) -> str:
    """Which parts a composition is made of, without their numbers; any other method's name.

    Parts at their defaults are left out, and `naive` is what is left where all are.

    Raises:
        UserError: it does not build.
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
