"""Forecast table: the scores of forecasts on the page, recorded and checked.

The scores are computed again by a verifier, whose processor and versions may round differently. So
a bundle records them in a file, the page is made from the file, and the verifier compares the file
with its own values within a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from truing.measures import Estimate
from truing.research.gate._forecasts import score_forecasts
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Decided, Scored, Submitted

ROUNDING = 1e-9  # of a score that is a mean
RESAMPLED = 0.1  # of the ends of a bootstrap interval, in lengths; NumPy may draw other numbers


@dataclass(frozen=True)
class ForecastRow:
    """The scores of a researcher's forecasts.

    Attributes:
        researcher: name.
        cards: number of scored or failed submissions, each with a card.
        brier: Brier score; None if the cards of fewer than 10 methods state a probability.
        mean_error: mean of expected minus measured gain; None for fewer than 10 scored methods.
    """

    researcher: str
    cards: int
    brier: Estimate | None
    mean_error: Estimate | None


def forecast_table(ledger: Ledger) -> tuple[ForecastRow, ...]:
    """The scores of the forecasts in a closed run; empty if its cards state no forecasts."""
    entries = ledger.entries()
    decided = [one for record in read_records(entries, Decided).values() for one in record.verdicts]
    scored = tuple(read_records(entries, Scored).values())
    report = score_forecasts(read_records(entries, Submitted), scored, decided)
    return tuple(
        ForecastRow(
            name,
            one.cards,
            one.probability.brier if one.probability else None,
            one.effect.mean_error if one.effect else None,
        )
        for name, one in (report.researchers.items() if report else ())
    )


def table_json(table: Sequence[ForecastRow]) -> list[dict[str, Any]]:
    """A table as JSON values."""
    return [asdict(row) for row in table]


def read_table(given: Any) -> tuple[ForecastRow, ...]:
    """A table from JSON values; what is malformed raises."""
    return tuple(
        ForecastRow(
            row["researcher"], row["cards"], _estimate(row["brier"]), _estimate(row["mean_error"])
        )
        for row in given
    )


def check_table(recorded: Sequence[ForecastRow], found: Sequence[ForecastRow]) -> Iterator[str]:
    """Yield a line for each recorded score that does not follow from the cards and gains."""
    if [(one.researcher, one.cards) for one in recorded] != [
        (one.researcher, one.cards) for one in found
    ]:
        yield "it lists other researchers or cards than the ledger contains"
        return
    for one, other in zip(recorded, found, strict=True):
        for name in ("brier", "mean_error"):
            if not _agree(getattr(one, name), getattr(other, name)):
                yield f"it states another {name} of {one.researcher!r} than follows from the ledger"


def _estimate(given: Any) -> Estimate | None:
    return None if given is None else Estimate(given["value"], given["low"], given["high"])


def _agree(one: Estimate | None, other: Estimate | None) -> bool:
    if one is None or other is None:
        return one is other
    length = (other.high - other.low) if other.low is not None and other.high is not None else 0.0
    ends = max(ROUNDING, RESAMPLED * length)
    return (
        _close(one.value, other.value, ROUNDING)
        and _close(one.low, other.low, ends)
        and _close(one.high, other.high, ends)
    )


def _close(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=0.0, abs_tol=tolerance)
