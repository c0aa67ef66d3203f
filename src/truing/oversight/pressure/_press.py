"""Press: play all candidates of a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from truing.oversight._judgement_row import Belief
from truing.oversight._play_options import PlayOptions
from truing.oversight.plays import Call, Host, Play, Table, mean_belief, request_verdict
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
            table = Table(rules, draft.setup, drafting, options)
            played = await table.play()
            read = await _read(table, draft, host) if reader and table.judged else None
        return Pressed(draft, played, read, host)

    work = [partial(one, *pair) for pair in zip(drafts, hosts, strict=True)]
    return await hosts[0].together(work)


async def _read(table: Table, draft: Draft, host: Host) -> Belief | None:
    """Belief of the reader, who reads what the judge reads."""
    asking, beliefs = replace(table.asking, host=host), []
    for member in range(host.members(READER)):
        call = Call(READER, member, "Reader", "verdict", (), draft.number)
        beliefs.append((await request_verdict(asking, table.scene, call))[0])
    return mean_belief(beliefs)
