"""Speaking: a speech of one seat, selected among its drafts and refined before it is spoken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight.plays._asking import Asking, Messages, messages_of, toolbox
from truing.oversight.plays._call import Call
from truing.oversight.plays._refining import Refining, Written, best_of
from truing.oversight.prompts import Draft, Scene, Seat, Turn, speaker_prompt, verdict_prompt
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
        request = messages_of(speaker_prompt(scene, seat, number))
        written, drafts = await self._write(scene, seat, request, 0)
        for revision in range(seat.speaker.refine):
            refining = Refining(self.asking, self.hidden, scene, seat)
            critique, critiques = await refining.criticize(written.speech, revision)
            drafts += critiques
            if critique.silence:
                break
            again = refining.rewrite_request(request, written, critique)
            rewritten, more = await self._write(scene, seat, again, revision + 1)
            drafts += more
            if not rewritten.speech.silence:
                written = rewritten
        return self._turn(number, seat, written, drafts if len(drafts) > 1 else ())

    async def _write(
        self, scene: Scene, seat: Seat, request: Messages, revision: int
    ) -> tuple[Written, tuple[Draft, ...]]:
        """The best of several drafts, and all of them."""
        tools = toolbox(seat.speaker.tools, scene.question)
        calls = [
            Call(seat.speaker.model, seat.member, seat.name, "speech", request, draw, tools)
            for draw in range(seat.speaker.best_of)
        ]
        replies = await self.asking.host.together([partial(self.asking.send, one) for one in calls])
        written = [Written(one, hear(one, scene.rules.limits, self.hidden)) for one in replies]
        beliefs = await self._beliefs(scene, seat, written)
        gains = [
            SILENT if one.speech.silence else _gain(scene, seat, belief)
            for one, belief in zip(written, beliefs, strict=True)
        ]
        best = best_of(gains)
        drafts = [
            Draft("draft", revision, one.speech, one.reply.reasoning, belief, chosen=at == best)
            for at, (one, belief) in enumerate(zip(written, beliefs, strict=True))
        ]
        return written[best], tuple(drafts)

    async def _beliefs(
        self, scene: Scene, seat: Seat, drafts: list[Written]
    ) -> list[Belief | None]:
        """Beliefs of a reader with the judge's information, one after each draft."""
        if len(drafts) == 1:
            return [None]
        role = scene.rules.reader_of(seat.speaker)
        scenes = [replace(scene, turns=(*scene.turns, self._turn(0, seat, one))) for one in drafts]
        calls = [
            Call(role, 0, f"reader of {seat.name}", "verdict", messages_of(verdict_prompt(one)))
            for one in scenes
        ]
        read = await self.asking.host.together([partial(self.asking.read, one) for one in calls])
        return [belief for belief, _ in read]

    def _turn(
        self, number: int, seat: Seat, written: Written, drafts: tuple[Draft, ...] = ()
    ) -> Turn:
        reply = written.reply
        return Turn(
            number,
            seat.name,
            seat.speaker.model,
            seat.argues,
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
