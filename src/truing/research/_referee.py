"""Referee: takes methods, trains and scores them, and releases as little as it must.

What it does is in the ledger, and what it knows is read off the ledger: a referee that was killed
begins where the ledger ends. A submission is charged when it is accepted, once; it is scored once;
the same method again is told the same.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import threading
import warnings
from pathlib import Path
from typing import Any

from truing.errors import (
    BudgetError,
    ClosedError,
    CorruptEntryError,
    EngineError,
    IsolationError,
    LedgerError,
    NoSubmissionError,
    Notice,
    StorageError,
    UserError,
)
from truing.research._config import ResearchConfig, read_config
from truing.research._head import HEAD_FILE, read_head, write_head
from truing.research._ledger import Entry, Ledger
from truing.research._private import close_to_others
from truing.research._receipt import Receipt
from truing.research._release import ReleaseRule
from truing.research._secret import draw_seeds, make_secret
from truing.research._signing import Signer
from truing.research._submission import MethodCard, Submission
from truing.research._tally import Tally
from truing.research._verdicts import finalists, verdicts
from truing.research._witness import make_receipt
from truing.research.problems import Evaluation, Problem, make_problem

MACHINE = (OSError, StorageError, EngineError, IsolationError, CorruptEntryError, LedgerError)
DRAWS = 2  # how seeds and items follow from the secret: 128 bits, a partition of its own
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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # true scores are in its ledger
        self.folder = folder
        self.ledger = Ledger(folder / "ledger.sqlite", on_commit=self._note_head)
        self.secret = make_secret(folder / "secret")
        self.signer = Signer(folder)
        self._check_ledger()
        close_to_others(folder)
        self.config = self._open(config)
        self.problem: Problem = problem or make_problem(self.config, self.secret)
        self.rule = ReleaseRule(self.config.step, self.config.errors)
        self.tally = Tally(self.ledger)
        self._scoring = threading.Lock()
        self._put_off: set[int] = set()  # submissions that the machine failed

    def _note_head(self, number: int, hashed: str) -> None:
        write_head(self.folder, number, hashed)

    def _check_ledger(self) -> None:
        """Raise LedgerError unless the ledger is in order and extends what was noted of it."""
        noted = read_head(self.folder)
        found = self.ledger.verify(noted and noted[1])
        if not found.ok:
            raise LedgerError(f"{self.ledger.path}: {found.why}; restore the ledger from a copy")
        if noted is None and found.entries:
            warnings.warn(
                Notice(
                    f"{self.folder / HEAD_FILE} is missing or unreadable, so lost entries at the "
                    "end of the ledger cannot be noticed; check with truing ledger verify "
                    f"{self.folder} --receipt FILE"
                ),
                stacklevel=2,
            )

    def _open(self, config: ResearchConfig | None) -> ResearchConfig:
        held = self.ledger.find("opened")
        if held is None and config is None:
            raise UserError(f"{self.folder} holds no research; begin one with a configuration")
        commitment = hashlib.sha256(self.secret).hexdigest()
        if held is None:
            body = {
                "config": config.model_dump(mode="json"),
                "secret": commitment,
                "draws": DRAWS,
                "public_key": self.signer.public_key,
            }
            held = self.ledger.append("opened", body, key="opened")
        if held.body["secret"] != commitment:  # other seeds, and so another lottery
            raise UserError(
                f"{self.folder}/secret is not the one with which this research was begun; put it "
                "back, or begin another research"
            )
        if held.body.get("draws") != DRAWS:
            raise UserError(
                f"{self.folder} was begun by an earlier version, which drew other seeds and items; "
                "its results cannot be continued; begin another research run"
            )
        if held.body.get("public_key") != self.signer.public_key:
            raise UserError(
                f"{self.folder}/signing_key is not the key with which this research run was begun; "
                "restore it from a copy, or begin another research run"
            )
        found = read_config(held.body["config"])
        if config is not None and config != found:
            raise UserError(f"{self.folder} holds a research with another configuration")
        return found

    @property
    def step(self) -> float:
        """What a score must beat the best by: the configured step, or more where items are few."""
        return self.rule.step_at(self.problem.items)

    @property
    def closed(self) -> bool:
        """Whether it takes no more submissions."""
        return self.ledger.find("closed") is not None

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
        key = f"submission {researcher} {fair.digest}"
        with self.ledger.transaction() as ledger:
            entry = ledger.find(key)
            if entry is None:
                self._check_open(ledger)
                self._check_budget(researcher)
                body = {
                    "researcher": researcher,
                    "digest": fair.digest,
                    "family": self.problem.family(fair),
                    **fair.model_dump(mode="json"),
                    "salt": self._salt(key),
                }
                entry = ledger.append("submission", body, key=key)
        return self.result(entry.number)

    def result(self, number: int, researcher: str | None = None) -> Receipt:
        """What became of a submission.

        Raises:
            NoSubmissionError: there is none, or it is another researcher's.
        """
        entry = self._submission(number)
        if researcher is not None and entry.body["researcher"] != researcher:
            raise NoSubmissionError(f"you have no submission {number}")
        outcome = self.ledger.find(f"outcome {number}")
        if outcome is None:
            return make_receipt(self.signer, entry, entry, status="accepted")
        body = outcome.body
        return make_receipt(
            self.signer,
            entry,
            outcome,
            status="failed" if body["failure"] else "scored",
            released=body["released"],
            improved=body["improved"],
            reason=body["failure"],
            isolation=body["isolation"],
        )

    def _salt(self, key: str) -> str:
        """A value that makes an entry's hash unguessable: receipts show hashes to researchers.

        Without it a researcher could try values of a true score until the hash fits.
        """
        return hmac.digest(self.secret, f"salt {key}".encode(), "sha256").hex()

    def card(self, number: int) -> MethodCard:
        """What was claimed of a submission before it was scored; NoSubmissionError if none is."""
        return MethodCard.model_validate(self._submission(number).body["card"])

    def work(self) -> bool:
        """Score a waiting submission; researchers take turns. Returns whether there was one.

        An infrastructure error is raised and puts the submission off, so that the next call scores
        another one. When all were tried, those that were put off are tried again.
        """
        number = self.tally.read().take_turn(but=self._put_off)
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
        entry = self._submission(number)
        with self._scoring:  # one after the other: students are trained on all cores anyway
            if self.ledger.find(f"outcome {number}") is None:
                evaluation = self._known(entry) or self._evaluate(entry, "climb")
                with self.ledger.transaction() as ledger:
                    if ledger.find(f"outcome {number}") is None:
                        body = {"submission": number, **self._released(evaluation)}
                        body["salt"] = self._salt(f"outcome {number}")
                        ledger.append("outcome", body, f"outcome {number}")
        return self.result(number)

    def share(self, researcher: str, text: str) -> int:
        """Put a finding into the forum; its number.

        Raises:
            UserError: it is empty or too long.
            BudgetError: the researcher has shared all that may be.
        """
        if not 0 < len(text.strip()) <= LONGEST_FINDING:
            raise UserError(f"a finding has 1 to {LONGEST_FINDING} characters, not {len(text)}")
        body = {"researcher": researcher, "text": text}
        key = f"finding {researcher} {hashlib.sha256(text.encode()).hexdigest()}"
        with self.ledger.transaction() as ledger:
            shared = self.tally.read().shared[researcher]
            if shared >= MOST_FINDINGS and ledger.find(key) is None:
                raise BudgetError(f"you have shared {MOST_FINDINGS} findings, which is all")
            return ledger.append("finding", body, key).number

    def findings(self, since: int = 0, most: int = -1) -> list[dict[str, Any]]:
        """What researchers shared, after an entry's number; so many at most."""
        found = self.ledger.entries("finding", since, most)
        return [{"number": one.number, **one.body} for one in found]

    def budget(self, researcher: str) -> dict[str, int]:
        """What a researcher, and all together, have spent and may spend."""
        tally, limits = self.tally.read(), self.config.budget
        own = tally.spent[researcher]
        left = min(limits.each - own, limits.all - tally.total)
        return {"spent": own, "left": max(left, 0), "each": limits.each, "all": limits.all}

    def leaderboard(self) -> list[dict[str, Any]]:
        """The methods that beat the best before them, the latest first."""
        rows = []
        for number, released in reversed(self.tally.read().climbs):
            body = self._submission(number).body
            rows.append(
                {
                    "submission": number,
                    "researcher": body["researcher"],
                    "family": body["family"],
                    "claim": body["card"]["claim"],
                    "released": released,
                }
            )
        return rows

    def close(self) -> list[dict[str, Any]]:
        """Take no more submissions, and score the finalists on the sealed and transfer tiers, once.

        Everything that was accepted is scored first. A verdict is `better` or `worse` where the
        sealed gain differs from zero after Holm's correction over all submissions, and the task
        that shows it agrees with the mean over tasks.
        """
        self.ledger.append("closed", {}, key="closed")
        while self.work():
            pass
        chosen = finalists(self.ledger, self.config.finalists)
        for entry in chosen:
            key = f"final {entry.number}"
            if self.ledger.find(key) is None:
                tiers = {
                    tier: self._evaluate(entry, tier).to_json() for tier in ("sealed", "transfer")
                }
                with self.ledger.transaction() as ledger:
                    if ledger.find(key) is None:  # another process may have been first
                        body = {"submission": entry.number, **tiers, "salt": self._salt(key)}
                        ledger.append("final", body, key)
        if self.ledger.find("verdicts") is None:
            found = verdicts(self.ledger, chosen, self.config.problem.seeds)
            told = {"verdicts": found, "salt": self._salt("verdicts")}
            self.ledger.append("verdicts", told, "verdicts")
        return self.ledger.find("verdicts").body["verdicts"]

    def _check_open(self, ledger: Ledger) -> None:
        if ledger.find("closed") is not None:
            raise ClosedError("the research is closed; nothing more is scored")

    def _check_budget(self, researcher: str) -> None:
        budget, tally = self.config.budget, self.tally.read()
        if tally.spent[researcher] >= budget.each:
            raise BudgetError(f"your budget of {budget.each} submissions is spent")
        if tally.total >= budget.all:
            raise BudgetError(f"the budget of {budget.all} submissions of all together is spent")

    def _submission(self, number: int) -> Entry:
        entry = self.ledger.entry(number)
        if entry is None or entry.kind != "submission":
            raise NoSubmissionError(f"you have no submission {number}")
        return entry

    def _known(self, entry: Entry) -> Evaluation | None:
        """The evaluation of the same method in another submission; turns may score it earlier."""
        for number in self.tally.read().same[entry.body["digest"]]:
            if outcome := self.ledger.find(f"outcome {number}"):
                return Evaluation.from_json(outcome.body["evaluation"])
        return None

    def _evaluate(self, entry: Entry, tier: str) -> Evaluation:
        submission = Submission.model_validate(
            {name: entry.body[name] for name in Submission.model_fields}
        )
        seeds = draw_seeds(self.secret, tier, self.config.problem.seeds)
        try:
            found = self.problem.evaluate(submission, tier, seeds)
        except MACHINE:  # no result, and no fault of the method's: it waits, and is tried again
            raise
        except Exception as error:  # one method must not stop the scoring of all others
            why = f"it could not be scored ({type(error).__name__})"
            level = self.problem.level(submission)
            return Evaluation(failure=why, isolation=level, detail=str(error)[:LONGEST_FINDING])
        if found.gains and not math.isfinite(found.score):
            return Evaluation(failure="its score is no finite number", isolation=found.isolation)
        return found

    def _released(self, evaluation: Evaluation) -> dict[str, Any]:
        """An outcome's body: what is known, and what of it is told."""
        best = self.tally.read().best
        body = {
            "evaluation": evaluation.to_json(),
            "failure": evaluation.failure,
            "isolation": evaluation.isolation,
            "released": best,
            "improved": False,
        }
        if not evaluation.failure:
            told = self.rule.release(best, evaluation.score, self.problem.items)
            body |= {"released": told.score, "improved": told.improved}
        return body
