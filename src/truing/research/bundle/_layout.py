"""Layout of a bundle: the names of its files, and how they are written."""

from __future__ import annotations

import json
from typing import Any

from truing.run_files import ENVIRONMENT

FORMAT = 1  # changes with every change of the files that are made from a ledger, also of the page
MANIFEST = "bundle.json"
PAGE = "index.html"
ENTRIES = "ledger.jsonl"
VERDICTS = "verdicts.json"
FORECASTS = "forecasts.json"
REVEALED = "secret.txt"
NO_JEKYLL = ".nojekyll"  # with this file, GitHub Pages serves files whose names begin with _
CARDS, CODE, RECEIPTS, DATA = "cards", "code", "receipts", "data"
CODE_SUFFIX = ".txt"  # browsers show the code as text, and no host runs it

__all__ = [
    "CARDS",
    "CODE",
    "CODE_SUFFIX",
    "DATA",
    "ENTRIES",
    "ENVIRONMENT",
    "FORECASTS",
    "FORMAT",
    "MANIFEST",
    "NO_JEKYLL",
    "PAGE",
    "RECEIPTS",
    "REVEALED",
    "VERDICTS",
]


def card_path(number: int) -> str:
    """Path of the method card of a submission."""
    return f"{CARDS}/{number}.json"


def receipt_path(number: int) -> str:
    """Path of the receipt of a submission."""
    return f"{RECEIPTS}/{number}.json"


def json_bytes(value: Any) -> bytes:
    """JSON values in the only form that a bundle contains: sorted keys, ASCII, one space."""
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
