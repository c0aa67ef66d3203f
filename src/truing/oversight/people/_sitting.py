"""Sitting: one person judges one play after another, and may break off at any moment.

A person meets each question once: who has judged it for one answer, or in one order, knows too much
to judge it again (Michael et al. 2023, section 3.2). Which of a question's plays they get, and the
order of the questions, is drawn by their name.
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

LONGEST = 4000  # characters of a reason or a question


@dataclass(frozen=True)
class Asked:
    """What a person is asked now.

    Attributes:
        number, plays: which play this is, from 1, and how many there are.
        key: of the answer that is waited for.
        what: `verdict` or `question`.
        view: what they may see.
    """

    number: int
    plays: int
    key: str
    what: str
    view: View


@dataclass(frozen=True)
class Done:
    """Nothing is left to be judged."""

    plays: int


@dataclass(frozen=True)
class Judged:
    """A play that a person has finished: its row, without truth, and what was said."""

    setup: Setup
    record: JudgementRow
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Solved:
    """A judged question with its truth, to be shown when all is done and if it is allowed.

    Attributes:
        question: what was asked.
        answers: as the person saw them.
        right: index of the right one.
        belief: the probabilities that they gave; None where there is no verdict.
    """

    question: str
    answers: tuple[str, ...]
    right: int
    belief: tuple[float, ...] | None


class Sitting:
    """One person's plays.

    Args:
        person: their name.
        protocol: its label and its rules.
        plays: from `draw_plays`.
        replies: what was said before.
        models: a play -> whoever plays the other roles in it; None where there are none.
        agent: the speakers' names, for the record.
        simulated: a program speaks, or the questions were generated.
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
        """What comes next; models speak as far as it takes.

        Raises:
            NoAnswerError: a model gave no answer; ask again later, nothing is lost.
        """
        async with self._turn:  # two windows of one person pay for a speech once
            for number in range(len(self.judged), len(self.plays)):
                setup = self.plays[number]
                try:
                    await self._play(setup, self.models(setup))
                except WaitingError as waiting:
                    call = waiting.call
                    assert call.view is not None  # which every call of the judge's has
                    return Asked(number + 1, len(self.plays), waiting.key, call.what, call.view)
            return Done(len(self.plays))

    async def recall(self) -> None:
        """Take up the plays that were finished before; no model is asked."""
        async with self._turn:
            with contextlib.suppress(WaitingError):
                for setup in self.plays[len(self.judged) :]:
                    await self._play(setup, None)

    def judge(
        self, asked: Asked, percents: Mapping[str, float], reason: str, seconds: float
    ) -> None:
        """Keep a verdict; the first one of a moment stands.

        Args:
            percents: by letter, from 0 to 100, summing to 100.
            reason: in words, or empty.
            seconds: that it took.

        Raises:
            UserError: no probabilities.
        """
        letters = "".join(asked.view.answers)
        values = [float(percents.get(one, -1)) for one in letters]
        if not all(0 <= one <= 100 for one in values) or abs(sum(values) - 100) > 0.5:
            raise UserError("give every answer a percentage from 0 to 100; together they make 100")
        lines = "\n".join(f"{a}: {p:.6f}%" for a, p in zip(letters, values, strict=True))
        self._keep(asked, f"{_plain(reason)}\nMy verdict:\n<verdict>\n{lines}\n</verdict>", seconds)

    def ask(self, asked: Asked, question: str, seconds: float) -> None:
        """Keep a question to the speakers; the first one of a moment stands."""
        self._keep(asked, _plain(question) or "No question.", seconds)

    def _keep(self, asked: Asked, reply: str, seconds: float) -> None:
        setup = self.plays[asked.number - 1]
        kept = KeptReply(asked.key, setup.id, asked.what, Reply(reply), round(seconds, 3))
        self.replies.keep(kept)

    async def _play(self, setup: Setup, models: Host | None) -> None:
        """Play to the end, and keep what came of it."""
        host = PersonHost(setup.id, self.rules.judge.model, self.replies, models)
        came = await play(self.rules, setup, host)
        judge = f"person:{self.person}"
        record = make_record(self.label, came, judge, self.agent, self.simulated)
        self.judged.append(Judged(setup, record, transcribe(came)))


def draw_plays(rules: Protocol, questions: Sequence[Item], person: str, swap: bool) -> list[Setup]:
    """A person's plays: one of every question, in an order of their own."""
    seed = hashlib.sha256(f"plays of {person}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    drawn = []
    for place in rng.permutation(len(questions)):
        each = list(setups(rules, questions[place], swap))
        drawn.append(each[rng.integers(len(each))])
    return drawn


def _plain(text: str) -> str:
    """Text without the marks that the transcript is made of."""
    return text[:LONGEST].replace("<", "(").replace(">", ")").strip()
