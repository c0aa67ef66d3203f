"""Sitting: one person judges one play after another, and may stop at any time.

A person judges each question only once: a person who has judged it for one answer, or in one order,
knows too much to judge it again (Michael et al. 2023, section 3.2). The person's name seeds the
choice of each question's play and the order of the questions.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.oversight._call import Host
from truing.oversight._judgement_row import JudgementRow
from truing.oversight._play import play
from truing.oversight._protocol import Protocol, Setup, setups
from truing.oversight._record import make_record
from truing.oversight._reply import Reply
from truing.oversight._transcript import Entry, transcribe
from truing.oversight._view import View
from truing.oversight.people._host import PersonHost, WaitingError
from truing.oversight.people._replies import KeptReply, Replies
from truing.tasks import Item

LONGEST = 4000  # maximum number of characters in a reason or a question


@dataclass(frozen=True)
class Asked:
    """The current request to a person.

    Attributes:
        number, plays: number of the play, from 1, and number of plays.
        key: key of the expected answer.
        what: `verdict` or `question`.
        view: everything that the person may see.
    """

    number: int
    plays: int
    key: str
    what: str
    view: View


@dataclass(frozen=True)
class Done:
    """All plays are judged."""

    plays: int


@dataclass(frozen=True)
class Judged:
    """A finished play: its row without ground truth, and its transcript."""

    setup: Setup
    record: JudgementRow
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Solved:
    """A judged question with its ground truth, which may be shown after the last play.

    Attributes:
        question: text of the question.
        answers: answers in the order shown.
        right: index of the correct answer.
        belief: probabilities that the person gave; None without a verdict.
    """

    question: str
    answers: tuple[str, ...]
    right: int
    belief: tuple[float, ...] | None


class Sitting:
    """The plays of one person.

    Args:
        person: name of the person.
        protocol: label and rules of the protocol.
        plays: plays from `draw_plays`.
        replies: earlier replies.
        models: a function from a play to the host of its other roles; None if there are none.
        agent: names of the speakers, for the record.
        simulated: whether a program speaks, or the questions were generated.
    """

    def __init__(
        self,
        person: str,
        protocol: tuple[str, Protocol],
        plays: Sequence[Setup],
        replies: Replies,
        models: Callable[[Setup], Host | None],
        agent: str,
        simulated: bool,
    ):
        self.person, self.plays = person, plays
        self.label, self.rules = protocol
        self.replies, self.models = replies, models
        self.agent, self.simulated = agent, simulated
        self.judged: list[Judged] = []
        self._turn = asyncio.Lock()

    async def moment(self) -> Asked | Done:
        """The next request to the person, after the models have spoken.

        Raises:
            NoAnswerError: a model gave no answer; try again later, all replies are stored.
        """
        async with self._turn:  # with two windows of one person, a speech is paid for once
            for number in range(len(self.judged), len(self.plays)):
                setup = self.plays[number]
                try:
                    await self._play(setup, self.models(setup))
                except WaitingError as waiting:
                    call = waiting.call
                    assert call.view is not None  # every call to the judge has a view
                    return Asked(number + 1, len(self.plays), waiting.key, call.what, call.view)
            return Done(len(self.plays))

    async def recall(self) -> None:
        """Load the finished plays; no model is asked."""
        async with self._turn:
            with contextlib.suppress(WaitingError):
                for setup in self.plays[len(self.judged) :]:
                    await self._play(setup, None)

    def judge(
        self, asked: Asked, percents: Mapping[str, float], reason: str, seconds: float
    ) -> None:
        """Store a verdict; a second answer to the same request is ignored.

        Args:
            asked: the request.
            percents: percentage of each answer by letter, from 0 to 100; they sum to 100.
            reason: reason in words, or empty.
            seconds: time that the answer took.

        Raises:
            UserError: the percentages are missing, out of range, or do not sum to 100.
        """
        letters = "".join(asked.view.answers)
        values = [float(percents.get(one, -1)) for one in letters]
        if not all(0 <= one <= 100 for one in values) or abs(sum(values) - 100) > 0.5:
            raise UserError("give every answer a percentage from 0 to 100; the sum must be 100")
        lines = "\n".join(f"{a}: {p:.6f}%" for a, p in zip(letters, values, strict=True))
        self._keep(asked, f"{_plain(reason)}\nMy verdict:\n<verdict>\n{lines}\n</verdict>", seconds)

    def ask(self, asked: Asked, question: str, seconds: float) -> None:
        """Store a question to the speakers; a second answer to the same request is ignored."""
        self._keep(asked, _plain(question) or "No question.", seconds)

    def _keep(self, asked: Asked, reply: str, seconds: float) -> None:
        setup = self.plays[asked.number - 1]
        kept = KeptReply(asked.key, setup.id, asked.what, Reply(reply), round(seconds, 3))
        self.replies.keep(kept)

    async def _play(self, setup: Setup, models: Host | None) -> None:
        """Play to the end, and store the outcome."""
        host = PersonHost(setup.id, self.rules.judge.model, self.replies, models)
        came = await play(self.rules, setup, host)
        judge = f"person:{self.person}"
        record = make_record(self.label, came, judge, self.agent, self.simulated)
        self.judged.append(Judged(setup, record, transcribe(came)))


def draw_plays(rules: Protocol, questions: Sequence[Item], person: str, swap: bool) -> list[Setup]:
    """Plays of a person: one for each question, in an order seeded by the name."""
    seed = hashlib.sha256(f"plays of {person}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    drawn = []
    for place in rng.permutation(len(questions)):
        each = list(setups(rules, questions[place], swap))
        drawn.append(each[rng.integers(len(each))])
    return drawn


def _plain(text: str) -> str:
    """Text without angle brackets, which the transcript uses for tags."""
    return text[:LONGEST].replace("<", "(").replace(">", ")").strip()
