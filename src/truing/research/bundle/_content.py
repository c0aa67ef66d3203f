"""Content: what a bundle is made from. All files except signatures follow from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from truing.research.bundle._board import make_board
from truing.research.bundle._code import code_files
from truing.research.bundle._forecast_table import ForecastRow, forecast_table, table_json
from truing.research.bundle._layout import (
    DATA,
    ENTRIES,
    ENVIRONMENT,
    FORECASTS,
    NO_JEKYLL,
    PAGE,
    REVEALED,
    VERDICTS,
    card_path,
    json_bytes,
)
from truing.research.bundle._page import board_html
from truing.research.bundle._recorded import write_entries
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Decided, Submitted


@dataclass(frozen=True)
class BundleContent:
    """What a bundle is made from.

    Attributes:
        name: title of the board.
        environment: versions, and fingerprints and licenses of the tasks, as JSON values.
        secret: secret of the research run; None if it is not revealed.
        data: files of the tasks by name, if they are published.
        forecasts: recorded scores of the forecasts; None to compute them.
    """

    name: str
    environment: Mapping[str, Any]
    secret: bytes | None = None
    data: Mapping[str, bytes] = field(default_factory=dict)
    forecasts: Sequence[ForecastRow] | None = None


def make_files(ledger: Ledger, content: BundleContent) -> dict[str, bytes]:
    """The files of a bundle by path, without manifest and receipts. The result is deterministic.

    Args:
        ledger: ledger of a closed research run.
        content: everything else.
    """
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    found: dict[str, bytes] = {
        ENTRIES: write_entries(ledger.entries()),
        ENVIRONMENT: json_bytes(content.environment),
        VERDICTS: json_bytes(_verdicts(ledger)),
        NO_JEKYLL: b"",
    }
    for number, one in submissions.items():
        found[card_path(number)] = json_bytes(_card(one))
        found |= code_files(one.submission)
    if content.secret is not None:
        found[REVEALED] = f"{content.secret.hex()}\n".encode()
    found |= {f"{DATA}/{name}": text for name, text in content.data.items()}
    table = forecast_table(ledger) if content.forecasts is None else content.forecasts
    if table:
        found[FORECASTS] = json_bytes(table_json(table))
    stated = json.loads(found[ENVIRONMENT])  # in the order in which a verifier reads it
    found[PAGE] = board_html(make_board(ledger, content.name, stated, set(found), table))
    return found


def _verdicts(ledger: Ledger) -> dict[str, Any]:
    """The recorded verdicts; the verifier checks that they follow from the evaluations."""
    submissions = read_records(ledger.entries(Submitted.kind), Submitted).values()
    decided = read_records(ledger.entries(Decided.kind), Decided).values()
    return {
        "correction": "Holm, over all submitted methods",
        "intervals": "95%, of each gain, not corrected",
        "methods": len({one.submission.digest for one in submissions}),
        "verdicts": [one.to_json() for record in decided for one in record.verdicts],
    }


def _card(submitted: Submitted) -> dict[str, Any]:
    submission = submitted.submission
    return {
        "card": submission.card.model_dump(mode="json"),
        "digest": submission.digest,
        "family": submitted.family,
        "kind": submission.kind,
        "name": submission.name,
        "researcher": submitted.researcher,
    }
