"""A method put together from parts: the space in which a search looks for methods.

    labels -> transform -> select, relabel -> (targets x schedule) x curriculum -> members

Every part is a rule of a built-in method or a few lines in `_parts`; with all parts at their
defaults the method is naive training. The whole idea, of methods as points of a typed space that
an automated researcher searches, follows Wen et al. 2026 ("Automated weak-to-strong researcher").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from array_api_compat import array_namespace

from truing.methods._adaptive_confidence import adaptive_confidence
from truing.methods._confidence import mixed_with_own
from truing.methods._curriculum import confident_first
from truing.methods._entropy import rewarding_certainty
from truing.methods._gce import gce
from truing.methods._method import METHODS, Method, follow, method, ramp, uniform
from truing.methods._noisy_channel import ROUNDS as EM_ROUNDS
from truing.methods._noisy_channel import noisy_channel
from truing.methods._parts import RELABELLINGS, SELECTIONS, TRANSFORMS
from truing.methods._reverse_kl import reverse_kl
from truing.methods._space import Choice, Real, Space, Whole
from truing.methods._window import window
from truing.students import Targets

MARGIN = 0.1  # of what the beliefs in a choice add up to; its targets may fall so far at once

Rule = Callable[[Any, Any, float, float], tuple[Any, Any]]
"""(weak (n, k), belief (n, k), progress, share 0..1) -> (targets (n, k), weights (n,))."""


def blended(targets: Targets) -> Rule:
    """The loss (1 - share) CE(belief, weak) + share times a method's own, as targets and weights.

    Gradients by the logits add up: (1 - share) (belief - weak) + share * weight (belief - target).
    """

    def rule(weak, belief, progress, share):
        made, weights = targets(weak, belief, progress)
        if share == 1:
            return made, weights
        own = share * weights
        whole = (1 - share) + own
        return ((1 - share) * weak + own[:, None] * made) / whole[:, None], whole

    return rule


def shortened(made: Any, weights: Any, belief: Any) -> Any:
    """Targets (n, k) that may leave the simplex, with shorter steps where they would run away.

    Where the targets of a choice add up to less than nothing, its intercept has no optimum. Shortly
    before that, all items' steps from the belief are shortened alike until no target is below
    nothing; where training comes to rest stays the same.
    """
    xp = array_namespace(made)
    totals = [xp.sum(weights[:, None] * one, axis=0) for one in (made, belief)]
    if bool(xp.all(made >= 0)) or bool(xp.all(totals[0] >= MARGIN * totals[1])):
        return made
    drop = xp.where(made < 0, belief - made, xp.ones_like(made))
    allowed = xp.where(made < 0, belief / drop, xp.ones_like(made))
    return belief + float(xp.min(allowed)) * (made - belief)


def _mixed_with_choice(weak, belief, progress, share):
    return mixed_with_own(weak, belief, share), uniform(weak)


def _mixed_with_belief(weak, belief, progress, share):
    """Soft bootstrapping (Reed et al. 2015, arXiv 1412.6596)."""
    return (1 - share) * weak + share * belief, uniform(weak)


def _certain(weak, belief, progress, share):
    return rewarding_certainty(weak, belief, share), uniform(weak)


def _naive(weak, belief, progress, share):
    return follow(weak, belief, progress)


RULES: dict[str, Callable[[Mapping[str, Any]], Rule]] = {
    "naive": lambda given: _naive,
    "confidence": lambda given: _mixed_with_choice,
    "mixture": lambda given: _mixed_with_belief,
    "entropy": lambda given: _certain,
    "adaptive-confidence": lambda given: blended(adaptive_confidence(given["doubt"]).targets),
    "gce": lambda given: blended(gce(given["q"]).targets),
    "reverse-kl": lambda given: blended(reverse_kl(given["floor"]).targets),
    "window": lambda given: blended(window(given["radius"]).targets),
    "noisy-channel": lambda given: blended(noisy_channel().targets),
}
TRUSTING = tuple(name for name in RULES if name != "naive")  # those that look at beliefs

SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda progress, warmup: 1.0,
    "linear": ramp,
    "late": lambda progress, warmup: float(progress >= warmup),
}
"""Share of the rule's full strength, by progress and warm-up."""

CURRICULA: dict[str, Callable[[Mapping[str, Any]], Targets]] = {
    "all": lambda given: follow,
    "confident-first": lambda given: confident_first(given["first"], given["until"]).targets,
}
"""Rules of which the weights count."""


@method("composition")
def composition(
    transform: str = "identity",
    temperature: float = 0.5,
    smoothing: float = 0.1,
    balance: float = 1.0,
    select: str = "all",
    keep: float = 0.5,
    others: float = 0.0,
    relabel: str = "none",
    neighbours: int = 20,
    targets: str = "naive",
    alpha: float = 0.5,
    doubt: float = 0.5,
    q: float = 0.7,
    floor: float = 1e-3,
    radius: float = 0.15,
    schedule: str = "constant",
    warmup: float = 0.2,
    curriculum: str = "all",
    first: float = 0.5,
    until: float = 0.4,
    members: int = 1,
) -> Method:
    """Parts of methods put together: what a search chooses from (Wen et al. 2026).

    Labels are transformed; items are selected by the transformed labels, which then are relabelled
    or stay. An argument that the chosen parts do not use is refused.

    Args:
        transform: of the weak labels: identity, sharpen, soften, harden, smooth (towards even),
            balance (by Saerens et al. 2002), channel (EM posterior, prior from neighbours).
        temperature: to sharpen by, below one; soften is its inverse.
        smoothing: share that is spread evenly.
        balance: 1 takes all choices for alike frequent, towards 0 labels stay.
        select: all, confident, overlap, knn or student: where labels agree with either.
        keep: share of the items that counts as confident.
        others: weight of the items that are not selected.
        relabel: none, knn or student: what either says that did not see the item's own label.
        neighbours: that vote, 1 to 1000.
        targets: rule of naive or another built-in method, or mixture with the student's belief.
        alpha: share of that rule's own loss; the rest is cross entropy with the labels.
        doubt: temperature of adaptive-confidence.
        q: of gce.
        floor: of reverse-kl.
        radius: of window.
        schedule: of alpha: constant, linear from zero over the warm-up, late (zero until its end).
        warmup: share of the training.
        curriculum: all items from the start, or confident-first.
        first: share of the items in the first phase.
        until: progress at which the others come in.
        members: students trained on resampled items and averaged, 1 to 32.
    """
    given = dict(locals())
    SPACE.check(given)
    plain = transform == "identity" and select == "all" and relabel == "none"
    static = targets == "naive" and curriculum == "all"
    return Method(
        targets=follow if static else _targets(given),
        static=static,
        prepare=None if plain else _prepare(given),
        members=members,
        rounds=EM_ROUNDS if targets == "noisy-channel" else None,
    )


def _prepare(given: Mapping[str, Any]):
    def prepare(evidence):
        labels = TRANSFORMS[given["transform"]](evidence.weak, evidence, given)
        selected = SELECTIONS[given["select"]](labels, evidence, given) * 1.0  # 0..1
        relabelled = RELABELLINGS[given["relabel"]](labels, evidence, given)
        return relabelled, selected + (1 - selected) * given["others"]

    return prepare


def _targets(given: Mapping[str, Any]) -> Targets:
    rule = RULES[given["targets"]](given)
    schedule = SCHEDULES[given["schedule"]]
    curriculum = CURRICULA[given["curriculum"]](given)

    def targets(weak, belief, progress):
        share = given["alpha"] * schedule(progress, given["warmup"])
        made, weights = rule(weak, belief, progress, share)
        counts = weights * curriculum(weak, belief, progress)[1]
        return shortened(made, counts, belief), counts

    return targets


SPACE = Space(
    "composition",
    (
        Choice("transform", "identity", options=tuple(TRANSFORMS)),
        Real(
            "temperature",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"transform": ("sharpen", "soften")},
        ),
        Real("smoothing", 0.1, low=0.01, high=0.5, log=True, when={"transform": ("smooth",)}),
        Real("balance", 1.0, low=0.1, high=1, when={"transform": ("balance",)}),
        Choice("select", "all", options=tuple(SELECTIONS)),
        Real("keep", 0.5, low=0.1, high=0.95, allowed="(0, 1)", when={"select": ("confident",)}),
        Real(
            "others",
            0.0,
            low=0,
            high=0.9,
            allowed="[0, 1)",
            when={"select": ("confident", "overlap", "knn", "student")},
        ),
        Choice("relabel", "none", options=tuple(RELABELLINGS)),
        Whole(
            "neighbours",
            20,
            low=3,
            high=50,
            log=True,
            allowed="[1, 1000]",
            when={"transform": ("channel",), "select": ("knn",), "relabel": ("knn",)},
        ),
        Choice("targets", "naive", options=tuple(RULES)),
        Real("alpha", 0.5, low=0.1, high=1, when={"targets": TRUSTING}),
        Real(
            "doubt",
            0.5,
            low=0.1,
            high=5,
            log=True,
            allowed="(0, inf)",
            when={"targets": ("adaptive-confidence",)},
        ),
        Real("q", 0.7, low=0.1, high=1, when={"targets": ("gce",)}),
        Real(
            "floor",
            1e-3,
            low=1e-4,
            high=0.1,
            log=True,
            allowed="(0, 0.5)",
            when={"targets": ("reverse-kl",)},
        ),
        Real("radius", 0.15, low=0.05, high=0.5, when={"targets": ("window",)}),
        Choice("schedule", "constant", options=tuple(SCHEDULES), when={"targets": TRUSTING}),
        Real("warmup", 0.2, low=0.05, high=0.8, when={"schedule": ("linear", "late")}),
        Choice("curriculum", "all", options=tuple(CURRICULA)),
        Real(
            "first",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"curriculum": ("confident-first",)},
        ),
        Real("until", 0.4, low=0.1, high=0.8, when={"curriculum": ("confident-first",)}),
        Whole("members", 1, low=1, high=5, allowed="[1, 10]"),
    ),
)


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
    return specification.strip().partition(",")[0] == SPACE.name
