"""Play: run a protocol on one question, from the first speech to the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight._play_options import PlayOptions
from truing.oversight.plays._asking import Asking, messages_of, toolbox
from truing.oversight.plays._call import Call, Host
from truing.oversight.plays._choosing import VERDICT_WORDS, request_verdict
from truing.oversight.plays._played import Consultation, Forecast, Play, mean_belief
from truing.oversight.plays._speaking import Speaking
from truing.oversight.plays._view import judge_view
from truing.oversight.prompts import (
    Scene,
    Seat,
    Turn,
    choice_prompt,
    forecast_prompt,
    load_prompts,
    question_prompt,
)
from truing.oversight.replies import Quotable, Reply, hear
from truing.oversight.rules import Limits, Protocol, Setup, Speaker

QUESTION_LIMITS = Limits(words=60)
DEFAULT = PlayOptions()


async def play(rules: Protocol, setup: Setup, host: Host, options: PlayOptions = DEFAULT) -> Play:
    """Play a protocol on a question.

    Args:
        rules: the protocol.
        setup: the question, the order of its answers and the assignment.
        host: sends the requests to the models.
        options: settings of how all protocols of a run are played.

    Raises:
        NoAnswerError: a model gave no answer after all retries (with Inspect's models; other hosts
            may raise their own errors).
    """
    return await Table(rules, setup, host, options).play()


@dataclass(frozen=True)
class _Judged:
    """Beliefs and replies of all judges after some turns."""

    turns: tuple[Turn, ...]
    read: list[tuple[Belief | None, Reply]]

    @property
    def beliefs(self) -> list[Belief | None]:
        """Belief of every judge; None if it could not be read."""
        return [belief for belief, _ in self.read]

    @property
    def truncated(self) -> int:
        """Number of beliefs that are unread because the reply was cut off at a token limit."""
        return sum(belief is None and reply.truncated for belief, reply in self.read)


@dataclass
class Table:
    """The state of a running play."""

    rules: Protocol
    setup: Setup
    host: Host
    options: PlayOptions
    argued: int | None = None
    beliefs: list[Belief | None] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)
    consultations: list[Consultation] = field(default_factory=list)
    judged: _Judged | None = None
    critic: Belief | None = None

    async def play(self) -> Play:
        hidden = self.setup.question.hidden
        prompts = load_prompts(self.options.prompts)
        self.asking = Asking(self.host, self.setup.question, prompts, self.options.verdict)
        self.speaking = Speaking(self.asking, Quotable(hidden) if hidden else None)
        self.argued = self.setup.argued
        self.scene = Scene(self.rules, self.setup.question, self._seats(), prompts=prompts)
        verdicts: list[Belief | None] = [None]
        truncated = 0
        if await self._assign():
            await self._state_belief()
            await self._rounds()
            async with self.host.span("verdict"):
                judged = await self._judge()
            verdicts, truncated = judged.beliefs, judged.truncated
        return Play(
            self.setup,
            self.scene.turns,
            self.argued,
            tuple(self.beliefs),
            tuple(verdicts),
            tuple(self.forecasts),
            truncated,
            self.asking.calls,
            tuple(self.consultations),
            self.critic,
        )

    async def _assign(self) -> bool:
        """Let the first speaker choose its answer if it may; whether all answers are assigned."""
        if self.rules.assignment == "open":
            async with self.host.span("choice"):
                self.argued = await self._choose()
            self.scene = replace(self.scene, seats=self._seats())
        return self.rules.assignment != "open" or self.argued is not None

    async def _state_belief(self) -> None:
        """Ask the speaker that states its belief, if there is one; no one sees the reply."""
        for speaker in self.rules.speakers:
            if speaker.believes:
                async with self.host.span("belief"):
                    self.critic = await self._believed(speaker)

    async def _rounds(self) -> None:
        """Play all rounds, or stop when the forecast or the belief has settled or is decided."""
        if self.rules.judge.each_round:
            self.beliefs.append(mean_belief((await self._judge()).beliefs))
        for number in range(1, self.rules.rounds + 1 if self.scene.seats else 1):
            async with self.host.span(f"round {number}"):
                if await self._round(number):
                    break

    async def _round(self, number: int) -> bool:
        """Play a round; whether it is the last, because the belief has settled or is decided."""
        settled = False
        if self.rules.forecaster:
            settled = await self._forecast(number, self.rules.forecaster)
        if not settled:
            await self._speeches(number)
            if self.rules.judge.each_round:
                self.beliefs.append(mean_belief((await self._judge()).beliefs))
                settled = self._still(*self.beliefs[-2:]) or self._decided(self.beliefs[-1])
            if self.rules.judge.asks and number < self.rules.rounds and not settled:
                await self._question(number)
        return settled

    async def _speeches(self, number: int) -> None:
        """Let every seat speak once."""
        if self.rules.order == "simultaneous":
            scene = self.scene  # the state before the round, for all speakers
            turns = await self.host.together(
                [partial(self.speaking.speak, scene, seat, number) for seat in scene.seats]
            )
            self.scene = replace(scene, turns=(*scene.turns, *turns))
            return
        for seat in self.scene.seats:
            turn = await self.speaking.speak(self.scene, seat, number)
            self.scene = replace(self.scene, turns=(*self.scene.turns, turn))

    async def _choose(self) -> int | None:
        """The answer that the first speaker believes; None if its choice cannot be read."""
        belief = await self._believed(self.rules.speakers[0])
        return None if belief is None else belief.index(max(belief))

    async def _believed(self, speaker: Speaker) -> Belief | None:
        """The belief of a speaker before anyone speaks; None if it cannot be read."""
        messages = messages_of(choice_prompt(self.scene, speaker))
        call = Call(speaker.model, 0, speaker.name, "choice", messages, max_words=VERDICT_WORDS)
        belief, _ = await self.asking.read(call)
        return belief

    async def _forecast(self, number: int, role: str) -> bool:
        """Request a forecast; whether it has settled since the previous round."""
        before = self.scene.forecast
        messages = messages_of(forecast_prompt(self.scene))
        call = Call(role, 0, "Market", "forecast", messages, max_words=VERDICT_WORDS)
        belief, reply = await self.asking.read(call)
        self.forecasts.append(Forecast(number, belief, reply))
        self.scene = replace(self.scene, forecast=belief or before)
        return before is not None and self._still(before, belief)

    async def _question(self, number: int) -> None:
        call = Call(
            self.rules.judge.model,
            0,
            "Judge",
            "question",
            messages_of(question_prompt(self.scene)),
            tools=toolbox(self.rules.judge.tools, self.setup.question),
            view=judge_view(self.scene),
            max_words=QUESTION_LIMITS.words,
        )
        reply = await self.asking.send(call)
        heard = hear(reply, QUESTION_LIMITS, None)
        role, native = self.rules.judge.model, reply.reasoning
        uses = reply.tool_uses
        turn = Turn(number, "Judge", role, None, heard, reply.stop_reason, native, uses)
        self.scene = replace(self.scene, turns=(*self.scene.turns, turn))

    async def _judge(self) -> _Judged:
        """Beliefs of all judges about the transcript so far; requested once per transcript."""
        if self.judged and self.judged.turns == self.scene.turns:
            return self.judged
        judge, view = self.rules.judge, judge_view(self.scene)
        tools = toolbox(judge.tools, self.setup.question)
        calls = [
            Call(judge.model, member, "Judge", "verdict", (), draw, tools, view)
            for member in range(self.host.members(judge.model))
            for draw in range(judge.panel)
        ]
        read = await self.host.together(
            [partial(request_verdict, self.asking, self.scene, one) for one in calls]
        )
        self.judged = _Judged(self.scene.turns, read)
        number = max((turn.round for turn in self.scene.turns), default=0)
        self.consultations += [Consultation(number, one) for _, one in read if one.tool_uses]
        return self.judged

    def _still(self, before: Belief | None, after: Belief | None) -> bool:
        """Whether no answer's probability changed by more than `settled`."""
        if self.rules.settled is None or before is None or after is None:
            return False
        moved = max(abs(a - b) for a, b in zip(before, after, strict=True))
        return moved <= self.rules.settled

    def _decided(self, belief: Belief | None) -> bool:
        """Whether the highest probability is at least `decided`."""
        decided = self.rules.decided
        return decided is not None and belief is not None and max(belief) >= decided

    def _seats(self) -> tuple[Seat, ...]:
        seats: list[Seat] = []
        for speaker in self.rules.speakers:
            if speaker.each:
                places = sorted(
                    range(len(self.setup.question.choices)), key=lambda i: i != self.argued
                )
                letters = self.setup.question.letters
                seats += [
                    Seat(speaker, f"{speaker.name} {letters[i]}", i, self._member(speaker, i))
                    for i in places
                ]
            else:
                argues = self.argued if speaker.proves else None
                seats.append(Seat(speaker, speaker.name, argues))
        return tuple(seats)

    def _member(self, speaker: Speaker, place: int) -> int:
        """Index of the model that argues for the answer shown at a place.

        Several models of the role each argue for one answer, in the order of the question set.
        """
        return self.setup.order[place] % self.host.members(speaker.model)
