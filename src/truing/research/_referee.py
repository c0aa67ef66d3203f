"""Referee: takes methods, trains and scores them, and releases as little as it must.

What it does is in the ledger, and what it knows is read off the ledger: a referee that was killed
begins where the ledger ends. A submission is charged when it is accepted, once; it is scored once;
the same method again is told the same.
"""

from __future__ import annotations

import hmac
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from truing.errors import BudgetError, ClosedError, LedgerError, NoSubmissionError, UserError
from truing.research._answers import BudgetState, ForumEntry, LeaderboardRow
from truing.research._config import ResearchConfig
from truing.research._entry import Entry
from truing.research._evaluation import Evaluation, FinalVerdict
from truing.research._opening import open_folder
from truing.research._receipt import Receipt
from truing.research._records import (
    Closed,
    Decided,
    FinallyScored,
    R,
    Record,
    SaltedRecord,
    Scored,
    Shared,
    Submitted,
    find_record,
    read_records,
)
from truing.research._release import ReleaseRule
from truing.research._scoring import evaluate
from truing.research._state import ResearchState
from truing.research._submission import MethodCard, Submission
from truing.research._verdicts import finalists, verdicts
from truing.research._witness import make_receipt
from truing.research.problems import Problem, make_problem

LONGEST_FINDING = 4000  # characters
MOST_FINDINGS = 500  # of a researcher: a forum that one of them floods is of no use to the others


class Referee:
    """A research in a folder: its ledger, its secret, the files that were submitted.

    Args:
        folder: where it lives.
        config: of a new research; an old one's is in its ledger.
        problem: by default the one that the configuration names.

    Raises:
        UserError: a folder of a research with another configuration, or none where there is none.
        LedgerError: the ledger was changed, or lost its end since it was last written to.
    """

    def __init__(
        self, folder: Path, config: ResearchConfig | None = None, problem: Problem | None = None
    ):
        opened = open_folder(folder, config)
        self.folder, self.config = folder, opened.config
        self.ledger, self.secret, self.signer = opened.ledger, opened.secret, opened.signer
        self.problem: Problem = problem or make_problem(self.config, self.secret)
        self.rule = ReleaseRule(self.config.step, self.config.errors)
        self.state = ResearchState(self.ledger)
        self._scoring = threading.Lock()
        self._put_off: set[int] = set()  # submissions that the machine failed

    @property
    def step(self) -> float:
        """What a score must beat the best by: the configured step, or more where items are few."""
        return self.rule.step_at(self.problem.items)

    @property
    def closed(self) -> bool:
        """Whether it takes no more submissions."""
        return self.state.read().closed

    def describe(self) -> dict[str, Any]:
        """The problem, as researchers are told it."""
        told = self.problem.describe()
        rules = (
            f"A score is released where it beats the best released score by {self.step:.3f}; "
            "otherwise the best released score is released again. It starts at the baseline's, 0: "
            "a score below the baseline is never released. Each submission costs one of the "
            "budget, a failed one too. The first card of a method stands."
        )
        budget = self.config.budget.model_dump()
        return {**told, "rules": rules, "budget": budget, "public_key": self.signer.public_key}

    def submit(self, researcher: str, submission: Submission) -> Receipt:
        """Accept a submission and charge for it; the same one again is neither.

        The card that came first with a method stands, whatever another one says.

        Raises:
            UserError: it is no method of the problem.
            BudgetError: nothing is left to spend.
            ClosedError: the research is closed.
        """
        fair = self.problem.check(submission)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.submissions.get((researcher, fair.digest))
            if number is None:
                if state.closed:
                    raise ClosedError("the research is closed; nothing more is scored")
                self._check_budget(researcher, state)
                number = self._write(Submitted(researcher, self.problem.family(fair), fair))
        return self.result(number)

    def result(self, number: int, researcher: str | None = None) -> Receipt:
        """What became of a submission.

        Raises:
            NoSubmissionError: there is none, or it is another researcher's.
        """
        entry, submitted = self._submission(number)
        if researcher not in (None, submitted.researcher):
            raise NoSubmissionError(f"you have no submission {number}")
        outcome = self.state.read().outcomes.get(number)
        scored = None if outcome is None else self._read(outcome, Scored)
        return make_receipt(self.signer, entry, scored)

    def card(self, number: int) -> MethodCard:
        """What was claimed of a submission before it was scored; NoSubmissionError if none is."""
        return self._submission(number)[1].submission.card

    def work(self) -> bool:
        """Score a waiting submission; researchers take turns. Returns whether there was one.

        An infrastructure error is raised and puts the submission off, so that the next call scores
        another one. When all were tried, those that were put off are tried again.
        """
        number = self.state.read().take_turn(but=self._put_off)
        if number is None and not self._put_off:
            return False
        if number is None:
            self._put_off.clear()
            return self.work()
        self._put_off.add(number)
        self.score(number)
        self._put_off.discard(number)
        return True

    def score(self, number: int) -> Receipt:
        """Score a submission, unless it is, and release what may be released."""
        submission = self._submission(number)[1].submission
        with self._scoring:  # one after the other: students are trained on all cores anyway
            if number not in self.state.read().outcomes:
                evaluation = self._known(submission)
                if evaluation is None:
                    evaluation = evaluate(
                        self.problem, submission, "climb", self.secret, self.config
                    )
                with self.ledger.transaction():
                    if number not in self.state.read().outcomes:
                        self._write(self._released(number, evaluation))
        return self.result(number)

    def share(self, researcher: str, text: str) -> int:
        """Put a finding into the forum; its number.

        Raises:
            UserError: it is empty or too long.
            BudgetError: the researcher has shared all that may be.
        """
        if not 0 < len(text.strip()) <= LONGEST_FINDING:
            raise UserError(f"a finding has 1 to {LONGEST_FINDING} characters, not {len(text)}")
        finding = Shared(researcher, text)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.findings.get((researcher, finding.digest))
            if number is None:
                if state.shared[researcher] >= MOST_FINDINGS:
                    raise BudgetError(f"you have shared {MOST_FINDINGS} findings, which is all")
                number = self._write(finding)
        return number

    def findings(self, since: int = 0, most: int = -1) -> list[ForumEntry]:
        """What researchers shared, after an entry's number; so many at most."""
        found = read_records(self.ledger.entries(Shared.kind, since, most), Shared)
        return [
            {"number": number, "researcher": one.researcher, "text": one.text}
            for number, one in found.items()
        ]

    def budget(self, researcher: str) -> BudgetState:
        """What a researcher, and all together, have spent and may spend."""
        state, limits = self.state.read(), self.config.budget
        own = state.spent[researcher]
        left = min(limits.each - own, limits.all - state.total)
        return {"spent": own, "left": max(left, 0), "each": limits.each, "all": limits.all}

    def leaderboard(self) -> list[LeaderboardRow]:
        """The methods that beat the best before them, the latest first."""
        rows: list[LeaderboardRow] = []
        for number, released in reversed(self.state.read().climbs):
            submitted = self._submission(number)[1]
            rows.append(
                {
                    "submission": number,
                    "researcher": submitted.researcher,
                    "family": submitted.family,
                    "claim": submitted.submission.card.claim,
                    "released": released,
                }
            )
        return rows

    def close(self) -> tuple[FinalVerdict, ...]:
        """Take no more submissions, and score the finalists on the sealed and transfer tiers, once.

        Everything that was accepted is scored first. A verdict is `better` or `worse` where the
        sealed gain differs from zero after Holm's correction over all submissions, and the task
        that shows it agrees with the mean over tasks.
        """
        self._write(Closed())
        while self.work():
            pass
        chosen = finalists(self.ledger, self.config.finalists)
        for number, submitted in chosen.items():
            if number not in self.state.read().finals:
                sealed, transfer = (
                    evaluate(self.problem, submitted.submission, tier, self.secret, self.config)
                    for tier in ("sealed", "transfer")
                )
                with self.ledger.transaction():
                    if number not in self.state.read().finals:  # another process may be first
                        self._write(FinallyScored(number, sealed, transfer))
        decided = self.state.read().decided
        if decided is None:
            found = verdicts(self.ledger, chosen, self.config.problem.seeds)
            decided = self._write(Decided(found))
        return self._read(decided, Decided)[1].verdicts

    def _check_budget(self, researcher: str, state: ResearchState) -> None:
        budget = self.config.budget
        if state.spent[researcher] >= budget.each:
            raise BudgetError(f"your budget of {budget.each} submissions is spent")
        if state.total >= budget.all:
            raise BudgetError(f"the budget of {budget.all} submissions of all together is spent")

    def _submission(self, number: int) -> tuple[Entry, Submitted]:
        found = find_record(self.ledger, number, Submitted)
        if found is None:
            raise NoSubmissionError(f"you have no submission {number}")
        return found

    def _known(self, submission: Submission) -> Evaluation | None:
        """The evaluation of the same method in another submission; turns may score it earlier."""
        state = self.state.read()
        for number in state.same[submission.digest]:
            if number in state.outcomes:
                return self._read(state.outcomes[number], Scored)[1].evaluation
        return None

    def _released(self, number: int, evaluation: Evaluation) -> Scored:
        """The record of an evaluation, and of what the rule releases of it."""
        best = self.state.read().best
        if evaluation.failure:
            return Scored(number, evaluation, best, improved=False)
        told = self.rule.release(best, evaluation.score, self.problem.items)
        return Scored(number, evaluation, told.score, told.improved)

    def _read(self, number: int, wanted: type[R]) -> tuple[Entry, R]:
        """An entry that the state names, and its record."""
        found = find_record(self.ledger, number, wanted)
        if found is None:
            raise LedgerError(f"entry {number} ({wanted.kind}) is missing")
        return found

    def _write(self, record: Record) -> int:
        """Append a record, with its salt, unless it is there; the entry's number."""
        if isinstance(record, SaltedRecord):
            salt = hmac.digest(self.secret, f"salt {record.key}".encode(), "sha256")
            record = replace(record, salt=salt.hex())
        return self.ledger.append(record.kind, record.to_json(), record.key).number
