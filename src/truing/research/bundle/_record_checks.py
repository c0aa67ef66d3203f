"""Checks of the records of a ledger: each follows from the records before it by the rules."""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from truing.errors import BudgetError
from truing.research._charges import Charges
from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation
from truing.research._opening import commitment
from truing.research._release import BASELINE, ReleaseRule
from truing.research._verdicts import finalists, verdicts
from truing.research.audit import correct
from truing.research.gate import judge
from truing.research.ledger._entry import Entry, canonical
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_gates, read_record, read_records
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Opened,
    SaltedRecord,
    Scored,
    Submitted,
)

ROUNDING = 1e-9  # relative and absolute, of values that are computed again


def check_records(entries: list[Entry]) -> Iterator[str]:
    """Yield a line for each entry that is out of place, or whose key contradicts its content."""
    seen: Counter[str | None] = Counter()
    for entry in entries:
        record = read_record(entry)
        if record is None:
            yield (
                f"entry {entry.number} has the kind {entry.kind!r}, which this version of truing "
                "does not know; install the version that the bundle's environment.json names"
            )
            continue
        seen[entry.key] += 1
        if entry.key != record.key or seen[entry.key] > 1:
            yield f"entry {entry.number} ({entry.kind}) has a key that contradicts its content"
        if isinstance(record, Submitted) and entry.body.get("digest") != record.submission.digest:
            yield f"entry {entry.number} (submission) has a digest that contradicts its content"
    yield from _check_order(entries)


def _check_order(entries: list[Entry]) -> Iterator[str]:
    kinds = [entry.kind for entry in entries]
    for kind in (Opened.kind, Decided.kind):
        if (count := kinds.count(kind)) != 1:
            yield f"the ledger has {count} entries of kind {kind!r}, but must have 1"
            return
    if kinds[0] != Opened.kind:
        yield "the first entry does not open a research run"
    if Closed.kind not in kinds:
        yield "the research run was not closed before the verdicts"
        return
    closed = kinds.index(Closed.kind)
    for entry in entries[closed:]:
        if entry.kind == Submitted.kind:
            yield f"entry {entry.number} is a submission after the end of the research run"
    for entry in entries[:closed]:
        if entry.kind in (FinallyScored.kind, Decided.kind):
            yield f"entry {entry.number} ({entry.kind}) is before the end of the research run"


def check_budget(ledger: Ledger, config: ResearchConfig) -> Iterator[str]:
    """Yield a line for each budget that was exceeded."""
    spent = Counter(
        one.researcher for one in read_records(ledger.entries(Submitted.kind), Submitted).values()
    )
    for name, count in spent.items():
        if count > config.budget.each:
            yield (
                f"researcher {name!r} has {count} submissions, more than the budget of "
                f"{config.budget.each}"
            )
    if spent.total() > config.budget.all:
        yield f"{spent.total()} submissions are more than the joint budget of {config.budget.all}"
    yield from _check_charges(ledger, config)


def _check_charges(ledger: Ledger, config: ResearchConfig) -> Iterator[str]:
    """Yield a line for each submission that could exceed a budget of processor seconds."""
    charges = Charges(config.budget)
    for entry in ledger.entries():
        match read_record(entry):
            case Submitted(researcher=researcher, reserved=reserved):
                try:
                    charges.check(researcher, reserved)
                except BudgetError as error:
                    yield f"entry {entry.number} exceeds a budget of {researcher!r}: {error}"
                charges.reserve(entry.number, researcher, reserved)
            case Scored(submission=number, evaluation=evaluation):
                charges.settle(number, evaluation.usage.cpu)


def check_secret(entries: list[Entry], secret: bytes) -> Iterator[str]:
    """Yield a line if a secret is not the committed secret, or if salts do not follow from it."""
    opened = read_record(entries[0])
    if not isinstance(opened, Opened) or opened.secret != commitment(secret):
        yield "the secret does not match the commitment in the first entry"
        return
    for entry in entries:
        record = read_record(entry)
        if isinstance(record, SaltedRecord):
            salt = hmac.digest(secret, f"salt {record.key}".encode(), "sha256").hex()
            if record.salt != salt:
                yield f"entry {entry.number} ({entry.kind}) has a salt of another secret"


def check_releases(ledger: Ledger, config: ResearchConfig, items: float) -> Iterator[str]:
    """Yield a line for each score that was not released by the rule.

    Args:
        ledger: ledger of the run.
        config: configuration of the run.
        items: number of independent items of a score of the climb tier.
    """
    rule, best = ReleaseRule(config.step, config.min_step_se), BASELINE
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    waiting, known = dict(submissions), dict[str, object]()
    withheld: dict[str, float] = {}
    for number, one in read_records(ledger.entries(Scored.kind), Scored).items():
        submitted = waiting.pop(one.submission, None)
        if submitted is None or number < one.submission:
            yield f"entry {number} (outcome) scores no submission that was waiting"
            continue
        evaluation = one.evaluation
        result = (evaluation.gains, evaluation.failure)
        if known.setdefault(submitted.submission.digest, result) != result:
            yield f"entry {number} (outcome) gives an equal method another score"
        wanted = (best, False)
        if not evaluation.failure:
            bar = max(best, withheld.get(submitted.researcher, BASELINE))
            released = rule.release(bar, evaluation.score, items)
            if config.gate is not None and released.improved != (one.gate is not None):
                missing = "no" if one.gate is None else "a"
                yield f"entry {number} (outcome) has {missing} result of the capability gate"
            if released.improved and one.gate is not None and not one.gate.passed:
                withheld[submitted.researcher] = released.score
            elif released.improved:
                wanted = (released.score, True)
        if (one.released, one.improved) != wanted:
            yield (
                f"entry {number} (outcome) releases {one.released:g} for submission "
                f"{one.submission}, but the rule releases {wanted[0]:g}"
            )
        best = max(best, wanted[0])
    for number in waiting:
        yield f"submission {number} was accepted but never scored"


def check_gate(ledger: Ledger, config: ResearchConfig) -> Iterator[str]:
    """Yield a line for each result of the capability gate that does not follow from its values."""
    results = read_gates(ledger)
    for final in read_records(ledger.entries(FinallyScored.kind), FinallyScored).values():
        found = results.get(final.submission)
        if config.gate is not None and not (found and found.passed):
            yield f"the finalist {final.submission} did not pass the capability gate"
    for number, stated in results.items():
        if config.gate is None:
            yield f"submission {number} has a result of a capability gate, but the run has none"
            continue
        derived = judge(Evaluation(stated.differences, stated.failure), config.gate.margin)
        if (stated.outcome, stated.p_holm) != (derived.outcome, derived.p_holm):
            yield (
                f"the capability gate states {stated.outcome} for submission {number}, but "
                f"{derived.outcome} follows from the recorded differences"
            )


def check_verdicts(ledger: Ledger, config: ResearchConfig) -> Iterator[str]:
    """Yield a line for each finalist and verdict that does not follow from the evaluations."""
    chosen = finalists(ledger, config.finalists)
    finals = read_records(ledger.entries(FinallyScored.kind), FinallyScored).values()
    scored = {one.submission for one in finals}
    if scored != set(chosen):
        yield (
            f"the final scores are of the submissions {sorted(scored)}, but the rule chooses the "
            f"finalists {sorted(chosen)}"
        )
        return
    stated = next(iter(read_records(ledger.entries(Decided.kind), Decided).values())).verdicts
    derived = verdicts(ledger, chosen, config.problem.shared_seeds)
    if [one.submission for one in stated] != [one.submission for one in derived]:
        yield "the verdicts are on other finalists, or in another order, than the rule gives"
        return
    for one, other in zip(stated, derived, strict=True):
        for name in _differences(one.to_json(), other.to_json()):
            yield (
                f"the verdict on submission {one.submission} states another {name} than follows "
                "from the recorded evaluations and Holm's correction"
            )


def check_audits(ledger: Ledger) -> Iterator[str]:
    """Yield a line for each audit whose flags do not follow from its p-values."""
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    for number, one in read_records(ledger.entries(Audited.kind), Audited).items():
        if one.audit.submission not in submissions:
            yield f"entry {number} (audit) audits no submission"
        # A test that only its p-value flags must not be unflagged by hand.
        if correct(one.audit.findings) != one.audit.findings:
            yield f"entry {number} (audit) has flags that do not follow from its p-values"


def _differences(stated: Mapping[str, Any], derived: Mapping[str, Any]) -> list[str]:
    return [name for name in derived if not _equal(stated[name], derived[name])]


def _equal(stated: Any, derived: Any) -> bool:
    """Whether JSON values are equal, apart from the rounding of another Python or processor."""
    if isinstance(stated, float) and isinstance(derived, float):
        return math.isclose(stated, derived, rel_tol=ROUNDING, abs_tol=ROUNDING)
    if isinstance(stated, dict) and isinstance(derived, dict):
        return stated.keys() == derived.keys() and all(
            _equal(stated[name], derived[name]) for name in stated
        )
    if isinstance(stated, list) and isinstance(derived, list):
        return len(stated) == len(derived) and all(map(_equal, stated, derived))
    return canonical(stated) == canonical(derived)
