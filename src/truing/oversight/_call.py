"""Call: one request to a model, and the host that brings the models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from truing.oversight._reply import Reply
from truing.oversight._view import View

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """One request to a model.

    Attributes:
        role: model role that answers.
        member: which of the models bound to the role.
        seat: who speaks: `Debater A`, `Judge`.
        what: `speech`, `choice`, `verdict`, `forecast` or `question`.
        messages: (`system`, `user` or `assistant`, text), in their order.
        draw: which of several draws of the same request this is, from 0.
        view: of the judge's own verdicts and questions, what the messages hold, in parts: for a
            judge who reads a page.
    """

    role: str
    member: int
    seat: str
    what: str
    messages: tuple[tuple[str, str], ...]
    draw: int = 0
    view: View | None = None


class Host(Protocol):
    """Whoever brings the models: Inspect, or a test."""

    async def ask(self, call: Call) -> Reply:
        """A model's reply."""

    def members(self, role: str) -> int:
        """How many models are bound to a role."""

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """What happens inside belongs together, in whatever record the host keeps."""

    async def together(self, work: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
        """Results of several pieces of work, done at the same time, in their order."""
