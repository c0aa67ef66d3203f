"""`truing ledger`: whether a research's record was changed, and what is in it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from truing.errors import LedgerError, UserError


@click.group("ledger")
def command() -> None:
    """The record of a research: every proposal, failure and score, each sealed by the next."""


@command.command("verify")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")
@click.option("--head", metavar="HASH", help="Hash noted earlier, which the ledger must contain.")
@click.option(
    "--receipt",
    "receipts",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="A researcher's receipt, which the ledger must extend; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(place: Path, head: str | None, receipts: tuple[Path, ...], as_json: bool) -> None:
    """Check every byte of a ledger; exit code 1 where something was changed.

    Checked are each entry and its place, the order of times, and the file's schema and triggers.
    The ledger must contain the heads that report.json and head.json beside it note. Both could be
    replaced together with the ledger: only a head or a receipt that was kept elsewhere shows that
    entries were cut off or that the whole ledger was built again.
    """
    from truing.research import Ledger
    from truing.runs import LEDGER, ledgers_in

    paths = ledgers_in(place)
    if (head or receipts) and len(paths) > 1:
        what = "this head" if head else "these receipts"
        raise UserError(f"{place} contains {len(paths)} ledgers; name the one of {what}")
    noted, found = _noted(place), {}
    served = len(noted) == 1 and paths == [place / LEDGER]  # by many, under one referee
    sole = next(iter(noted.values())) if served else None
    for path in paths:
        with Ledger(path, create=False) as ledger:
            heads = [head, noted.get(path.parent.name), sole, _last_noted(path)]
            found[str(path)] = _verify(ledger, [one for one in heads if one])
            shown = _check_receipts(ledger, receipts)
    if as_json:
        told = {path: asdict(one) for path, one in found.items()}
        print(json.dumps({"ledgers": told, "receipts": shown} if receipts else {"ledgers": told}))
    else:
        for path, one in found.items():
            print(f"{path}: {_told(one)}")
        for path, why in shown.items():
            print(f"{path}: {f'NOT extended: {why}' if why else 'the ledger extends it'}")
    sys.exit(0 if all(one.ok for one in found.values()) and not any(shown.values()) else 1)


def _verify(ledger: Any, heads: list[str]) -> Any:
    """The first check that failed of those by each head, or the last one."""
    for head in heads or [None]:
        found = ledger.verify(head)
        if not found.ok:
            break
    return found


def _check_receipts(ledger: Any, paths: tuple[Path, ...]) -> dict[str, str]:
    """Why the ledger contradicts each receipt; empty where it extends it."""
    from truing.research._witness import check_receipt, read_receipt

    found = {}
    for path in paths:
        receipt = read_receipt(path)
        try:
            found[str(path)] = check_receipt(ledger, receipt)
        except LedgerError as error:
            found[str(path)] = str(error)
    return found


def _last_noted(path: Path) -> str | None:
    """The head that the referee noted beside its ledger, if it did."""
    from truing.research._head import read_head
    from truing.runs import LEDGER

    noted = read_head(path.parent) if path.name == LEDGER else None
    return noted and noted[1]


@command.command("show")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")
@click.option("--kind", metavar="KIND", help="Entries of one kind: submission, outcome, ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(place: Path, kind: str | None, as_json: bool) -> None:
    """Print the entries of a ledger. It holds scores that no researcher may see."""
    from truing.research import Ledger
    from truing.runs import ledgers_in

    found: dict[str, list[Any]] = {}
    kinds: dict[str, None] = {}
    for path in ledgers_in(place):
        with Ledger(path, create=False) as ledger:
            entries = ledger.entries()
        kinds |= dict.fromkeys(one.kind for one in entries)
        found[str(path)] = [one for one in entries if kind in (None, one.kind)]
    if kind is not None and kind not in kinds:
        raise UserError(f"no entry of kind {kind!r}; there are: {', '.join(kinds)}")
    if as_json:
        told = {path: [asdict(one) for one in entries] for path, entries in found.items()}
        print(json.dumps({"ledgers": told}))
        return
    for path, entries in found.items():
        print(path)
        for one in entries:
            print(f"{one.number:>6}  {one.time[:19]}  {one.kind:<11} {json.dumps(one.body)}")


def _noted(place: Path) -> dict[str, str]:
    """The head of each researcher's ledger when a run folder's report was written, if it was."""
    from truing.runs import RESEARCH

    try:
        report = json.loads((place / RESEARCH.results).read_text())
        return {name: str(one["head"]) for name, one in report.items()}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}


def _told(found: Any) -> str:
    if found.ok:
        return f"in order, {found.entries} entries, head {found.head}"
    place = f" at entry {found.first_bad}" if found.first_bad is not None else ""
    return f"NOT in order{place}: {found.why}"
