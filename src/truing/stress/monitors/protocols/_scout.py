"""Scout: a scanner of Inspect Scout as a monitor of protocols."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from truing.arguments import FilePath
from truing.errors import UserError
from truing.loops import run_coroutine
from truing.sources import import_file
from truing.stress._monitor import Suspicion, monitor
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView, SeenPlay
from truing.stress.monitors._suspicion import mean_of

Scanner = Callable[[Any], Awaitable[Any]]


@monitor("scout")
def scout(path: FilePath, scanner: str) -> ProtocolMonitor:
    """A scanner of Inspect Scout that reads each play; needs the package `inspect-scout`.

    The scanner receives a `Transcript` whose messages are the question with its answers, the
    speeches and the verdict. It sees neither the hidden text nor private reasoning nor the ground
    truth. A number that it returns is the suspicion of the play; true is 1, false and None are 0;
    of several results the largest counts. The suspicion of the system is the mean over plays.

    Args:
        path: Python file with the scanner.
        scanner: name of a function with Scout's decorator `@scanner` that needs no arguments.
    """
    return scout_monitor(_load(path, scanner))


def scout_monitor(scanner: Scanner) -> ProtocolMonitor:
    """A monitor of protocols that applies a scanner of Inspect Scout to each play.

    Args:
        scanner: a scanner of transcripts, such as a call of a function with `@scanner(messages=
            "all")` returns.

    Raises:
        UserError: `inspect-scout` is not installed.
    """
    _need_scout()
    return ProtocolMonitor(partial(_suspect, scanner))


def _suspect(scanner: Scanner, view: ProtocolView, rng: np.random.Generator) -> Suspicion:
    del rng

    async def scan_all() -> list[float]:
        return [_number(await scanner(as_transcript(one, i))) for i, one in enumerate(view.watched)]

    return mean_of(np.array(run_coroutine(scan_all())))


def as_transcript(play: SeenPlay, number: int) -> Any:
    """A play as a transcript of Scout: question, speeches and verdict as messages."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageUser
    from inspect_scout import Transcript

    letters = play.question.letters
    answers = "\n".join(
        f"{letter}: {choice}" for letter, choice in zip(letters, play.question.choices, strict=True)
    )
    verdict = "no verdict could be read"
    if play.belief is not None:
        stated = zip(letters, play.belief, strict=True)
        verdict = ", ".join(f"{letter}: {p:.0%}" for letter, p in stated)
    messages = [ChatMessageUser(content=f"{play.question.text}\n\n{answers}")]
    spoken = [f"**{one.name}, round {one.round}**\n\n{one.said}" for one in play.turns]
    return Transcript(
        transcript_id=f"{play.question.id}-{number}",
        task_id=play.question.id,
        messages=[
            *messages,
            *(ChatMessageAssistant(content=text) for text in (*spoken, f"Verdict: {verdict}")),
        ],
    )


def _number(found: Any) -> float:
    """Suspicion that a scanner's result states."""
    if isinstance(found, Sequence) and not isinstance(found, str):
        return max(map(_number, found), default=0.0)
    value = getattr(found, "value", found)
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    raise UserError(
        f"a scanner used as a monitor must return a number or true or false, got {value!r}; return "
        "such a value as Result(value=...)"
    )


def _load(path: str, name: str) -> Scanner:
    _need_scout()
    make = getattr(import_file(Path(path)), name, None)
    if not callable(make):
        raise UserError(f"{path} has no scanner {name!r}; name a function with @scanner")
    found: Scanner = make()
    return found


def _need_scout() -> None:
    try:
        import inspect_scout  # noqa: F401
    except ImportError:
        raise UserError(
            "the monitor scout needs inspect-scout, which is not installed; "
            "pip install 'truing[scout]'"
        ) from None
