"""Speaking: a speech of one seat, selected among its drafts and refined before it is spoken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight.plays._asking import Asking, Messages, messages_of, toolbox
from truing.oversight.plays._call import Call
from truing.oversight.plays._choosing import request_verdict
from truing.oversight.plays._refining import Refining, Written, best_of
from truing.oversight.prompts import Draft, Scene, Seat, Turn, speaker_prompt
from truing.oversight.replies import Quotable, hear

SILENT = -2.0  # gain of a draft without a speech, below all other gains


@dataclass(frozen=True)
class Speaking:
    """The speeches of one play.

    Attributes:
        asking: sends the requests.
        hidden: the hidden text, in which quotes are searched; None if there is none.
    """

    asking: Asking
    hidden: Quotable | None

    async def speak(self, scene: Scene, seat: Seat, number: int) -> Turn:
        """The speech of a seat in a round."""
        return await _Speech(self.asking, self.hidden, scene, seat, number).spoken()


@dataclass(frozen=True)
class _Speech:
    """A speech in the making.

    Attributes:
        asking, hidden: as in `Speaking`.
        scene: the state before the speech.
        seat: the seat that speaks.
        number: number of the round.
    """

    asking: Asking
    hidden: Quotable | None
    scene: Scene
    seat: Seat
    number: int

    async def spoken(self) -> Turn:
        """The best draft, rewritten after each critique unless the rewritten draft is no speech."""
        request = messages_of(speaker_prompt(self.scene, self.seat, self.number))
        written, drafts = await self._write(request, 0)
        refining = Refining(self.asking, self.hidden, self.scene, self.seat)
        for revision in range(self.seat.speaker.refine):
            critique, critiques = await refining.criticize(written.speech, revision)
            drafts += critiques
            if critique.silence:
                break
            again = refining.rewrite_request(request, written, critique)
            rewritten, more = await self._write(again, revision + 1)
            drafts += more
            if not rewritten.speech.silence:
                written = rewritten
        return self._turn(written, drafts if len(drafts) > 1 else ())

    async def _write(self, request: Messages, revision: int) -> tuple[Written, tuple[Draft, ...]]:
        """The best of several drafts, and all of them."""
        speaker = self.seat.speaker
        tools = toolbox(speaker.tools, self.scene.question)
        limits = self.scene.rules.limits
        call = Call(speaker.model, self.seat.member, self.seat.name, "speech", request, tools=tools)
        calls = [
            replace(call, draw=draw, max_words=limits.words) for draw in range(speaker.best_of)
        ]
        replies = await self.asking.host.together([partial(self.asking.send, one) for one in calls])
        written = [Written(one, hear(one, limits, self.hidden)) for one in replies]
        beliefs = await self._beliefs(written)
        gains = [
            SILENT if one.speech.silence else _gain(self.scene, self.seat, belief)
            for one, belief in zip(written, beliefs, strict=True)
        ]
        best = best_of(gains)
        drafts = [
            Draft("draft", revision, one.speech, one.reply.reasoning, belief, chosen=at == best)
            for at, (one, belief) in enumerate(zip(written, beliefs, strict=True))
        ]
        return written[best], tuple(drafts)

    async def _beliefs(self, drafts: list[Written]) -> list[Belief | None]:
        """Beliefs of a reader with the judge's information, one after each draft."""
        if len(drafts) == 1:
            return [None]
        role, name = self.scene.rules.reader_of(self.seat.speaker), self.seat.name
        turns = self.scene.turns
        scenes = [replace(self.scene, turns=(*turns, self._turn(one))) for one in drafts]
        call = Call(role, 0, f"reader of {name}", "verdict", ())
        read = await self.asking.host.together(
            [partial(request_verdict, self.asking, one, call) for one in scenes]
        )
        return [belief for belief, _ in read]

    def _turn(self, written: Written, drafts: tuple[Draft, ...] = ()) -> Turn:
        reply = written.reply
        return Turn(
            self.number,
            self.seat.name,
            self.seat.speaker.model,
            self.seat.argues,
            written.speech,
            reply.stop_reason,
            reply.reasoning,
            reply.tool_uses,
            drafts,
        )


def _gain(scene: Scene, seat: Seat, belief: Belief | None) -> float:
    """How well a draft serves its speaker's aim, by a reader's belief after it."""
    if belief is None:
        return -1.0
    if seat.argues is not None:
        return belief[seat.argues]
    if scene.forecast is not None:
        return max(abs(a - b) for a, b in zip(belief, scene.forecast, strict=True))
    argued = [turn.argues for turn in scene.turns if turn.argues is not None]
    return -belief[argued[-1]] if argued else 0.0
