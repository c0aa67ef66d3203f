"""Rerun: score a submission of a bundle again, without the folder of its referee.

Nothing in a bundle chooses what runs on this machine: submitted code runs at the isolation level
that the caller chooses, and names of code files, programs and folders in the configuration of the
bundle are refused or ignored.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from truing.errors import LedgerError, NoSubmissionError, UserError
from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, Tier
from truing.research._scoring import evaluate
from truing.research._submission import Submission
from truing.research.bundle._comparison import Comparison, compare_again, compare_fresh
from truing.research.bundle._environment import versions
from truing.research.bundle._found import FoundBundle, find_bundle
from truing.research.bundle._layout import ENTRIES, ENVIRONMENT
from truing.research.bundle._recorded import opened_ledger, read_entries
from truing.research.bundle._safe_config import Here, load_data, published_files, safe_config
from truing.research.bundle._verify import read_json, revealed_secret, verify_bundle
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import find_record, read_opened, read_records
from truing.research.ledger._records import FinallyScored, Scored, Submitted
from truing.research.ledger._secret import SECRET_BYTES
from truing.research.problems import Problem, make_problem
from truing.studies import Store

DECISIVE = ("numpy", "scipy", "scikit-learn", "torch", "transformers")


@dataclass(frozen=True)
class Rerun:
    """The result of scoring a submission again.

    Attributes:
        submission, researcher, kind: as in the ledger.
        tier: tier on which it was scored.
        recorded, found: the evaluation in the ledger, and the evaluation now.
        comparison: whether they agree, and why.
        differences: versions and machines that differ, `name: recorded, here`.
        same_draws: whether seeds and items were drawn from the secret of the run.
    """

    submission: int
    researcher: str
    kind: str
    tier: Tier
    recorded: Evaluation
    found: Evaluation
    comparison: Comparison
    differences: tuple[str, ...]
    same_draws: bool


def rerun(
    place: Path,
    number: int,
    *,
    tier: Tier = "climb",
    data: Mapping[str, Path] | None = None,
    isolation: str | None = None,
) -> Rerun:
    """Score a submission of a bundle again and compare the result with the ledger.

    If the bundle reveals its secret, seeds and items are the same. Otherwise they are drawn again,
    and the gains are compared by their intervals. No earlier result is reused.

    Args:
        place: folder of the bundle.
        number: number of the submission.
        tier: tier on which the submission was scored.
        data: path of each file or folder that the configuration names, by this name.
        isolation: isolation level of submitted code; the strongest by default, and never the level
            that the bundle names.

    Raises:
        UserError: the folder is not a bundle, a file is missing, or the data differ.
        LedgerError: the bundle contradicts itself.
        NoSubmissionError: there is no such submission, or it was not scored on this tier.
        IsolationError: this machine cannot isolate submitted code at the level.
    """
    checked = verify_bundle(place)
    if not checked.ok:
        raise LedgerError(
            f"{place} contradicts itself: {checked.contradictions[0]}; print all contradictions: "
            f"truing ledger verify {place}"
        )
    found, here = find_bundle(place), Here(data or {}, isolation)
    with opened_ledger(read_entries(found.files[ENTRIES])) as ledger:
        entry = find_record(ledger, number, Submitted)
        opened = read_opened(ledger)
        if entry is None or opened is None:
            raise NoSubmissionError(f"{place} has no submission {number}; {_numbers(ledger)}")
        recorded = _recorded(ledger, number, tier)
    return _score(found, entry[1], number, tier, recorded, opened.config, here)


def _score(
    found: FoundBundle,
    submitted: Submitted,
    number: int,
    tier: Tier,
    recorded: Evaluation,
    config: ResearchConfig,
    here: Here,
) -> Rerun:
    revealed = revealed_secret(found)
    if submitted.submission.kind == "predictions" and not revealed:
        raise UserError(
            "predictions can be scored again on the same items only, and the bundle does not "
            "reveal its secret, from which the items were drawn"
        )
    secret = revealed or secrets.token_bytes(SECRET_BYTES)
    environment = read_json(found.files[ENVIRONMENT])
    safe = safe_config(config, submitted.submission.kind, here)
    with TemporaryDirectory(prefix="truing-rerun-") as work:
        data = {**published_files(found, Path(work)), **here.data}
        sources = load_data(safe, data, environment["tasks"])
        problem = make_problem(safe, secret, Store(Path(work) / "store"), load=sources.__getitem__)
        if revealed:
            _check_items(problem, environment["independent_items"])
        scored = evaluate(problem, _checked(problem, submitted), tier, secret, safe)
    differences = _differences(environment, versions())
    compare = compare_again if revealed else compare_fresh
    return Rerun(
        number,
        submitted.researcher,
        submitted.submission.kind,
        tier,
        recorded,
        scored,
        compare(recorded, scored, differences),
        differences,
        revealed is not None,
    )


def _recorded(ledger: Ledger, number: int, tier: Tier) -> Evaluation:
    """The evaluation of a submission in a ledger."""
    if tier == "climb":
        climb = read_records(ledger.entries(Scored.kind), Scored).values()
        return next(one.evaluation for one in climb if one.submission == number)
    finals = read_records(ledger.entries(FinallyScored.kind), FinallyScored).values()
    for one in finals:
        if one.submission == number:
            found: Evaluation = getattr(one, tier)
            if not (found.gains or found.failure):
                raise NoSubmissionError(f"the research run has no tasks of the tier {tier!r}")
            return found
    chosen = ", ".join(str(one.submission) for one in finals)
    raise NoSubmissionError(
        f"submission {number} was not a finalist, so it has no score on the tier {tier!r}; "
        f"finalists: {chosen or 'none'}"
    )


def _numbers(ledger: Ledger) -> str:
    numbers = read_records(ledger.entries(Submitted.kind), Submitted)
    return f"its submissions: {', '.join(map(str, numbers))}"


def _checked(problem: Problem, submitted: Submitted) -> Submission:
    """The submission, if a referee would accept it: a host could write the name of a code file."""
    submission = submitted.submission
    if problem.check(submission) != submission:
        raise LedgerError("the submission is not in the form that a referee accepts")
    return submission


def _check_items(problem: Problem, stated: float) -> None:
    if problem.items != stated:
        raise LedgerError(
            f"the bundle states {stated:g} independent items, but its secret and data give "
            f"{problem.items:g}: the released step was wrong"
        )


def _differences(stated: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    """Versions and machines that differ and can change results."""
    found = []
    for name in ("truing", "python", "system", "processor"):
        if stated[name] != here[name]:
            found.append(f"{name}: {stated[name]}, {here[name]}")
    for name in DECISIVE:
        own, other = (one["packages"].get(name, "none") for one in (stated, here))
        if own != other:
            found.append(f"{name}: {own}, {other}")
    if not found and stated["sources"] != here["sources"]:
        found.append("source files of truing: they differ at the same version")
    return tuple(found)
