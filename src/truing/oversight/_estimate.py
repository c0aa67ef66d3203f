"""Estimate: the cost of a protocol, computed by a dry run with stand-ins for all models.

Upper bound: every reply has `max_tokens` tokens, all of them public, every verdict is requested
twice, no play stops early, and every request that may use tools uses them as often as it may. Input
tokens are counted as one per two ASCII characters and one per byte of other text, which is more
than common tokenizers need for prose, plus a few per message. Failed requests that are sent again
are not included.

Typical value: speeches of full length with private reasoning of equal length, every verdict read at
the first request, one use of a tool by every request that may use one, and one token per four
characters, which suits English. No reply is longer than its model's `max_tokens`, or than the bound
of a local model by the word limit of the request.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from truing.given import find, is_object
from truing.oversight._model_specification import MODEL_FILE, ModelSpecification
from truing.oversight._overseen import MAX_TOKENS
from truing.oversight._play_options import PlayOptions
from truing.oversight._spent import Spent
from truing.oversight.plays import QUESTION_LIMITS, Call, play
from truing.oversight.pressure import READER, arguing_speaker, draft_pools, press
from truing.oversight.prompts import HELPFUL
from truing.oversight.replies import Reply
from truing.oversight.rules import PROTOCOLS, Protocol, fill_roles, setups
from truing.oversight.tools import LONGEST_OUTPUT, TOOL_ROUNDS
from truing.tasks import Item

CHARACTERS = 4  # characters of English per token
LEAST_CHARACTERS = 2  # minimum number of ASCII characters per token
TEMPLATE = 12  # tokens that a chat template adds per message
TOOL_TOKENS = 600  # maximum number of tokens of the definition of a tool
TYPICAL_USE = 150  # tokens of a use of a tool and of its output
SPOKEN = ("speech", "critique", "question")  # requests whose replies are not probabilities
WORD = "evidence "  # a word of typical length
LETTER_TOKENS = 16  # in a reply of one letter; OpenAI's Responses API allows no smaller limit
BRIEF_WORDS = 100  # in the reasons of a verdict
TAGS = "<thinking>{0}</thinking>\n<argument>{0}</argument>"  # a speech with private reasoning
TOKENS_PER_WORD = 1.5  # English prose needs 1.3 with common tokenizers
OTHER_TOKENS = 64  # tags, and a sentence before the reply


@dataclass(frozen=True)
class RoleCost:
    """Estimated cost of a model role.

    Attributes:
        role: role to which the models are bound.
        calls: number of requests.
        tokens: total tokens.
    """

    role: str
    calls: int
    tokens: Spent


def estimate(
    protocol: str | Protocol,
    questions: Iterable[Item],
    models: Mapping[str, Sequence[str]],
    swap: bool = False,
    *,
    max_tokens: int = MAX_TOKENS,
    typical: bool = False,
    options: PlayOptions | None = None,
    candidates: int = 0,
) -> list[RoleCost]:
    """Number of calls and tokens of a protocol on some questions by role; no model is called.

    Args:
        protocol: specification, such as `debate,rounds=2`, or the protocol itself.
        models: models by role; a role that plays other roles includes their calls.
        swap: whether everything is played in both orders of the answers.
        max_tokens: maximum number of tokens in a reply of a model that does not state its own.
        typical: whether to return typical values instead of an upper bound.
        options: settings of the plays.
        candidates: number of candidates of each question under pressure, in addition to the plays
            without selection; 0 without pressure.

    Raises:
        UserError: the protocol is unknown, or a role has no model.

    Examples:
        >>> from truing.oversight import estimate
        >>> from truing.oversight.questions import load_questions
        >>> questions = load_questions("cases,count=10").questions
        >>> models = {"judge": ["openai/gpt-5-mini"], "debater": ["openai/gpt-5-mini"]}
        >>> [(one.role, one.calls) for one in estimate("debate,rounds=2", questions, models)]
        [('debater', 40), ('judge', 20)]
    """
    rules = protocol if isinstance(protocol, Protocol) else PROTOCOLS.build(protocol).value
    filled = fill_roles(rules, models)
    candidates = candidates if arguing_speaker(rules) else 0
    if candidates and models.get(READER):
        filled[READER] = READER, list(models[READER])
    whole = replace(rules, settled=None, decided=None)  # a play may continue to the last round
    host = _stand_in(rules, {role: own for role, (_, own) in filled.items()}, max_tokens, typical)
    how = options or PlayOptions()

    async def play_all() -> None:
        for question in questions:
            for setup in setups(rules, question, swap):
                host.letters = setup.question.letters
                await play(whole, setup, host, how)
            for pool in draft_pools(rules, question, candidates, swap) if candidates else ():
                host.letters = pool[0].setup.question.letters
                await press(whole, pool, lambda: host, READER in filled, how)

    asyncio.run(play_all())
    return host.costs({role: bound_to for role, (bound_to, _) in filled.items()})


def _stand_in(
    rules: Protocol, members: Mapping[str, Sequence[str]], max_tokens: int, typical: bool
) -> _StandIn:
    """The host that stands in for the models of each role."""
    bound = {role: len(names) for role, names in members.items()}
    limits = {
        role: [max_tokens_of(one, max_tokens) for one in own] for role, own in members.items()
    }
    if not typical:
        return _AtMost(rules, bound, limits)
    worded = {role: [is_worded(one) for one in names] for role, names in members.items()}
    return _Typical(rules, bound, limits, worded)


class _StandIn(ABC):
    """A host that answers without a model and counts calls and tokens."""

    def __init__(
        self, rules: Protocol, members: Mapping[str, int], limits: Mapping[str, Sequence[int]]
    ):
        self.rules, self.bound, self.limits = rules, members, limits
        self.letters = ""
        self.counts = {role: (0, Spent()) for role in members}

    def costs(self, bound_to: Mapping[str, str]) -> list[RoleCost]:
        """Costs by the role to which the models are bound, which each role names."""
        totals: dict[str, tuple[int, Spent]] = {}
        for role, (calls, tokens) in self.counts.items():
            before = totals.get(bound_to[role], (0, Spent()))
            totals[bound_to[role]] = before[0] + calls, before[1] + tokens
        return [RoleCost(role, calls, tokens) for role, (calls, tokens) in totals.items()]

    async def ask(self, call: Call) -> Reply:
        if call.letters:
            return self._letters(call)
        reply = self._speech(call) if call.what in SPOKEN else self._verdict(call)
        uses = self._uses(call)
        calls, tokens = self.counts[call.role]
        written = self._written(call, reply)
        tokens += Spent(self._read(call), written)
        for used in range(1, uses + 1):  # each reply that uses a tool is read again
            tokens += Spent(self._read(call) + used * self._tool_use_tokens(call), written)
        self.counts[call.role] = calls + 1 + uses, tokens
        return Reply(reply, calls=1 + uses)

    def _letters(self, call: Call) -> Reply:
        calls, tokens = self.counts[call.role]
        self.counts[call.role] = calls + 1, tokens + Spent(self._read(call), LETTER_TOKENS)
        return Reply("", log_probabilities=(0.0,) * len(call.letters))

    def _stated(self, call: Call) -> str:
        letters = HELPFUL if call.what == "rating" else self.letters
        lines = "\n".join(f"{letter}: {100 / len(letters)}%" for letter in letters)
        return f"<verdict>\n{lines}\n</verdict>"

    @abstractmethod
    def _uses(self, call: Call) -> int:
        """Number of replies that use a tool."""

    @abstractmethod
    def _tool_use_tokens(self, call: Call) -> int:
        """Tokens of a use of a tool and of its output, which the next request reads."""

    @abstractmethod
    def _speech(self, call: Call) -> str: ...

    @abstractmethod
    def _verdict(self, call: Call) -> str: ...

    @abstractmethod
    def _read(self, call: Call) -> int: ...

    @abstractmethod
    def _written(self, call: Call, reply: str) -> int: ...

    def _most(self, call: Call) -> int:
        """Maximum number of tokens in a reply of the model that answers."""
        return self.limits[call.role][call.member]

    def members(self, role: str) -> int:
        return self.bound[role]

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        return [await one() for one in work]


class _Typical(_StandIn):
    """Speeches and reasoning of full length; verdicts that are read at the first request.

    Replies are shorter if their model may not write so much.
    """

    def __init__(
        self,
        rules: Protocol,
        members: Mapping[str, int],
        limits: Mapping[str, Sequence[int]],
        worded: Mapping[str, Sequence[bool]],
    ):
        super().__init__(rules, members, limits)
        self.worded = worded

    def _most(self, call: Call) -> int:
        most = super()._most(call)
        if call.max_words and self.worded[call.role][call.member]:
            return min(most, word_bound(call.max_words))
        return most

    def _words(self, call: Call, rest: str, parts: int = 1) -> int:
        """Number of words of each part of a reply for which its limit leaves space."""
        return (self._most(call) * CHARACTERS - len(rest)) // (parts * len(WORD))

    def _speech(self, call: Call) -> str:
        words = max(1, self._words(call, TAGS.format(""), parts=2))  # an empty speech is no speech
        return TAGS.format(WORD * min(words, self.rules.limits.words))

    def _verdict(self, call: Call) -> str:
        stated = f"\n{self._stated(call)}"
        return WORD * min(self._words(call, stated), BRIEF_WORDS) + stated

    def _uses(self, call: Call) -> int:
        return 1 if call.tools else 0

    def _tool_use_tokens(self, call: Call) -> int:
        return TYPICAL_USE

    def _read(self, call: Call) -> int:
        return -(-sum(len(text) for _, text in call.messages) // CHARACTERS)

    def _written(self, call: Call, reply: str) -> int:
        return min(-(-len(reply) // CHARACTERS), self._most(call))


class _AtMost(_StandIn):
    """Replies of maximum length, all public; verdicts that are read at the second request."""

    def _speech(self, call: Call) -> str:
        limits = QUESTION_LIMITS if call.what == "question" else self.rules.limits
        marks = TEMPLATE * self.rules.limits.quotes
        width = (self._most(call) + marks) * LEAST_CHARACTERS // limits.words + 1
        return f"{'e' * width} " * limits.words

    def _verdict(self, call: Call) -> str:
        unread = "e" * (self._most(call) * LEAST_CHARACTERS)
        return self._stated(call) if call.again else unread

    def _uses(self, call: Call) -> int:
        return TOOL_ROUNDS if call.tools else 0

    def _tool_use_tokens(self, call: Call) -> int:
        return 2 * self._most(call) + LONGEST_OUTPUT + 40 * TEMPLATE  # an error repeats the use

    def _read(self, call: Call) -> int:
        defined = TOOL_TOKENS * len(call.tools.names)
        return defined + sum(most_tokens(text) for _, text in call.messages) + self._remarks(call)

    def _remarks(self, call: Call) -> int:
        """Tokens of remarks on unverified quotes, which repeat quotes and nearest passages."""
        if call.what != "speech":
            return 0
        spoken = sum(text.count(f'speaker="{call.seat}"') for _, text in call.messages)
        limits = self.rules.limits
        words = sum(len(text.split()) for _, text in call.messages)
        passages = limits.quotes * (TEMPLATE + min(limits.quote_words, words) * 2 * TEMPLATE)
        return spoken * (self._most(call) + passages)

    def _written(self, call: Call, reply: str) -> int:
        return self._most(call)


def max_tokens_of(model: str, default: int) -> int:
    """Maximum number of tokens in a reply of a model, by its own setting or a default.

    Examples:
        >>> from truing.oversight._estimate import max_tokens_of
        >>> max_tokens_of("openai/gpt-4o-mini,max_tokens=600", 2048)
        600
    """
    if is_object(model):
        stated = json.loads(find(model).files[MODEL_FILE])["config"]
    else:
        stated = ModelSpecification.parse(model).sampling
    return int(stated.get("max_tokens") or default)


def is_worded(model: str) -> bool:
    """Whether the word limit of a request bounds the replies of a model that does not reason.

    So it is for a local model for which the user states no `max_tokens`.
    """
    if is_object(model):
        return False
    asked = ModelSpecification.parse(model)
    return asked.local and "max_tokens" not in asked.sampling


def word_bound(max_words: int) -> int:
    """Maximum number of tokens of a local model's reply to a request with a word limit."""
    return int(max_words * TOKENS_PER_WORD) + OTHER_TOKENS


def most_tokens(text: str) -> int:
    """Upper bound of the number of tokens of a message, with its chat template."""
    ascii_characters = len(text.encode("ascii", "ignore"))
    others = len(text.encode()) - ascii_characters
    return -(-ascii_characters // LEAST_CHARACTERS) + others + TEMPLATE
