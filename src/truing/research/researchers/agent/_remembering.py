"""Remembering door: a door that notes each submission of an agent in the agent's memory."""

from __future__ import annotations

from dataclasses import dataclass

from truing.research import _answers as answers
from truing.research._submission import Submission
from truing.research.doors import Door
from truing.research.ledger._receipt import Receipt
from truing.research.researchers.agent._memory import Memory


@dataclass(frozen=True)
class RememberingDoor:
    """A door for all tools of an agent, so that no tool submits a method that it forgets.

    Attributes:
        door: door to the referee.
        memory: notes and submissions of the agent.
    """

    door: Door
    memory: Memory

    def submit_method(self, submission: Submission) -> Receipt:
        receipt = self.door.submit_method(submission)
        self.memory.add_submission(receipt.number, submission.card.claim)
        return receipt

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
