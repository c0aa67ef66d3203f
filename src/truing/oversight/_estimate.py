"""Estimate: the cost of a protocol, found by playing it with a stand-in that pays nothing.

At most: every reply has as many tokens as `max_tokens` allows, all of them heard, no verdict can be
read before it is asked for once more, and no play settles early. Input tokens are counted as one
for every two ASCII characters and for every byte of other text, more than the tokenizers in use
make of prose, plus a few for each message. Requests that fail and are sent again are not in it.

Typical: speeches at full length with as much private reasoning, every verdict read at once, and a
token for four characters, which suits English.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from truing.oversight._call import Call
from truing.oversight._overseen import MAX_TOKENS
from truing.oversight._play import QUESTION_LIMITS, play
from truing.oversight._protocol import PROTOCOLS, Protocol, fill_roles, setups
from truing.oversight._reply import Reply
from truing.oversight._spent import Spent
from truing.tasks import Item

CHARACTERS = 4  # of English, in a token
LEAST_CHARACTERS = 2  # of ASCII text, in a token
TEMPLATE = 12  # tokens that a chat template adds to a message
WORD = "evidence "  # of middling length
BRIEF_REASONS = WORD * 100


@dataclass(frozen=True)
class RoleCost:
    """What one model role will do.

    Attributes:
        role: the name that models are bound to.
        calls: requests.
        tokens: in all.
    """

    role: str
    calls: int
    tokens: Spent


def estimate(
    protocol: str,
    questions: Iterable[Item],
    models: Mapping[str, Sequence[str]],
    swap: bool = False,
    *,
    max_tokens: int = MAX_TOKENS,
    typical: bool = False,
) -> list[RoleCost]:
    """Calls and tokens of a protocol on some questions, role by role; nothing is paid.

    Args:
        protocol: a specification, such as `debate,rounds=2`.
        models: by role, the models bound to it; a role that stands in for others counts for them.
        swap: everything is played in both orders of the answers.
        max_tokens: tokens that a reply may have.
        typical: calls and tokens to be expected, instead of at most.

    Raises:
        UserError: an unknown protocol, or a role without a model.
    """
    rules = PROTOCOLS.build(protocol).value
    filled = fill_roles(rules, models)
    unsettled = replace(rules, settled=None)  # it may well go to the last round
    bound = {role: len(members) for role, (_, members) in filled.items()}
    host = _Typical(rules, bound) if typical else _AtMost(rules, bound, max_tokens)

    async def play_all() -> None:
        for question in questions:
            for setup in setups(rules, question, swap):
                host.letters = setup.question.letters
                await play(unsettled, setup, host)

    asyncio.run(play_all())
    totals: dict[str, tuple[int, Spent]] = {}
    for role, (calls, tokens) in host.counts.items():
        before = totals.get(filled[role][0], (0, Spent()))
        totals[filled[role][0]] = before[0] + calls, before[1] + tokens
    return [RoleCost(role, calls, tokens) for role, (calls, tokens) in totals.items()]


class _StandIn(ABC):
    """A host that answers, and counts."""

    def __init__(self, rules: Protocol, members: Mapping[str, int]):
        self.rules, self.bound = rules, members
        self.letters = ""
        self.counts = {role: (0, Spent()) for role in rules.roles}

    async def ask(self, call: Call) -> Reply:
        reply = self._speech(call) if call.what in ("speech", "question") else self._verdict(call)
        calls, tokens = self.counts[call.role]
        self.counts[call.role] = calls + 1, tokens + Spent(self._read(call), self._written(reply))
        return Reply(reply)

    def _stated(self) -> str:
        lines = "\n".join(f"{letter}: {100 / len(self.letters)}%" for letter in self.letters)
        return f"<verdict>\n{lines}\n</verdict>"

    @abstractmethod
    def _speech(self, call: Call) -> str: ...

    @abstractmethod
    def _verdict(self, call: Call) -> str: ...

    @abstractmethod
    def _read(self, call: Call) -> int: ...

    @abstractmethod
    def _written(self, reply: str) -> int: ...

    def members(self, role: str) -> int:
        return self.bound[role]

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        return [await one() for one in work]


class _Typical(_StandIn):
    """Speeches at full length with as much reasoning; verdicts that are read at once."""

    def _speech(self, call: Call) -> str:
        spoken = WORD * self.rules.limits.words
        return f"<thinking>{spoken}</thinking>\n<argument>{spoken}</argument>"

    def _verdict(self, call: Call) -> str:
        return f"{BRIEF_REASONS}\n{self._stated()}"

    def _read(self, call: Call) -> int:
        return -(-sum(len(text) for _, text in call.messages) // CHARACTERS)

    def _written(self, reply: str) -> int:
        return -(-len(reply) // CHARACTERS)


class _AtMost(_StandIn):
    """Replies as long as they may be, all heard; verdicts that are read when asked for again."""

    def __init__(self, rules: Protocol, members: Mapping[str, int], max_tokens: int):
        super().__init__(rules, members)
        self.max_tokens = max_tokens

    def _speech(self, call: Call) -> str:
        limits = QUESTION_LIMITS if call.what == "question" else self.rules.limits
        marks = TEMPLATE * self.rules.limits.quotes
        width = (self.max_tokens + marks) * LEAST_CHARACTERS // limits.words + 1
        return f"{'e' * width} " * limits.words

    def _verdict(self, call: Call) -> str:
        asked_again = len(call.messages) > 2
        unread = "e" * (self.max_tokens * LEAST_CHARACTERS)
        return self._stated() if asked_again else unread

    def _read(self, call: Call) -> int:
        return sum(_most_tokens(text) for _, text in call.messages) + self._remarks(call)

    def _remarks(self, call: Call) -> int:
        """Tokens of remarks on the speaker's own quotes, which repeat them and their passages."""
        if call.what != "speech":
            return 0
        spoken = sum(text.count(f'speaker="{call.seat}"') for _, text in call.messages)
        limits = self.rules.limits
        words = sum(len(text.split()) for _, text in call.messages)
        passages = limits.quotes * (TEMPLATE + min(limits.quote_words, words) * 2 * TEMPLATE)
        return spoken * (self.max_tokens + passages)

    def _written(self, reply: str) -> int:
        return self.max_tokens


def _most_tokens(text: str) -> int:
    ascii_characters = len(text.encode("ascii", "ignore"))
    others = len(text.encode()) - ascii_characters
    return -(-ascii_characters // LEAST_CHARACTERS) + others + TEMPLATE
