"""Speaking: a speech of one seat, selected among its drafts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight.plays._asking import Asking, messages_of
from truing.oversight.plays._call import Call
from truing.oversight.plays._choosing import request_verdict
from truing.oversight.prompts import Scene, Seat, Turn, speaker_prompt
from truing.oversight.replies import Quotable, Reply, hear

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
        messages = messages_of(speaker_prompt(scene, seat, number))
        calls = [
            Call(
                seat.speaker.model,
                seat.member,
                seat.name,
                "speech",
                messages,
                draw,
                max_words=scene.rules.limits.words,
            )
            for draw in range(seat.speaker.best_of)
        ]
        drafts = await self.asking.host.together([partial(self.asking.send, one) for one in calls])
        turns = [self._turn(scene, number, seat, draft) for draft in drafts]
        return turns[0] if len(turns) == 1 else await self._best(scene, seat, turns)

    async def _best(self, scene: Scene, seat: Seat, drafts: list[Turn]) -> Turn:
        """The draft that changes the belief of a reader with the judge's information the most."""
        judge, name = scene.rules.judge.model, f"reader of {seat.name}"
        scenes = [replace(scene, turns=(*scene.turns, draft)) for draft in drafts]
        call = Call(judge, 0, name, "verdict", ())
        read = await self.asking.host.together(
            [partial(request_verdict, self.asking, one, call) for one in scenes]
        )
        gains = [
            SILENT if draft.speech.silence else _gain(scene, seat, belief)
            for draft, (belief, _) in zip(drafts, read, strict=True)
        ]
        return drafts[gains.index(max(gains))]

    def _turn(self, scene: Scene, number: int, seat: Seat, reply: Reply) -> Turn:
        speech = hear(reply, scene.rules.limits, self.hidden)
        role, native = seat.speaker.model, reply.reasoning
        return Turn(number, seat.name, role, seat.argues, speech, reply.stop_reason, native)


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
