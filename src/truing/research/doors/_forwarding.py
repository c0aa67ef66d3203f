"""Forwarding door: the base of doors that add something to another door."""

from __future__ import annotations

from dataclasses import dataclass

from truing.research import _answers as answers
from truing.research._submission import Submission
from truing.research.doors._contract import Door
from truing.research.ledger._receipt import Receipt


@dataclass(frozen=True)
class ForwardingDoor:
    """A door that passes every operation to another door.

    Attributes:
        door: door to the referee.
    """

    door: Door

    def submit_method(self, submission: Submission) -> Receipt:
        return self.door.submit_method(submission)

    def get_result(self, number: int) -> Receipt:
        return self.door.get_result(number)

    def describe_problem(self) -> answers.Description:
        return self.door.describe_problem()

    def leaderboard(self) -> answers.Leaderboard:
        return self.door.leaderboard()

    def share_finding(self, text: str) -> answers.FindingNumber:
        return self.door.share_finding(text)

    def read_findings(self, since: int = 0) -> answers.FindingsPage:
        return self.door.read_findings(since)

    def budget(self) -> answers.BudgetState:
        return self.door.budget()
