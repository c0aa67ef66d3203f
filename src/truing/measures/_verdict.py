"""Verdicts on differences, for studies, comparisons, protocols and research runs."""

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

    A difference is significant if p is below 0.05. With fewer than three seeds, the verdict on a
    significant difference is restricted to these seeds: `better on this seed`, `better on these 2
    seeds`. One seed does not show the spread between seeds, and two seeds estimate it with one
    degree of freedom. `benchmarks/coverage.py --verdicts` counts how often a method without an
    effect would be called better or worse.

    Args:
        value: the difference; None if undefined.
        p: p-value, corrected for multiple comparisons; None or NaN if there is none.
        seeds: number of random seeds behind the difference; None if the comparison has no seeds.
        words: verdict on a positive and on a negative difference.

    Examples:
        >>> from truing.measures import decide_verdict
        >>> decide_verdict(0.03, p=0.01), decide_verdict(0.03, p=0.2)
        ('better', 'inconclusive')
        >>> decide_verdict(0.03, p=0.01, seeds=1)
        'better on this seed'
    """
    if value is None or p is None or not p < SIGNIFICANT:
        return INCONCLUSIVE
    word = words[0] if value > 0.0 else words[1]
    if seeds is None or seeds >= FEWEST_SEEDS:
        return word
    return f"{word} on this seed" if seeds == 1 else f"{word} on these {seeds} seeds"


def verdict_basis(seeds: int | None) -> str:
    """What a verdict is based on and generalizes to, such as `items and 3 seeds`.

    Examples:
        >>> from truing.measures import verdict_basis
        >>> verdict_basis(5), verdict_basis(1)
        ('items and 5 seeds', 'items of 1 seed')
    """
    if seeds is None:
        return "items"
    if seeds >= FEWEST_SEEDS:
        return f"items and {seeds} seeds"
    return f"items of {seeds} seed{'s' if seeds > 1 else ''}"


def on_few_seeds(verdict: str) -> bool:
    """Whether a verdict is restricted to one or two seeds.

    Examples:
        >>> from truing.measures import on_few_seeds
        >>> on_few_seeds("better on these 2 seeds"), on_few_seeds("better")
        (True, False)
    """
    return " on th" in verdict


def base_verdict(verdict: str) -> str:
    """A verdict without its restriction to seeds; `unclear` of version 0.1.0 is inconclusive.

    Examples:
        >>> from truing.measures import base_verdict
        >>> base_verdict("worse on this seed")
        'worse'
    """
    word = verdict.partition(" on th")[0]
    return INCONCLUSIVE if word == "unclear" else word
