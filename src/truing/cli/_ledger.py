"""`truing ledger`: whether a research's record was changed, and what is in it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from truing.errors import UserError

LEDGER = "ledger.sqlite"


@click.group("ledger")
def command() -> None:
    """The record of a research: every proposal, failure and score, each sealed by the next."""


@command.command("verify")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")
@click.option("--head", metavar="HASH", help="As noted earlier: the record must have passed it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(place: Path, head: str | None, as_json: bool) -> None:
    """Read a ledger whole and check every byte of it; exit code 1 where something was changed.

    The heads that a run folder's report.json notes must have been passed. Without a head that was
    noted elsewhere it cannot be seen whether all of it was written anew.
    """
    from truing.research import Ledger

    paths = ledgers_in(place)
    if head and len(paths) > 1:
        raise UserError(f"{place} holds {len(paths)} ledgers; name the one that has this head")
    noted, found = _noted(place), {}
    served = len(noted) == 1 and paths == [place / LEDGER]  # by many, under one referee
    sole = next(iter(noted.values())) if served else None
    for path in paths:
        with Ledger(path, create=False) as ledger:
            found[str(path)] = ledger.verify(head or noted.get(path.parent.name) or sole)
    if as_json:
        print(json.dumps({"ledgers": {path: asdict(one) for path, one in found.items()}}))
    else:
        for path, one in found.items():
            print(f"{path}: {_told(one)}")
    sys.exit(0 if all(one.ok for one in found.values()) else 1)


@command.command("show")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")
@click.option("--kind", metavar="KIND", help="Entries of one kind: submission, outcome, ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(place: Path, kind: str | None, as_json: bool) -> None:
    """Print the entries of a ledger. It holds scores that no researcher may see."""
    from truing.research import Ledger

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


def ledgers_in(place: Path) -> list[Path]:
    """The ledgers of a research: the file itself, the folder's, or those of its researchers.

    Raises:
        UserError: there is none.
    """
    if place.is_file():
        return [place]
    found = [place / LEDGER] if (place / LEDGER).is_file() else sorted(place.glob(f"*/{LEDGER}"))
    if not found:
        raise UserError(f"there is no ledger in {place}")
    return found


def _noted(place: Path) -> dict[str, str]:
    """The head of each researcher's ledger when a run folder's report was written, if it was."""
    try:
        report = json.loads((place / "report.json").read_text())
        return {name: str(one["head"]) for name, one in report.items()}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}


def _told(found: Any) -> str:
    if found.ok:
        return f"in order, {found.entries} entries, head {found.head}"
    place = f" at entry {found.first_bad}" if found.first_bad is not None else ""
    return f"NOT in order{place}: {found.why}"
