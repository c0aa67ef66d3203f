"""Call: a request to a model, and the interface of hosts, which send requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from truing.oversight.plays._view import View
from truing.oversight.replies import Reply
from truing.oversight.tools import Toolbox

NO_TOOLS = Toolbox()
Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """A request to a model.

    Attributes:
        role: model role that answers.
        member: index among the models bound to the role.
        seat: name of the seat that answers, such as `Debater A` or `Judge`.
        what: `speech`, `choice`, `verdict`, `forecast` or `question`; of drafts, `critique` (advice
            to the speaker) or `rating` (a reader's rating of a critique).
        messages: pairs of `system`, `user` or `assistant` and a text, in order.
        draw: number of the draw among draws of the same request, from 0.
        tools: tools that the model may use before it replies.
        view: for the judge's verdicts and questions, the content of the messages in parts, which a
            person reads on a page.
        letters: characters of which the reply is one, one character for each answer; the host
            returns their log-probabilities in place of a text. Empty for a text.
        max_words: number of words that the reply needs at most; 0 if it is not limited.
        again: whether the reply to the same request could not be read before.
    """

    role: str
    member: int
    seat: str
    what: str
    messages: tuple[tuple[str, str], ...]
    draw: int = 0
    tools: Toolbox = NO_TOOLS
    view: View | None = None
    letters: str = ""
    max_words: int = 0
    again: bool = False


class Host(Protocol):
    """Interface that sends requests to models, implemented by Inspect's models and by tests."""

    async def ask(self, call: Call) -> Reply:
        """Reply of a model."""

    def members(self, role: str) -> int:
        """Number of models bound to a role."""

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that groups the requests inside it in the host's log."""

    async def together(self, work: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
        """Results of several pieces of work, done concurrently, in their order."""
