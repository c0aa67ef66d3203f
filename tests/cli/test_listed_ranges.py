"""`truing list KIND NAME` states what an extension accepts: defaults, ranges and names."""

from __future__ import annotations

import inspect
import math
from typing import get_args

import pytest

from truing.arguments import OneOf, SomeOf, Within, limits_of
from truing.cli._kinds import KINDS, registry
from truing.errors import UserError
from truing.factory import Factory
from truing.specification import Specification
from truing.tasks.published import PUBLISHED

NEEDED = {
    "size": "4",
    "layer": "1",
    "features": "lsa-2",
    "members": "pca-2+pca-4",
    "student": "pca-4",
}
# Arguments that another argument limits, with a value of that argument that allows the whole range.
BESIDE = {
    ("obfuscated-arguments", "branching"): {"rounds": "1"},
    ("consultancy", "critiques"): {"refine": "1"},
    ("debate", "critiques"): {"refine": "1"},
}
MODELS = ("hf", "fewshot:hf", "icm:hf", "zeroshot:hf")
OUTSIDE = ("file", "judgements", "recorded", "scout", *MODELS, *PUBLISHED)  # need a file or a model
SLOW = {("cases", "count"): "100000"}  # accepted, and takes half a minute
FREE = {int, float}
LARGE = 1000  # inside every range without an upper end


def built() -> list[tuple[str, Factory]]:
    """All registered extensions that need no file and no model."""
    return [
        (kind, one)
        for kind in KINDS
        for one in registry(kind).factories.values()
        if one.name not in OUTSIDE
    ]


EXTENSIONS = built()
each = pytest.mark.parametrize(
    ("kind", "factory"), EXTENSIONS, ids=[one.name for _, one in EXTENSIONS]
)


def build(kind: str, factory: Factory, **arguments: str):
    needed = {name: NEEDED[name] for name in factory.annotations if name not in factory.defaults}
    return registry(kind).build(Specification(factory.name, {**needed, **arguments}))


def ends(stated: Within, whole: bool) -> tuple[list[float], list[float]]:
    """Values at the two ends of a range that lie inside, and values that lie outside."""
    low, high = (
        int(end) if whole and end != "inf" else float(end)
        for end in stated.interval[1:-1].split(", ")
    )
    step = (stated.step or 1) if whole else 1e-6
    inside = [low if stated.interval[0] == "[" else low + step]
    outside = [low - step if stated.interval[0] == "[" else low]
    if math.isinf(high):
        inside.append(low + LARGE * step)
    else:
        inside.append(high if stated.interval[-1] == "]" else high - step)
        beyond = max(step, high // 10**6 if whole else 0)
        outside.append(high + beyond if stated.interval[-1] == "]" else high)
    if stated.step:
        outside.append(low + stated.step / 2)
    return inside, outside


def typed(value: float, whole: bool) -> str:
    return str(int(value)) if whole and float(value).is_integer() else f"{value:.12g}"


@each
def test_the_defaults_are_accepted(kind, factory):
    assert build(kind, factory).label
    for name, default in factory.defaults.items():
        typed = default if isinstance(default, str) else str(default).lower()
        assert build(kind, factory, **{name: typed}).arguments[name] == default


@pytest.mark.parametrize(
    ("kind", "factory"),
    # The arguments of a composition depend on each other: tests/methods/test_composition.py.
    [pytest.param(*one, id=one[1].name) for one in EXTENSIONS if one[1].name != "composition"],
)
def test_the_listed_ranges_and_names_are_what_is_accepted(kind, factory):
    for name, annotation in factory.annotations.items():
        beside = BESIDE.get((factory.name, name), {})
        for stated in limits_of(annotation):
            if isinstance(stated, OneOf | SomeOf):
                inside, outside = list(stated.options), ["no-such-name"]
            else:
                whole = get_args(annotation)[0] is int
                pair = ends(stated, whole)
                inside, outside = ([typed(one, whole) for one in part] for part in pair)
            for value in set(inside) - {SLOW.get((factory.name, name))}:
                build(kind, factory, **{name: value}, **beside)
            for value in outside:
                with pytest.raises(UserError, match=name):
                    build(kind, factory, **{name: value}, **beside)


@each
def test_every_number_has_a_range(kind, factory):
    plain = [name for name, one in factory.annotations.items() if one in FREE]
    assert plain == []


@each
def test_every_argument_has_a_type(kind, factory):
    assert inspect.Parameter.empty not in factory.annotations.values()
