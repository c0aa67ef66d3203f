"""Recording models, which store each prompt and whose replies contain traceable words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.oversight import Call, Reply
from truing.oversight.prompts import HELPFUL
from truing.oversight.questions import QuestionSet

PRIVATE = re.compile(r"zqp[0-9a-f]{12}")
SECRET = re.compile(r"zqh[0-9a-f]{12}")
HIDDEN = "The keeper wrote that the lamp by the {secret} was moved before the storm came in."
MISQUOTED = HIDDEN.format(secret="harbour")  # a quote whose nearest passage would reveal the secret
CLAIMED = ("Divide the claim", "Estimate the probability", "Challenge one estimate")
CLAIMS = "\n1. It flew.\n2. It sang.\n0: 50%\n1: 40%\nChallenge: 2 is too low."
TOOL_INPUT = "keeper lamp storm"  # words of every hidden text
MOODS = ("copper", "amber", "silver", "ivory", "scarlet")
BIRDS = ("heron", "plover", "bittern", "curlew", "dunlin")


@dataclass(frozen=True)
class Recorded:
    """One prompt of a recorded play.

    Attributes:
        role: model role that received the prompt.
        speaker: speaker of that role; it distinguishes two speakers of one role.
        messages: (role of the message, text) in order.
        sees_hidden: whether the speaker may read the hidden text by the rules.
        thought: private reasoning in the reply to this prompt.
    """

    role: str
    speaker: str
    messages: tuple[tuple[str, str], ...]
    sees_hidden: bool
    thought: str

    @property
    def text(self) -> str:
        """Text of all messages."""
        return "\n".join(text for _, text in self.messages)


def write_questions(path: Path, answers: Sequence[int], pairs: bool, right: int) -> Path:
    """Write a question file whose true answer is choice number `right`, listed first in its row.

    Args:
        path: the file.
        answers: number of choices of each question.
        pairs: whether to write each question also as `chosen` and `rejected`.
        right: 0 or 1; apart from the order of choices, nothing else depends on it.
    """
    rows: list[dict[str, Any]] = []
    for number, count in enumerate(answers):
        choices = [f"{mood} {bird}" for mood, bird in zip(MOODS, BIRDS, strict=True)][:count]
        first = choices.pop(right)
        secret = "zqh" + _digest("hidden", str(number))
        asked = {
            "question": f"Which bird was seen on day {number}?",
            "hidden": HIDDEN.format(secret=secret),
        }
        rows.append(asked | {"id": f"q{number}", "choices": [first, *choices], "truth": first})
        if pairs:
            rows.append(asked | {"id": f"p{number}", "chosen": first, "rejected": choices[0]})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def make_thought(*parts: str) -> str:
    """Traceable private words, equal for equal prompts."""
    return "zqp" + _digest(*parts)


def make_reply(prompt: str, thought: str) -> str:
    """A reply that is valid as speech, claims, question, choice, forecast, rating and verdict."""
    claims = CLAIMS if any(one in prompt for one in CLAIMED) else ""
    return (
        f"<thinking>{thought}</thinking>\n"
        f"<argument>It was seen. <quote>{MISQUOTED}</quote>{claims}</argument>\n"
        f"<verdict>\n{_verdict(prompt)}\n</verdict>"
    )


def belief_of(choices: Sequence[str]) -> list[float]:
    """Belief of each recording judge about some choices; it does not depend on their order."""
    weights = [2 + sorted(choices).index(one) for one in choices]
    return [weight / sum(weights) for weight in weights]


def _verdict(prompt: str) -> str:
    """The belief, by the letters of the choices in the prompt; or the rating of a critique."""
    if all(f"\n{letter}: ..%" in prompt for letter in HELPFUL):
        return "Y: 60%\nN: 40%"
    letters = {}
    for mood, bird in zip(MOODS, BIRDS, strict=True):
        if found := re.search(rf"\b([A-Z])\W{{1,4}}{mood} {bird}", prompt):
            letters[f"{mood} {bird}"] = found[1]
    beliefs = zip(letters.values(), belief_of(list(letters)), strict=True)
    return "\n".join(f"{letter}: {100 * share:.6f}%" for letter, share in sorted(beliefs))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


class RecordingHost:
    """A host for a play, without a model.

    Args:
        sees_hidden: whether the receiver of a call may read the hidden text by the rules.
        most: largest number of calls under the rules.
    """

    def __init__(self, sees_hidden: Callable[[Call], bool], most: int):
        self.sees_hidden, self.most = sees_hidden, most
        self.prompts: list[Recorded] = []

    async def ask(self, call: Call) -> Reply:
        """Store the prompt and reply, with private reasoning both apart and in the text.

        Each tool of the call is used once, and its output counts as a part of the prompt.
        """
        if len(self.prompts) == self.most:
            raise RuntimeError(
                f"the protocol did not end after {self.most} calls; limit its rounds"
            )
        texts = [text for _, text in call.messages]
        thought = make_thought(call.seat, str(call.member), str(call.draw), *texts)
        uses = tuple(call.tools.use(name, TOOL_INPUT) for name in call.tools.names)
        messages = (*call.messages, *(("tool", one.output) for one in uses))
        self.prompts.append(
            Recorded(call.role, call.seat, messages, self.sees_hidden(call), thought)
        )
        text = make_reply("\n".join(texts), thought)
        return Reply(text, reasoning=thought, tool_uses=uses)

    def members(self, role: str) -> int:
        """Two models in each role, so that panels are checked too."""
        return 2

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that records nothing."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of all work, run one after the other."""
        return [await one() for one in work]


@dataclass(frozen=True)
class Round:
    """Record of a protocol that was played on a question file.

    Attributes:
        prompts: all prompts.
        questions: questions that were played.
        beliefs: (question id, belief in the order of the question set, or None) of each play.
    """

    prompts: list[Recorded]
    questions: QuestionSet
    beliefs: list[tuple[str, Sequence[float] | None]]
