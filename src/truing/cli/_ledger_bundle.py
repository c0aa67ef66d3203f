"""`truing ledger verify BUNDLE`: verify a published research run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from truing.cli._console import print_text


def verify_published(
    place: Path, key: str, head: str, receipts: Sequence[Path], as_json: bool
) -> NoReturn:
    """Verify a bundle, print the result, and exit with code 0, or 1 if there is a contradiction."""
    from truing.progress import working
    from truing.research.bundle import verify_bundle
    from truing.research.ledger import read_receipt

    read = [read_receipt(path) for path in receipts]
    with working("verifying"):
        found = verify_bundle(place, key=key, head=head, receipts=read)
    if as_json:
        print(json.dumps({"ok": found.ok, **asdict(found)}))
        sys.exit(0 if found.ok else 1)
    for line in found.contradictions:
        print_text(f"{place}: NOT verified: {line}")
    if found.ok:
        print_text(
            f"{place}: verified, {found.entries} entries, latest hash {found.head}",
            f"signed with the key {found.public_key}",
        )
    for line in found.not_checked:
        print_text(f"not checked: {line}")
    sys.exit(0 if found.ok else 1)
