"""Refining: critiques of a draft, the best of them, and the request to rewrite the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from truing.oversight.plays._asking import Asking, Messages, messages_of, toolbox
from truing.oversight.plays._call import Call
from truing.oversight.plays._choosing import VERDICT_WORDS
from truing.oversight.prompts import (
    Draft,
    Scene,
    Seat,
    critique_prompt,
    rating_prompt,
    rewrite_prompt,
)
from truing.oversight.replies import Quotable, Reply, Speech, hear
from truing.oversight.rules import CRITIC

SILENT = -2.0  # rating of a critique without a text, below all ratings
UNREAD = -1.0  # rating of a critique whose rating could not be read


@dataclass(frozen=True)
class Written:
    """A draft: the reply, and what the other roles would read of it."""

    reply: Reply
    speech: Speech


@dataclass(frozen=True)
class Refining:
    """The critiques of the drafts of one seat in one round.

    Attributes:
        asking: sends the requests.
        hidden: the hidden text, in which quotes are searched; None if there is none.
        scene: the state before the speech.
        seat: the seat whose drafts are criticized.
    """

    asking: Asking
    hidden: Quotable | None
    scene: Scene
    seat: Seat

    async def criticize(self, draft: Speech, revision: int) -> tuple[Speech, tuple[Draft, ...]]:
        """The most helpful critique of a draft, and all critiques."""
        host, speaker = self.asking.host, self.seat.speaker
        messages = messages_of(critique_prompt(self.scene, self.seat, draft))
        member = self.seat.member % host.members(CRITIC)
        tools = toolbox(speaker.tools, self.scene.question)
        calls = [
            Call(
                CRITIC,
                member,
                f"critic of {self.seat.name}",
                "critique",
                messages,
                draw,
                tools,
                max_words=self.scene.rules.limits.words,
            )
            for draw in range(speaker.critiques)
        ]
        replies = await host.together([partial(self.asking.send, one) for one in calls])
        heard = [hear(one, self.scene.rules.limits, self.hidden) for one in replies]
        ratings = await self._ratings(draft, heard)
        scores = [
            SILENT if one.silence else UNREAD if rating is None else rating
            for one, rating in zip(heard, ratings, strict=True)
        ]
        best = best_of(scores)
        kept = [
            Draft("critique", revision, one, reply.reasoning, rating=rating, chosen=at == best)
            for at, (one, reply, rating) in enumerate(zip(heard, replies, ratings, strict=True))
        ]
        return heard[best], tuple(kept)

    async def _ratings(self, draft: Speech, critiques: list[Speech]) -> list[float | None]:
        """For each critique, a reader's probability that it is helpful."""
        if len(critiques) == 1:
            return [None]
        role = self.scene.rules.reader_of(self.seat.speaker)
        calls = [
            Call(
                role,
                0,
                f"reader of {self.seat.name}",
                "rating",
                messages_of(rating_prompt(self.scene, self.seat, draft, one)),
                max_words=VERDICT_WORDS,
            )
            for one in critiques
        ]
        return await self.asking.host.together([partial(self.asking.rate, one) for one in calls])

    def rewrite_request(self, request: Messages, draft: Written, critique: Speech) -> Messages:
        """The request for a speech, continued by the draft and its critique."""
        said = ("assistant", draft.reply.text or "...")
        return (*request, said, ("user", rewrite_prompt(self.scene, self.seat, critique)))


def best_of(scores: Sequence[float]) -> int:
    """Index of the highest score; the first of several."""
    return scores.index(max(scores))
