"""Asking: the requests of one play, and the verdicts that are read from the replies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from truing.oversight._judgement_row import Belief
from truing.oversight.plays._call import Call, Host
from truing.oversight.prompts import SHIPPED, Prompts, reminder_prompt
from truing.oversight.replies import Reply, read_verdict
from truing.tasks import Item

Prompt = tuple[str, str]
"""A system message and a user message."""


@dataclass
class Asking:
    """Sends the requests of one play, and counts them.

    Attributes:
        host: sends each request to a model.
        question: the question with its choices in the order shown.
        prompts: the wording of all messages.
        calls: number of requests so far.
    """

    host: Host
    question: Item
    prompts: Prompts = SHIPPED
    calls: int = field(default=0)

    async def send(self, call: Call) -> Reply:
        """Reply of a model."""
        self.calls += 1
        return await self.host.ask(call)

    async def read(self, call: Call) -> tuple[Belief | None, Reply]:
        """Probabilities from a model; an unreadable verdict is requested once more."""
        reply = await self.send(call)
        belief = self._belief(reply)
        if belief is None:
            reminder = reminder_prompt(self.prompts, self.question)
            again = (*call.messages, ("assistant", reply.text or "..."), ("user", reminder))
            reply = await self.send(replace(call, messages=again))
            belief = self._belief(reply)
        return belief, reply

    def _belief(self, reply: Reply) -> Belief | None:
        """Probabilities stated in a reply; None if the reply was cut off or refused."""
        if reply.truncated or reply.stop_reason == "content_filter":
            return None
        return read_verdict(reply.text, self.question.letters, self.question.choices)


def messages_of(prompt: Prompt) -> tuple[tuple[str, str], ...]:
    """The messages of a request."""
    return ("system", prompt[0]), ("user", prompt[1])
