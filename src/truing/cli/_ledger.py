"""`truing ledger`: verify or print the ledger of a research run."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import print_text
from truing.cli._ledger_bundle import verify_published
from truing.cli._once import Group
from truing.cli._options import json_option
from truing.errors import LedgerError, UserError

if TYPE_CHECKING:
    from truing.research import Entry, Ledger, Verification


@click.group("ledger", cls=Group)
def command() -> None:
    """Verify or print the ledger of a research run: every submission, failure and score."""


@command.command("verify", short_help="Verify a ledger or a bundle.")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE|BUNDLE")
@click.option(
    "--head", metavar="HASH", help="Hash of an entry, noted earlier; the ledger must contain it."
)
@click.option(
    "--receipt",
    "receipts",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Receipt of a researcher; the ledger must extend it. Repeat for several receipts.",
)
@click.option(
    "--key",
    metavar="HEX",
    help="Public key of the referee, known from elsewhere; it must have signed the bundle.",
)
@json_option
def verify(
    place: Path, head: str | None, receipts: tuple[Path, ...], key: str | None, as_json: bool
) -> None:
    """Verify a ledger or a bundle; the exit code is 1 if anything was changed.

    This checks each entry and its position, the order of times, and the file's schema and triggers.
    The ledger must contain the hashes in report.json and head.json beside it. An operator could
    replace these files together with the ledger. Only a hash or a receipt that was stored elsewhere
    shows that the last entries were removed or that the whole ledger was rebuilt.

    A bundle is a folder that truing referee publish wrote. Its host is not trusted: this checks the
    signatures, the hashes of all files and the ledger, and derives releases, finalists, verdicts
    and the page again.
    """
    from truing.research.bundle import is_bundle

    if is_bundle(place):
        verify_published(place, key or "", head or "", receipts, as_json)
    if key:
        raise UserError(f"{place} is not a bundle, and --key is for bundles; leave out --key")
    from truing.research import Ledger
    from truing.runs import LEDGER, ledgers_in

    paths = ledgers_in(place)
    if (head or receipts) and len(paths) > 1:
        what = "this head" if head else "these receipts"
        raise UserError(f"{place} contains {len(paths)} ledgers; name the ledger of {what}")
    noted, found = _noted(place), {}
    served = len(noted) == 1 and paths == [place / LEDGER]  # one ledger for all researchers
    sole = next(iter(noted.values())) if served else None
    for path in paths:
        with Ledger(path, create=False) as ledger:
            heads = [head, noted.get(path.parent.name), sole, _last_noted(path)]
            found[str(path)] = _verify(ledger, [one for one in heads if one])
            if found[str(path)].ok and not found[str(path)].entries:
                raise UserError(f"{path} contains no entries; name the ledger of a research run")
            shown = _check_receipts(ledger, receipts)
    if as_json:
        plain = {"ledgers": {path: asdict(one) for path, one in found.items()}}
        print(json.dumps(plain | {"receipts": shown} if receipts else plain))
    else:
        for name, one in found.items():
            print_text(f"{name}: {_verdict_text(one)}")
        for name, why in shown.items():
            print(f"{name}: {f'NOT extended: {why}' if why else 'the ledger extends the receipt'}")
    sys.exit(0 if all(one.ok for one in found.values()) and not any(shown.values()) else 1)


@command.command("show", short_help="Print the entries of a ledger.")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")
@click.option(
    "--kind",
    metavar="KIND",
    help="Kind of the printed entries: submission, outcome, ... (default: all)",
)
@json_option
def show(place: Path, kind: str | None, as_json: bool) -> None:
    """Print the entries of a ledger, including scores that no researcher may see."""
    from truing.research import Ledger
    from truing.runs import ledgers_in

    found: dict[str, list[Entry]] = {}
    kinds: dict[str, None] = {}
    for path in ledgers_in(place):
        with Ledger(path, create=False) as ledger:
            entries = ledger.entries()
        kinds |= dict.fromkeys(one.kind for one in entries)
        found[str(path)] = [one for one in entries if kind in (None, one.kind)]
    if kind is not None and kind not in kinds:
        raise UserError(f"no entry of kind {kind!r}; kinds in this ledger: {', '.join(kinds)}")
    if as_json:
        plain = {path: [asdict(one) for one in entries] for path, entries in found.items()}
        print(json.dumps({"ledgers": plain}))
        return
    for name, entries in found.items():
        entry_lines = (
            f"{one.number:>6}  {one.time[:19]}  {one.kind:<11} {json.dumps(one.body)}"
            for one in entries
        )
        print_text(name, *entry_lines)


def _verify(ledger: Ledger, heads: list[str]) -> Verification:
    """Verify the ledger against each hash; return the first failure, or the last result."""
    wanted: list[str | None] = [*heads] if heads else [None]
    for head in wanted:
        found = ledger.verify(head)
        if not found.ok:
            break
    return found


def _check_receipts(ledger: Ledger, paths: tuple[Path, ...]) -> dict[str, str]:
    """For each receipt, the reason why the ledger contradicts it; empty if it extends it."""
    from truing.research.ledger import check_receipt, read_receipt

    found = {}
    for path in paths:
        receipt = read_receipt(path)
        try:
            found[str(path)] = check_receipt(ledger, receipt)
        except LedgerError as error:
            found[str(path)] = str(error)
    return found


def _last_noted(path: Path) -> str | None:
    """Hash that the referee wrote beside its ledger, if any."""
    from truing.research.ledger import read_ledger_head
    from truing.runs import LEDGER

    noted = read_ledger_head(path.parent) if path.name == LEDGER else None
    return noted and noted.hash


def _noted(place: Path) -> dict[str, str]:
    """Hash of each researcher's latest entry at the time of report.json, if it exists."""
    from truing.runs import RESEARCH

    try:
        report = json.loads((place / RESEARCH.results).read_text())
        return {name: str(one["head"]) for name, one in report.items()}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}


def _verdict_text(found: Verification) -> str:
    if found.ok:
        return f"verified, {found.entries} entries, latest hash {found.head}"
    place = f" at entry {found.first_bad}" if found.first_bad is not None else ""
    return f"NOT verified{place}: {found.why}"
