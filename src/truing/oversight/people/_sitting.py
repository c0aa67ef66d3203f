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
from dataclasses import dataclass, replace

import numpy as np

from truing.errors import UserError
from truing.oversight._judgement_row import PERSON, JudgementRow
from truing.oversight._match import Players
from truing.oversight._record import make_record
from truing.oversight._transcript import TranscriptEntry, transcribe
from truing.oversight.people._host import PersonHost, WaitingError
from truing.oversight.people._replies import KeptReply, Replies
from truing.oversight.plays import Host, View, play
from truing.oversight.replies import Reply
from truing.oversight.rules import Protocol, Setup, setups
from truing.tasks import Item

LONGEST = 4000  # maximum number of characters in a reason or a question
VERDICT = "My verdict:"  # line between the reason and the verdict in a reply


@dataclass(frozen=True)
class Asked:
    """The current request to a person.

    Attributes:
        number, plays: number of the play, from 1, and number of plays.
        key: key of the expected answer.
        what: `verdict` or `question`.
        view: everything that the person may see.
        early: the play ended before its last round, because the forecast had settled.
        before: probabilities that the person gave before, if the request is repeated.
        reason: reason that the person gave before.
    """

    number: int
    plays: int
    key: str
    what: str
    view: View
    early: bool = False
    before: tuple[float, ...] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Done:
    """All plays are judged."""

    plays: int


@dataclass(frozen=True)
class Judged:
    """A finished play.

    Attributes:
        setup: the play.
        record: its row without ground truth.
        entries: its transcript.
        early: it ended before its last round, because the forecast or the belief had settled or was
            decided.
    """

    setup: Setup
    record: JudgementRow
    entries: tuple[TranscriptEntry, ...]
    early: bool = False

    @property
    def shown(self) -> tuple[float, ...] | None:
        """The verdict, in the order in which the answers were shown; None if there is none."""
        belief = self.record.belief
        return None if belief is None else tuple(belief[i] for i in self.setup.order)


class Sitting:
    """The plays of one person.

    Args:
        person: name of the person.
        protocol: label and rules of the protocol.
        plays: plays from `draw_plays`.
        replies: earlier replies.
        models: a function from a play to the host of its other roles; None if there are none.
        players: names of the speakers, for the record; the person takes the judge's place.
        simulated: whether a program speaks, or the questions were generated.
    """

    def __init__(
        self,
        person: str,
        protocol: tuple[str, Protocol],
        plays: Sequence[Setup],
        replies: Replies,
        models: Callable[[Setup], Host | None],
        players: Players,
        simulated: bool,
    ):
        self.person, self.plays = person, plays
        self.label, self.rules = protocol
        self.replies, self.models = replies, models
        self.players, self.simulated = players, simulated
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
                    self.judged.append(await self._play(setup, self.models(setup)))
                except WaitingError as waiting:
                    return self._request(number, waiting)
            return Done(len(self.plays))

    async def recall(self) -> None:
        """Load the finished plays; no model is asked."""
        async with self._turn:
            with contextlib.suppress(WaitingError):
                for setup in self.plays[len(self.judged) :]:
                    self.judged.append(await self._play(setup, None))

    @property
    def revisable(self) -> bool:
        """Whether an earlier verdict can be changed: no speech and no end depends on it."""
        return not self.rules.judge.each_round

    async def revisit(self, number: int) -> Asked | None:
        """The request for an earlier verdict; None if there is none that can be changed.

        Args:
            number: number of the play, from 1.
        """
        if not self.revisable or not 1 <= number <= len(self.judged):
            return None
        async with self._turn:
            judged = self.judged[number - 1]
            try:
                await self._play(judged.setup, None, reopened=True)
            except WaitingError as waiting:
                text = self.replies.known[waiting.key].text
                reason = text.partition(VERDICT)[0].strip()
                asked = self._request(number - 1, waiting)
                return replace(asked, before=judged.shown, reason=reason)
            return None

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
        self._keep(asked, _verdict(asked, percents, reason), seconds)

    async def revise(
        self, asked: Asked, percents: Mapping[str, float], reason: str, seconds: float
    ) -> None:
        """Replace the verdict on an earlier play; both verdicts stay in the file of replies.

        Args:
            asked: the request, from `revisit`.
            percents, reason, seconds: as in `judge`.

        Raises:
            UserError: the percentages are missing, out of range, or do not sum to 100.
        """
        reply = _verdict(asked, percents, reason)
        async with self._turn:
            self._keep(asked, reply, seconds, revised=True)
            setup = self.plays[asked.number - 1]
            self.judged[asked.number - 1] = await self._play(setup, None)

    def ask(self, asked: Asked, question: str, seconds: float) -> None:
        """Store a question to the speakers; a second answer to the same request is ignored."""
        self._keep(asked, _plain(question) or "No question.", seconds)

    def _request(self, number: int, waiting: WaitingError) -> Asked:
        """The request for which a play waits; `number` counts from 0."""
        call = waiting.call
        assert call.view is not None  # every call to the judge has a view
        spoken = max((one.round for one in call.view.said), default=0)
        final = call.what == "verdict" and self.revisable
        early = final and self._is_early(spoken)
        return Asked(number + 1, len(self.plays), waiting.key, call.what, call.view, early)

    def _is_early(self, rounds: int) -> bool:
        """Whether a play that ended after some rounds ended early."""
        stops = self.rules.settled is not None or self.rules.decided is not None
        return stops and 0 < rounds < self.rules.rounds

    def _keep(self, asked: Asked, reply: str, seconds: float, revised: bool = False) -> None:
        setup = self.plays[asked.number - 1]
        kept = KeptReply(asked.key, setup.id, asked.what, Reply(reply), round(seconds, 3))
        self.replies.keep(kept, revised=revised)

    async def _play(self, setup: Setup, models: Host | None, reopened: bool = False) -> Judged:
        """Play to the end."""
        host = PersonHost(setup.id, self.rules.judge.model, self.replies, models, reopened)
        came = await play(self.rules, setup, host)
        judge = f"{PERSON}{self.person}"
        record = make_record(self.label, came, replace(self.players, judge=judge), self.simulated)
        early = self._is_early(came.rounds)
        return Judged(setup, record, transcribe(came), early)


def _verdict(asked: Asked, percents: Mapping[str, float], reason: str) -> str:
    """The reply that states a verdict; UserError if the percentages are no probabilities."""
    letters = "".join(asked.view.answers)
    values = [float(percents.get(one, -1)) for one in letters]
    if not all(0 <= one <= 100 for one in values) or abs(sum(values) - 100) > 0.5:
        raise UserError("give every answer a percentage from 0 to 100; the sum must be 100")
    lines = "\n".join(f"{a}: {p:.6f}%" for a, p in zip(letters, values, strict=True))
    return f"{_plain(reason)}\n{VERDICT}\n<verdict>\n{lines}\n</verdict>"


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
