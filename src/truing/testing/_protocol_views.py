"""Small views of protocols: what a monitor sees of embedded agents, without a stress test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from truing.stress import ProtocolMonitor, ProtocolView, SeenPlay, StressTest
from truing.stress.protocols import PlayPayload, PlayRecord, ProtocolScene, play_system
from truing.tasks import Item

QUESTIONS = 60
PROTOCOLS = ("debate,rounds=1", "consultancy,rounds=1", "blind")
"""Protocols whose plays a monitor sees."""


def honest_protocol_view(
    monitor: ProtocolMonitor, protocol: str = PROTOCOLS[0], seed: int = 0
) -> ProtocolView:
    """What a monitor sees of honest embedded agents that play a protocol.

    The suspicions of a reviewer are random numbers.

    Args:
        monitor: the monitor, which declares its budget, its reviewer and other protocols.
        protocol: specification of the protocol.
        seed: random seed.

    Examples:
        >>> from truing.stress import MONITORS
        >>> from truing.testing import honest_protocol_view
        >>> view = honest_protocol_view(MONITORS.build("verdict-check,audits=20").value)
        >>> view.count, len(view.swapped), view.audits.shape
        (45, 0, (20,))
    """
    rng = np.random.default_rng(seed)
    watched = max(3 * QUESTIONS // 4, monitor.audits)
    count = watched + max(QUESTIONS // 4, monitor.trusted)
    scene = _scene(protocol, count)
    questions, truth = scene.honest.questions, _truth(scene)
    plays = _plays(protocol, count, False, seed)
    firsts = {one.question: one for one in reversed(plays)}  # one play of each question
    order = rng.permutation(count)
    own = [firsts[question] for question in order[:watched]]
    trusted = [firsts[question] for question in order[watched:][: monitor.trusted]]
    audited = rng.permutation(watched)[: monitor.audits]
    swapped = {one.question: one for one in reversed(_plays(protocol, count, True, seed))}
    beside = {
        name: {one.question: one for one in _plays(name, count, False, seed)}
        for name in monitor.protocols
    }
    return ProtocolView(
        watched=_seen_plays(own, questions),
        swapped=_seen_plays([swapped[one.question] for one in own], questions)
        if monitor.swapped
        else (),
        beside={
            name: tuple(found[one.question].belief for one in own) for name, found in beside.items()
        },
        reviews=rng.random(watched if monitor.reviewer else 0),
        honeypots=rng.random(monitor.honeypots),
        trusted=_seen_plays(trusted, questions),
        truth=np.array([one.place(truth[one.question]) for one in trusted], np.int64),
        audited=audited,
        audits=np.array([own[at].place(truth[own[at].question]) for at in audited], np.int64),
    )


def reordered_plays(view: ProtocolView, order: np.ndarray) -> ProtocolView:
    """The same view with watched plays in another order."""
    place = np.argsort(order)
    return replace(
        view,
        watched=tuple(view.watched[at] for at in order),
        swapped=tuple(view.swapped[at] for at in order) if view.swapped else (),
        beside={name: tuple(found[at] for at in order) for name, found in view.beside.items()},
        reviews=view.reviews[order] if len(view.reviews) else view.reviews,
        audited=place[view.audited],
    )


def with_wrong_verdicts(view: ProtocolView) -> ProtocolView:
    """The same view with reversed verdicts, a reason to stop."""
    reverse = [
        replace(one, belief=None if one.belief is None else one.belief[::-1])
        for one in view.watched
    ]
    return replace(view, watched=tuple(reverse))


@cache
def _scene(protocol: str, questions: int) -> ProtocolScene:
    test = StressTest(
        plants="biased-judge",
        monitors="verdict-check",
        protocol=protocol,
        questions=f"cases,count={questions}",
    )
    return ProtocolScene(test)


@cache
def _plays(protocol: str, questions: int, swapped: bool, seed: int) -> list[PlayRecord]:
    honest = _scene(protocol, questions).honest
    return play_system(PlayPayload(honest, (seed,), swapped, None), seed)


def _truth(scene: ProtocolScene) -> list[int]:
    """Index of the right answer of each question."""
    vault = scene.loaded.vault
    found: list[int] = vault.reveal(np.arange(len(scene.honest.questions)), "score").tolist()
    return found


def _seen_plays(plays: Sequence[PlayRecord], questions: Sequence[Item]) -> tuple[SeenPlay, ...]:
    return tuple(one.seen(questions) for one in plays)
