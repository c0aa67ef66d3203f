"""Marks of verdicts: the same shape and color for a verdict in every chart."""

from __future__ import annotations

from collections.abc import Iterable

from truing.measures import base_verdict, on_few_seeds
from truing.report.drawing._drawing import Mark
from truing.report.drawing._palette import BLUE, GREY, VERMILLION

NO_DIFFERENCE = Mark("no difference", GREY, "dashes")
UP, DOWN = ("better", "higher"), ("worse", "lower")


def verdict_mark(verdict: str) -> Mark:
    """Mark of a verdict; verdicts that are restricted to one or two seeds are gray."""
    word = base_verdict(verdict)
    if word in UP:
        shade, shape = BLUE, "triangle-up"
    elif word in DOWN:
        shade, shape = VERMILLION, "triangle-down"
    else:
        return Mark(word, GREY, "circle")
    return Mark(verdict, GREY if on_few_seeds(verdict) else shade, shape)


def verdict_marks(verdicts: Iterable[str]) -> tuple[Mark, ...]:
    """Marks of the verdicts that occur, in the order positive, negative, inconclusive."""
    found = {mark.name: mark for mark in map(verdict_mark, verdicts)}
    order = ("triangle-up", "triangle-down", "circle")
    return tuple(sorted(found.values(), key=lambda mark: (order.index(mark.shape), mark.name)))
