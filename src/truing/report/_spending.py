"""Spending in words: what the calls of a run cost, against its caps."""

from __future__ import annotations

from collections.abc import Iterator

from truing.oversight.spending import RoleSpending, Spending
from truing.wording import counted


def spending_lines(spending: Spending) -> list[str]:
    """What the calls of a run cost: in all, without a count of the provider, and by role.

    Examples:
        >>> from truing.oversight.spending import read_spending
        >>> from truing.report import spending_lines
        >>> line = '{"reserve": 1, "role": "judge", "model": "m", "input_tokens": 900, '
        >>> made = read_spending((line + '"output_tokens": 300, "dollars": 0.01}\\n').encode())
        >>> print(*spending_lines(made), sep="\\n")
        spent: 0.0100 dollars, 1,200 tokens, 1 call
        of this, the upper bound of calls without a count: 0.0100 dollars, 1,200 tokens
    """
    return list(_lines(spending))


def _lines(spending: Spending) -> Iterator[str]:
    charged, uncertain = spending.charged, spending.uncertain
    calls = sum(one.calls for one in spending.roles.values())
    priced = charged.dollars > 0.0 or spending.spend is not None
    cap = "" if spending.spend is None else f" of {spending.spend:g}"
    dollars = f"{charged.dollars:.4f} dollars{cap}, " if priced else ""
    most = "" if spending.cap_tokens is None else f" of {spending.cap_tokens:,}"
    yield f"spent: {dollars}{charged.total:,} tokens{most}, {counted(calls, 'call')}"
    if uncertain.total:
        dollars = f"{uncertain.dollars:.4f} dollars, " if priced else ""
        yield (
            f"of this, the upper bound of calls without a count: {dollars}"
            f"{uncertain.total:,} tokens"
        )
    if len(spending.roles) > 1:
        yield from (_role(name, one, priced) for name, one in sorted(spending.roles.items()))


def _role(name: str, one: RoleSpending, priced: bool) -> str:
    dollars = f", {one.charged.dollars:.4f} dollars" if priced else ""
    tokens = one.charged.tokens
    return (
        f"{name}: {counted(one.calls, 'call')}, {tokens.read:,} input tokens, "
        f"{tokens.written:,} output tokens{dollars}"
    )
