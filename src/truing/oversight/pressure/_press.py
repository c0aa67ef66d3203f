"""Press: play all candidates of a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight._play_options import PlayOptions
from truing.oversight.plays import Asking, Host, Play, mean_belief, play
from truing.oversight.pressure._draft_host import DraftHost, Shared
from truing.oversight.pressure._drafts import Draft
from truing.oversight.rules import Protocol

DEFAULT = PlayOptions()
READER = "reader"
"""Role of the model that selects instead of the judge, if it has a model."""


@dataclass(frozen=True)
class Pressed:
    """A candidate that was played.

    Attributes:
        draft: the candidate.
        play: its play.
        read: the reader's belief, in the order shown; None without a reader, or if it could not be
            read.
        host: the host of its requests.
    """

    draft: Draft
    play: Play
    read: Belief | None
    host: Host


async def press(
    rules: Protocol,
    drafts: Sequence[Draft],
    make_host: Callable[[], Host],
    reader: bool = False,
    options: PlayOptions = DEFAULT,
) -> list[Pressed]:
    """Play all candidates of a pool, concurrently. Requests that do not depend on them are shared.

    Args:
        drafts: the candidates, of one question.
        make_host: makes the host of a candidate.
        reader: whether the role `reader` also judges each play, and selects.
        options: settings of the plays.

    Raises:
        NoAnswerError: a model gave no answer after all retries (with Inspect's models).
    """
    shared, hosts = Shared(), [make_host() for _ in drafts]

    async def one(draft: Draft, host: Host) -> Pressed:
        drafting = DraftHost(host, rules, draft, shared)
        async with host.span(f"candidate {draft.number}"):
            played = await play(rules, draft.setup, drafting, options)
            read = await _read(drafting) if reader else None
        return Pressed(draft, played, read, host)

    work = [partial(one, *pair) for pair in zip(drafts, hosts, strict=True)]
    return await hosts[0].together(work)


async def _read(drafting: DraftHost) -> Belief | None:
    """Belief of the reader, who reads the judge's messages; None if there is nothing to judge."""
    asked, draft = drafting.verdict, drafting.draft
    if asked is None:
        return None
    asking, beliefs = Asking(drafting.host, draft.setup.question), []
    for member in range(drafting.members(READER)):
        call = replace(asked, role=READER, member=member, seat="Reader", draw=draft.number)
        beliefs.append((await asking.read(call))[0])
    return mean_belief(beliefs)
