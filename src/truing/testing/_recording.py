"""Recording: models that keep every prompt, and whose words can be found again wherever they go."""

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
from truing.oversight.questions import QuestionSet

PRIVATE = re.compile(r"zqp[0-9a-f]{12}")
SECRET = re.compile(r"zqh[0-9a-f]{12}")
HIDDEN = "The keeper wrote that the lamp by the {secret} was moved before the storm came in."
MISQUOTED = HIDDEN.format(secret="harbour")  # its nearest passage would give the secret away
MOODS = ("copper", "amber", "silver", "ivory", "scarlet")
BIRDS = ("heron", "plover", "bittern", "curlew", "dunlin")


@dataclass(frozen=True)
class Recorded:
    """One prompt.

    Attributes:
        role: model role that got it.
        speaker: who in that role; two of one role are told apart by it.
        messages: (who, text), as they came.
        sees_hidden: the rules let it read the hidden text.
        thought: what the reply to it reasons in private.
    """

    role: str
    speaker: str
    messages: tuple[tuple[str, str], ...]
    sees_hidden: bool
    thought: str

    @property
    def text(self) -> str:
        """Everything that it says."""
        return "\n".join(text for _, text in self.messages)


def write_questions(path: Path, answers: Sequence[int], pairs: bool, right: int) -> Path:
    """A question file whose truth is the right-th choice, written first, as files often do.

    Args:
        answers: for each question, how many choices it has.
        pairs: each is written as `chosen` and `rejected` too.
        right: 0 or 1; nothing else of what is asked depends on it.
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
    """Private words that are found again, the same for the same prompt."""
    return "zqp" + _digest(*parts)


def make_reply(prompt: str, thought: str) -> str:
    """A reply that serves as speech, question, choice, forecast or verdict alike."""
    return (
        f"<thinking>{thought}</thinking>\n"
        f"<argument>It was seen. <quote>{MISQUOTED}</quote></argument>\n"
        f"<verdict>\n{_verdict(prompt)}\n</verdict>"
    )


def belief_of(choices: Sequence[str]) -> list[float]:
    """What every recorded judge believes of some choices, whatever their order."""
    weights = [2 + sorted(choices).index(one) for one in choices]
    return [weight / sum(weights) for weight in weights]


def _verdict(prompt: str) -> str:
    """The belief by the letters that the prompt itself gives the choices."""
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
        sees_hidden: whether the rules let the receiver of a call read the hidden text.
        most: calls that the rules can ask for.
    """

    def __init__(self, sees_hidden: Callable[[Call], bool], most: int):
        self.sees_hidden, self.most = sees_hidden, most
        self.prompts: list[Recorded] = []

    async def ask(self, call: Call) -> Reply:
        """The reply, once the prompt is kept: it reasons apart, and in its text as well."""
        if len(self.prompts) == self.most:
            raise RuntimeError(f"it did not end after {self.most} calls")
        texts = [text for _, text in call.messages]
        thought = make_thought(call.seat, str(call.member), str(call.draw), *texts)
        self.prompts.append(
            Recorded(call.role, call.seat, call.messages, self.sees_hidden(call), thought)
        )
        return Reply(make_reply("\n".join(texts), thought), reasoning=thought)

    def members(self, role: str) -> int:
        """Two models in every role, so that a panel is tried too."""
        return 2

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """Nothing is kept of spans."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """One after the other, which is as good here."""
        return [await one() for one in work]


@dataclass(frozen=True)
class Round:
    """A protocol played on a question file.

    Attributes:
        prompts: all of them.
        questions: that were played.
        beliefs: (question, belief in the order of the question set) of every play that left one.
    """

    prompts: list[Recorded]
    questions: QuestionSet
    beliefs: list[tuple[str, list[float] | None]]
