"""Asking: the requests of one play, and the verdicts that are read from the replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from truing.oversight._judgement_row import Belief
from truing.oversight._play_options import VerdictForm
from truing.oversight.plays._call import NO_TOOLS, Call, Host
from truing.oversight.prompts import HELPFUL, SHIPPED, Prompts, rating_reminder, reminder_prompt
from truing.oversight.replies import Reply, read_verdict
from truing.oversight.tools import SEARCH, Toolbox
from truing.tasks import Item

Messages = tuple[tuple[str, str], ...]
"""Pairs of `system`, `user` or `assistant` and a text, in order."""


@dataclass
class Asking:
    """Sends the requests of one play, and counts them.

    Attributes:
        host: sends each request to a model.
        question: the question with its choices in the order shown.
        prompts: the wording of all messages.
        verdict: form of the verdicts of judges and readers.
        calls: number of requests so far.
    """

    host: Host
    question: Item
    prompts: Prompts = SHIPPED
    verdict: VerdictForm = "text"
    calls: int = field(default=0)

    async def send(self, call: Call) -> Reply:
        """Reply of a model."""
        request = "mark" if call.letters else call.what
        messages = self.prompts.with_examples(call.messages, call.role, request)
        reply = await self.host.ask(replace(call, messages=messages))
        self.calls += reply.calls
        return reply

    async def read(self, call: Call) -> tuple[Belief | None, Reply]:
        """Probabilities from a model; an unreadable verdict is requested once more."""
        question, reminder = self.question, reminder_prompt(self.prompts, self.question)
        return await self._read(call, question.letters, question.choices, reminder)

    async def rate(self, call: Call) -> float | None:
        """Probability that a critique is helpful; an unreadable rating is requested once more."""
        belief, _ = await self._read(call, HELPFUL, (), rating_reminder(self.prompts))
        return None if belief is None else belief[0]

    async def _read(
        self, call: Call, letters: str, choices: Sequence[str], reminder: str
    ) -> tuple[Belief | None, Reply]:
        first = reply = await self.send(call)
        belief = _belief(reply, letters, choices)
        if belief is None:
            again = (*call.messages, ("assistant", reply.text or "..."), ("user", reminder))
            reply = await self.send(replace(call, messages=again, tools=NO_TOOLS, again=True))
            reply = replace(reply, tool_uses=(*first.tool_uses, *reply.tool_uses))
            belief = _belief(reply, letters, choices)
        return belief, reply


def _belief(reply: Reply, letters: str, choices: Sequence[str]) -> Belief | None:
    """Probabilities stated in a reply; None if the reply was cut off or refused."""
    if reply.truncated or reply.stop_reason == "content_filter":
        return None
    return read_verdict(reply.text, letters, choices)


def messages_of(prompt: tuple[str, str]) -> Messages:
    """The messages of a request."""
    return ("system", prompt[0]), ("user", prompt[1])


def toolbox(names: tuple[str, ...], question: Item) -> Toolbox:
    """The tools of a request; only `search` gets the hidden text."""
    if not question.hidden:
        names = tuple(name for name in names if name != SEARCH)
    return Toolbox(names, question.hidden if SEARCH in names else "")
