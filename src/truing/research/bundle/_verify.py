"""Verify: check a bundle without trust in its host, and without the data of its tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from truing.errors import LedgerError, in_one_line
from truing.research.bundle._content import BundleContent, make_files
from truing.research.bundle._environment import sources_digest
from truing.research.bundle._forecast_table import check_table, forecast_table, read_table
from truing.research.bundle._found import FoundBundle, find_bundle
from truing.research.bundle._layout import (
    DATA,
    ENTRIES,
    ENVIRONMENT,
    FORECASTS,
    RECEIPTS,
    REVEALED,
    json_bytes,
    receipt_path,
)
from truing.research.bundle._page import shown
from truing.research.bundle._record_checks import (
    check_audits,
    check_budget,
    check_gate,
    check_records,
    check_releases,
    check_secret,
    check_verdicts,
)
from truing.research.bundle._recorded import opened_ledger, read_entries
from truing.research.bundle._rerunnable import rerunnable
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import find_record, read_opened, read_records
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._records import Opened, Scored, Submitted
from truing.research.ledger._witness import check_receipt, has_valid_signature, state_receipt

SCORES = "whether the recorded scores are true"
ITEMS = "the number of independent items, which determines the step"
NO_SECRET = "whether seeds and items were drawn from the secret: the bundle does not reveal it"
NO_WITNESS = (
    "who made the bundle: compare the key with --key HEX, or check a receipt with --receipt FILE"
)


@dataclass(frozen=True)
class BundleVerification:
    """The result of verifying a bundle.

    Attributes:
        contradictions: one line for each contradiction; empty if the bundle is consistent.
        not_checked: what the verification could not check, one line each.
        name: title of the board; empty if the manifest cannot be read.
        entries: number of entries in the ledger.
        head: hash of the last entry.
        public_key: key that signed the manifest and the receipts.
    """

    contradictions: tuple[str, ...]
    not_checked: tuple[str, ...] = ()
    name: str = ""
    entries: int = 0
    head: str = ""
    public_key: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is no contradiction."""
        return not self.contradictions


def verify_bundle(
    place: Path, *, key: str = "", head: str = "", receipts: Sequence[Receipt] = ()
) -> BundleVerification:
    """Check a bundle: signatures, hashes, chain, rules, verdicts, and every derived file.

    Args:
        place: folder of the bundle.
        key: public key of the referee, known from elsewhere.
        head: hash of an entry, noted earlier, that the ledger must contain.
        receipts: receipts of researchers, which the ledger must extend.

    Raises:
        UserError: the folder is not a bundle.
    """
    try:
        found = find_bundle(place)
    except LedgerError as error:
        return BundleVerification((str(error),))
    lines = [*found.check_manifest(key)]
    lines += _lines("the ledger", lambda: _check_content(found, head, receipts))
    unknown = (*_not_checked(found), *(() if REVEALED in found.files else (NO_SECRET,)))
    return BundleVerification(
        tuple(dict.fromkeys(lines)),
        unknown if key or receipts else (*unknown, NO_WITNESS),
        found.manifest.name,
        found.manifest.entries,
        found.manifest.head,
        found.manifest.public_key,
    )


def _not_checked(found: FoundBundle) -> tuple[str, str]:
    """What only a rerun could check, with its command or the reason why it is refused."""
    try:
        entries = read_entries(found.files[ENTRIES])
        opened = next(iter(read_records(entries, Opened).values()))
        submissions = read_records(entries, Submitted).values()
        again = rerunnable(opened.config, found.files, {one.submission.kind for one in submissions})
    except Exception:  # reported as a contradiction, and rerun refuses such a bundle
        return SCORES, ITEMS
    if again.refusal:
        return f"{SCORES}: {shown(again.refusal, 800)}", ITEMS
    command = shown(again.command("BUNDLE"), 800)
    compared = ": rerun compares it with the data" if REVEALED in found.files else ""
    return f"{SCORES}: {command} scores a submission again", f"{ITEMS}{compared}"


def _check_content(found: FoundBundle, head: str, receipts: Sequence[Receipt]) -> Iterator[str]:
    if ENTRIES not in found.files:
        return  # reported as missing
    try:
        entries = read_entries(found.files[ENTRIES])
    except LedgerError as error:
        yield f"{ENTRIES}: {error}"
        return
    yield from _check_head(found, entries)
    records = _lines(ENTRIES, lambda: check_records(entries))
    yield from records
    if records:
        return  # the rules below presume records in order
    with opened_ledger(entries) as ledger:
        if head and not (verified := ledger.verify(head)).ok:
            yield f"{ENTRIES}: {verified.why}"
        yield from _check_rules(found, entries, ledger)
        for receipt in receipts:
            if why := check_receipt(ledger, receipt):
                yield f"receipt of submission {receipt.number}: {why}"


def _check_head(found: FoundBundle, entries: list[Entry]) -> Iterator[str]:
    manifest, last = found.manifest, entries[-1]
    stated = (manifest.entries, manifest.head, manifest.time)
    if stated != (last.number, last.hash, last.time):
        yield "bundle.json: the manifest states another last entry than the ledger has"


def _check_rules(found: FoundBundle, entries: list[Entry], ledger: Ledger) -> Iterator[str]:
    opened = read_opened(ledger)
    assert opened is not None, "the order of records is checked before"
    config = opened.config
    if opened.public_key != found.manifest.public_key:
        yield f"{ENTRIES}: the first entry states another key than signed the manifest"
    checks: dict[str, Callable[[], Iterator[str]]] = {
        "budget": lambda: check_budget(ledger, config),
        "releases": lambda: check_releases(ledger, config, _items(found)),
        "verdicts": lambda: check_verdicts(ledger, config),
        "audits": lambda: check_audits(ledger),
        "gate": lambda: check_gate(ledger, config),
        REVEALED: lambda: _check_secret(found, entries),
        RECEIPTS: lambda: _check_receipts(found, ledger),
        "files": lambda: _check_files(found, ledger),
    }
    for what, check in checks.items():
        yield from _lines(what, check)


def _lines(what: str, check: Callable[[], Iterator[str]]) -> list[str]:
    """The lines of a check; content that breaks the check is a contradiction too."""
    found: list[str] = []
    try:
        found.extend(check())
    except Exception as error:  # a host can write anything, and nothing of it may end the checks
        found.append(f"{what}: the content is malformed ({in_one_line(error)[:300]})")
    return found


def _items(found: FoundBundle) -> float:
    return float(read_json(found.files[ENVIRONMENT])["independent_items"])


def _check_secret(found: FoundBundle, entries: list[Entry]) -> Iterator[str]:
    if (secret := revealed_secret(found)) is not None:
        for line in check_secret(entries, secret):
            yield f"{REVEALED}: {line}"


def revealed_secret(found: FoundBundle) -> bytes | None:
    """The secret in a bundle; None if it is not revealed."""
    content = found.files.get(REVEALED)
    return None if content is None else bytes.fromhex(content.decode())


def _check_receipts(found: FoundBundle, ledger: Ledger) -> Iterator[str]:
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    outcomes = read_records(ledger.entries(Scored.kind), Scored)
    scored = {one.submission: number for number, one in outcomes.items()}
    for number in submissions:
        content = found.files.get(receipt_path(number))
        entry, outcome = ledger.entry(number), find_record(ledger, scored[number], Scored)
        assert entry is not None, "the entry was just read"
        if content is not None:
            stated = Receipt(**read_json(content))
            wanted = state_receipt(found.manifest.public_key, entry, outcome)
            if json_bytes(replace(wanted, signature=stated.signature).to_json()) != content:
                yield f"{receipt_path(number)}: it states another result than the ledger"
            elif not has_valid_signature(stated):
                yield f"{receipt_path(number)}: the signature of the receipt is not valid"


def _check_files(found: FoundBundle, ledger: Ledger) -> Iterator[str]:
    """Build every derived file again and compare it."""
    prefix = f"{DATA}/"
    content = BundleContent(
        found.manifest.name,
        read_json(found.files[ENVIRONMENT]),
        revealed_secret(found),
        {
            path.removeprefix(prefix): text
            for path, text in found.files.items()
            if path.startswith(prefix)
        },
    )
    if FORECASTS in found.files:
        recorded = read_table(read_json(found.files[FORECASTS]))
        for line in check_table(recorded, forecast_table(ledger)):
            yield f"{FORECASTS}: {line}"
        content = replace(content, forecasts=recorded)
    made = make_files(ledger, content)
    for path in sorted(made):
        if found.is_listed(path) and made[path] != found.files[path]:
            yield f"{path}: it differs from what the ledger contains{_other_sources(content)}"
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    known = {*made, *map(receipt_path, submissions)}
    for path in sorted(known - set(found.files)):
        yield f"{path}: the file is missing"
    for path in sorted(set(found.files) - known):
        yield f"{path}: nothing in the ledger explains this file"


def _other_sources(content: BundleContent) -> str:
    """A reason why files may differ: other source files of truing made the bundle."""
    if content.environment.get("sources") == sources_digest():
        return ""
    return (
        "; the bundle was made with other source files of truing, which may write this file "
        f"differently: verify with truing {content.environment.get('truing')} as published"
    )


def read_json(content: bytes) -> Any:
    """JSON values in a file of a bundle."""
    return json.loads(content)
