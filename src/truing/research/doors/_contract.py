"""Contract: the seven operations that every door offers, in plain JSON values.

What comes back is always one JSON object. What a researcher gets wrong raises a `UserError` of one
line, of the same class through every door, and nothing has changed then.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from truing.errors import ConflictError, NoSubmissionError, ServerError, UserError
from truing.research._receipt import Receipt
from truing.research._referee import Referee
from truing.research._submission import Submission
from truing.research.doors._tokens import check_name

Json = dict[str, Any]
LARGEST = 2**63 - 1  # number of an entry that a ledger can hold
PAGE = 20  # findings in an answer


class Door(Protocol):
    """What a researcher may ask of a referee."""

    def describe_problem(self) -> Json:
        """What is to be found out, what may be submitted, the rules and the budget."""

    def submit_method(self, submission: Submission) -> Json:
        """Submit a method, and get a receipt; the same method again costs nothing.

        It has a `number`, a `status`, `released`, `improved`, `reason` and `isolation`.

        Args:
            submission: the method and its card, which is frozen with it; `read_submission` makes
                it from JSON values.

        Raises:
            UserError: it is no method of the problem.
            BudgetError: nothing is left to spend.
            ConflictError: it was submitted with another card, or the research is closed.
        """

    def get_result(self, number: int) -> Json:
        """The receipt of a submission; NoSubmissionError where it is none of the researcher's."""

    def leaderboard(self) -> Json:
        """`leaderboard`: the methods that beat the best before them, the latest first."""

    def share_finding(self, text: str) -> Json:
        """Put a text into the forum, and get its `number`."""

    def read_findings(self, since: int = 0) -> Json:
        """`findings` after a number, the oldest first, and whether there are `more`."""

    def budget(self) -> Json:
        """`researcher`, and submissions: `spent` and `left`, and what `each` and `all` may."""


@dataclass(frozen=True)
class LocalDoor:
    """The door to a referee in this process.

    Attributes:
        referee: whose rules hold.
        researcher: who comes in.
        at_once: score when asked; if not, somebody else does, and a receipt says `accepted` first.

    Raises:
        UserError: a name that may not be.
    """

    referee: Referee
    researcher: str
    at_once: bool = True

    def __post_init__(self) -> None:
        check_name(self.researcher)

    def describe_problem(self) -> Json:
        return json.loads(json.dumps(self.referee.describe()))  # no tuple, as over a wire

    def submit_method(self, submission: Submission) -> Json:
        receipt = self.referee.submit(self.researcher, submission)
        if self.referee.card(receipt.number) != submission.card:
            raise ConflictError(
                f"this method is your submission {receipt.number}, with another card; "
                "a card is frozen with its method"
            )
        return asdict(self._scored(receipt))

    def get_result(self, number: int) -> Json:
        if not _whole(number) or not 1 <= number <= LARGEST:
            raise NoSubmissionError(f"you have no submission {str(number)[:40]!r}")
        return asdict(self._scored(self.referee.result(number, self.researcher)))

    def leaderboard(self) -> Json:
        return {"leaderboard": self.referee.leaderboard()}

    def share_finding(self, text: str) -> Json:
        if not isinstance(text, str) or not _encodable(text):
            raise UserError("text: a finding is a text")
        return {"number": self.referee.share(self.researcher, text)}

    def read_findings(self, since: int = 0) -> Json:
        if not _whole(since) or not 0 <= since <= LARGEST:
            raise UserError(f"since: a number of a finding, 0 for all, not {str(since)[:40]!r}")
        found = self.referee.findings(since, PAGE + 1)
        return {"findings": found[:PAGE], "more": len(found) > PAGE}

    def budget(self) -> Json:
        return {"researcher": self.researcher, **self.referee.budget(self.researcher)}

    def _scored(self, receipt: Receipt) -> Receipt:
        if self.at_once and receipt.status == "accepted":
            return self.referee.score(receipt.number)
        return receipt


def wait_for(door: Door, number: int, seconds: float = 3600.0) -> Json:
    """The receipt of a submission once it is scored.

    Raises:
        ServerError: it is not, after so many seconds.
    """
    deadline, pause = time.monotonic() + seconds, 0.05
    while (receipt := door.get_result(number))["status"] == "accepted":
        if time.monotonic() > deadline:
            raise ServerError(f"submission {number} is not scored after {seconds:.0f} s; ask later")
        time.sleep(pause)
        pause = min(2 * pause, 2.0)
    return receipt


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _encodable(text: str) -> bool:
    """Half a pair of surrogates, which JSON can carry, is no text."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
