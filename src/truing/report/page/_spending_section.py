"""Section on what the calls of models cost, in an oversight run or a research run."""

from __future__ import annotations

from truing.oversight.spending import Spending
from truing.report._spending import spending_lines
from truing.report.page._page import Section, Table

COLUMNS = ("role", "#calls", "#input tokens", "#output tokens", "#at their bound", "#dollars")


def spending_section(spending: Spending) -> Section:
    """What the calls cost in all and by role, against the caps."""
    rows = tuple(
        (
            name,
            f"{one.calls:,}",
            f"{one.charged.tokens.read:,}",
            f"{one.charged.tokens.written:,}",
            f"{(one.unknown + one.open).total:,}",
            f"{one.charged.dollars:.4f}",
        )
        for name, one in sorted(spending.roles.items())
    )
    note = (
        "All executions of this run. Cached replies cost nothing. A call without a token count of "
        "the provider counts at its upper bound: the call was interrupted, or its connection broke."
    )
    total = f"S{spending_lines(spending)[0][1:]}."
    table = Table("Calls that were sent to models", COLUMNS, rows, note)
    return Section("spending", "Spending", (total,), tables=(table,))
