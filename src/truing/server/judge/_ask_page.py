"""Page of a request to a person: the question, the speeches so far, and the form of the answer."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

from truing.oversight.people import Asked, Sitting
from truing.server._pages import page
from truing.server._speech import SpeechPart, split_speech


def ask_page(
    asked: Asked,
    sitting: Sitting,
    promised: tuple[bool, bool],
    error: str = "",
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page of a request.

    Args:
        asked: the request.
        sitting: the person's sitting.
        promised: whether the page promises the score, and whether the last answer is final.
        error: mistake in the answer.
        given: the answer with the mistake.
        status: HTTP status.
    """
    view = asked.view
    rounds: dict[int, list[tuple[str, list[SpeechPart]]]] = {}
    for one in view.said:
        rounds.setdefault(one.round, []).append((one.name, list(split_speech(one.text))))
    voices = {name: i for i, name in enumerate(dict.fromkeys(one.name for one in view.said))}
    score, final = promised
    return page(
        "judge/ask.html",
        status,
        asked=asked,
        view=view,
        rounds=rounds,
        voices=voices,
        error=error,
        given=given or _before(asked),
        quoted=any(part.kind != "text" for r in rounds.values() for _, p in r for part in p),
        even=100 / len(view.answers),
        rules=sitting.rules,
        back=asked.number - 1 if sitting.revisable else 0,
        current=len(sitting.judged) + 1,
        ended_early=ended_early(sitting, asked.number - 1),
        score=score,
        final=final and asked.number == asked.plays,
    )


def _before(asked: Asked) -> dict[str, str]:
    """The fields of an earlier answer; empty for a new request."""
    if asked.before is None:
        return {}
    percents = zip(asked.view.answers, asked.before, strict=True)
    fields = {f"percent-{letter}": f"{100 * p:.4g}" for letter, p in percents}
    return fields | {"reason": asked.reason}


def ended_early(sitting: Sitting, number: int) -> int:
    """Number of a play if it ended early by the person's own verdicts; else 0."""
    judged = sitting.judged
    early = not sitting.revisable and 0 < number <= len(judged) and judged[number - 1].early
    return number if early else 0
