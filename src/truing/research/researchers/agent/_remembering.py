"""Remembering door: a door that notes each submission of an agent in the agent's memory."""

from __future__ import annotations

from dataclasses import dataclass

from truing.research._submission import Submission
from truing.research.doors import ForwardingDoor
from truing.research.ledger._receipt import Receipt
from truing.research.researchers.agent._memory import Memory


@dataclass(frozen=True)
class RememberingDoor(ForwardingDoor):
    """A door for all tools of an agent, so that no tool submits a method that it forgets.

    Attributes:
        memory: notes and submissions of the agent.
    """

    memory: Memory

    def submit_method(self, submission: Submission) -> Receipt:
        receipt = self.door.submit_method(submission)
        self.memory.add_submission(receipt.number, submission.card.claim)
        return receipt
