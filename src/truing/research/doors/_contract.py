"""Contract: the seven operations that every door offers.

Every answer is one JSON object outside of Python. A researcher's mistake raises a `UserError` with
a message of one line, has the same class through every door, and changes nothing.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Protocol

from truing.errors import ConflictError, NoSubmissionError, ServerError, UserError
from truing.research import _answers as answers
from truing.research._referee import Referee
from truing.research._submission import Submission
from truing.research.doors._tokens import check_name
from truing.research.ledger._receipt import Receipt

LARGEST = 2**63 - 1  # largest entry number that a ledger can store
PAGE = 20  # findings per answer


class Door(Protocol):
    """The operations of a referee for a researcher."""

    def describe_problem(self) -> answers.Description:
        """The aim of the problem, the allowed submissions, the rules and the budget."""

    def submit_method(self, submission: Submission) -> Receipt:
        """Submit a method, and return its receipt; a repeated submission is not charged.

        Args:
            submission: the method with its method card, which is frozen with it. `read_submission`
                makes a submission from JSON values.

        Raises:
            UserError: the submission is not a method of the problem.
            BudgetError: the budget is spent.
            ConflictError: the method was submitted with another card, or the run is closed.
        """

    def get_result(self, number: int) -> Receipt:
        """The receipt of a submission; NoSubmissionError if the researcher did not submit it."""

    def leaderboard(self) -> answers.Leaderboard:
        """The methods that raised the best released score, latest first."""

    def share_finding(self, text: str) -> answers.FindingNumber:
        """Share a text in the forum, and return its number."""

    def read_findings(self, since: int = 0) -> answers.FindingsPage:
        """Findings with a larger number, oldest first, and whether there are more."""

    def budget(self) -> answers.BudgetState:
        """What the researcher has spent and may still spend, and the limits."""


@dataclass(frozen=True)
class LocalDoor:
    """The door to a referee in this process.

    Attributes:
        referee: the referee.
        researcher: name of the researcher.
        at_once: whether to score a submission during the call. If not, a worker scores it later,
            and the first receipt has the status `accepted`.

    Raises:
        UserError: the name of the researcher is not allowed.
    """

    referee: Referee
    researcher: str
    at_once: bool = True

    def __post_init__(self) -> None:
        check_name(self.researcher)

    def describe_problem(self) -> answers.Description:
        return json.loads(json.dumps(self.referee.describe()))  # lists, not tuples, as over HTTP

    def submit_method(self, submission: Submission) -> Receipt:
        receipt = self.referee.submit(self.researcher, submission)
        if self.referee.card(receipt.number) != submission.card:
            raise ConflictError(
                f"you submitted this method as submission {receipt.number} with another card; the "
                "first card of a method is final"
            )
        return self._scored(receipt)

    def get_result(self, number: int) -> Receipt:
        if not _whole(number) or not 1 <= number <= LARGEST:
            raise NoSubmissionError(
                f"you have no submission {str(number)[:40]!r}; see your receipts"
            )
        return self._scored(self.referee.result(number, self.researcher))

    def leaderboard(self) -> answers.Leaderboard:
        return answers.Leaderboard(tuple(self.referee.leaderboard()))

    def share_finding(self, text: str) -> answers.FindingNumber:
        if not isinstance(text, str) or not _encodable(text):
            raise UserError("text must be a string of valid characters")
        return answers.FindingNumber(self.referee.share(self.researcher, text))

    def read_findings(self, since: int = 0) -> answers.FindingsPage:
        if not _whole(since) or not 0 <= since <= LARGEST:
            raise UserError(
                f"since must be the number of a finding, or 0 for all, got {str(since)[:40]!r}"
            )
        found = self.referee.findings(since, PAGE + 1)
        return answers.FindingsPage(tuple(found[:PAGE]), len(found) > PAGE)

    def budget(self) -> answers.BudgetState:
        return self.referee.budget(self.researcher)

    def _scored(self, receipt: Receipt) -> Receipt:
        if self.at_once and receipt.status == "accepted":
            return self.referee.score(receipt.number)
        return receipt


def wait_for(door: Door, number: int, seconds: float = 3600.0) -> Receipt:
    """Wait until a submission is scored, and return its receipt.

    Args:
        door: door of the researcher.
        number: number of the submission.
        seconds: longest wait.

    Raises:
        ServerError: the submission is not scored in time.
    """
    deadline, pause = time.monotonic() + seconds, 0.05
    while (receipt := door.get_result(number)).status == "accepted":
        if time.monotonic() > deadline:
            raise ServerError(
                f"submission {number} was not scored within {seconds:.0f} s; ask again later"
            )
        time.sleep(pause)
        pause = min(2 * pause, 2.0)
    return receipt


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _encodable(text: str) -> bool:
    """Whether a text contains no single surrogate, which JSON can express but UTF-8 cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
