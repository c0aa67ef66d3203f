"""Verdict on a difference: decided here for studies, comparisons, protocols and research runs."""

from __future__ import annotations

SIGNIFICANT = 0.05
FEWEST_SEEDS = 3
INCONCLUSIVE = "inconclusive"


def decide_verdict(
    value: float | None,
    p: float | None,
    *,
    seeds: int | None = None,
    words: tuple[str, str] = ("better", "worse"),
) -> str:
    """Verdict on a difference: `better`, `worse` or `inconclusive`.

    With fewer than three seeds a significant difference is stated for these seeds only: `better on
    this seed`, `better on these 2 seeds`. One seed shows nothing of the spread between seeds, and
    two seeds estimate it with one degree of freedom: `benchmarks/coverage.py --verdicts` counts how
    often a method that is no better would be called better or worse.

    Args:
        value: the difference; None where it is undefined.
        p: its p-value, corrected for multiple comparisons; None or NaN where there is none.
        seeds: random seeds behind the difference; None where the comparison has no seeds.
        words: the verdict on a positive and on a negative difference.
    """
    if value is None or p is None or not p < SIGNIFICANT:
        return INCONCLUSIVE
    word = words[0] if value > 0.0 else words[1]
    if seeds is None or seeds >= FEWEST_SEEDS:
        return word
    return f"{word} on this seed" if seeds == 1 else f"{word} on these {seeds} seeds"


def verdict_basis(seeds: int | None) -> str:
    """What a verdict is based on, and so what it may be generalized to."""
    if seeds is None:
        return "items"
    if seeds >= FEWEST_SEEDS:
        return f"items and {seeds} seeds"
    return f"items of {seeds} seed{'s' if seeds > 1 else ''}"


def on_few_seeds(verdict: str) -> bool:
    """Whether a verdict is stated for one or two seeds only."""
    return " on th" in verdict


def base_verdict(verdict: str) -> str:
    """`better` of `better on this seed`; run folders of version 0.1.0 say `unclear`."""
    word = verdict.partition(" on th")[0]
    return INCONCLUSIVE if word == "unclear" else word
