"""Hosts of an environment: one that stops at the policy's request, one that answers it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from truing.exports.environments._trained import Trained
from truing.oversight import Call, Host, Reply

Recorded = Mapping[str, Mapping[str, str]]
"""Replies before the policy's request, by the key of their call."""


class Reached(Exception):
    """The play has come to the policy's request.

    Attributes:
        call: the request.
    """

    def __init__(self, call: Call):
        super().__init__(call.seat)
        self.call = call


class PolicyHost:
    """Other models play all roles but the policy's request.

    Args:
        models: host of the other models.
        trained: the role of the policy.
        seat: the policy's seat.
        recorded: replies before the policy's request, which are not requested again.
        completion: the policy's reply; None to raise `Reached` at its request.

    Attributes:
        replies: all replies of other models, by key.
    """

    def __init__(
        self,
        models: Host,
        trained: Trained,
        seat: str,
        recorded: Recorded | None = None,
        completion: str | None = None,
    ):
        self.models, self.trained, self.seat = models, trained, seat
        self.recorded, self.completion = recorded or {}, completion
        self.replies: dict[str, dict[str, str]] = {}
        self.answered = False

    async def ask(self, call: Call) -> Reply:
        """The policy's completion, a recorded reply, or the reply of another model.

        Raises:
            Reached: the policy has no completion yet.
        """
        if self.trained.is_request(call, self.seat) and not self.answered:
            if self.completion is None:
                raise Reached(call)
            self.answered = not self.trained.judges  # a judge is asked once more if unread
            return Reply(self.completion)
        key = _key(call)
        if key in self.recorded:
            known = self.recorded[key]
            return Reply(known["text"], known["stop_reason"], known["reasoning"])
        reply = await self.models.ask(call)
        self.replies[key] = {
            "text": reply.text,
            "stop_reason": reply.stop_reason,
            "reasoning": reply.reasoning,
        }
        return reply

    def members(self, role: str) -> int:
        """Number of models of a role; the policy is one model."""
        return 1 if role == self.trained.role else self.models.members(role)

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that groups requests in the log of the other models."""
        return self.models.span(name)

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of several pieces of work. The policy's request does not stop the others."""
        found, reached = [], None
        for one in work:
            try:
                found.append(await one())
            except Reached as stop:
                reached = stop
        if reached is not None:
            raise reached
        return found


def _key(call: Call) -> str:
    """Digest of a call: its role, seat, draw and messages."""
    stated = [call.role, call.member, call.seat, call.what, call.draw, call.messages]
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()[:16]
