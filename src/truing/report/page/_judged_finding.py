"""Finding of an oversight run in one or two sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from truing.measures import (
    INCONCLUSIVE,
    Comparison,
    Estimate,
    Judgement,
    OversightMeasures,
    ProtocolMetrics,
    correctness,
)
from truing.oversight import PERSON
from truing.report._protocol_rows import protocol_rows
from truing.report._texts import estimate_text, interval_text, signed_text
from truing.wording import counted, listed

BLIND = "blind"
MOST_NAMED = 3


def finding_of(found: OversightMeasures, judges: Mapping[str, Sequence[Judgement]]) -> list[str]:
    """Accuracy by protocol, and which protocol is better than the blind judge.

    Args:
        found: measures of the run.
        judges: judgements of each person; empty if models judge.
    """
    known = [one for one in found.protocols if one.metrics["accuracy"].value is not None]
    if not known:
        return ["There are no verdicts to show."]
    if judges:
        lines = [_person(name.removeprefix(PERSON), own) for name, own in judges.items()]
        accuracy = listed(_accuracy(one.metrics["accuracy"]) for one in known)
        return [*lines[:MOST_NAMED], f"Accuracy: {accuracy}.", *_compared(found)]
    known.sort(key=lambda one: -(one.metrics["accuracy"].value or 0.0))
    if any(one.judge or one.agent for one in known):
        return [*_of_grid(known), *_counted_verdicts(found)]
    each = [f"{_accuracy(one.metrics['accuracy'])} under {one.protocol}" for one in known]
    more = len(each) - MOST_NAMED
    others = f"; {counted(more, 'other protocol')} {'is' if more == 1 else 'are'} below"
    questions = max(one.questions for one in known)
    return [
        f"The judge's accuracy on {counted(questions, 'question')} is "
        f"{listed(each[:MOST_NAMED])}{others if more > 0 else ''}.",
        *_compared(found),
    ]


def _of_grid(known: Sequence[ProtocolMetrics]) -> Iterator[str]:
    """The highest accuracy of each judge, best first."""
    judges = list(dict.fromkeys(one.judge for one in known))
    best = [next(one for one in known if one.judge == judge) for judge in judges]
    each = [
        f"{_accuracy(one.metrics['accuracy'])} under {replace(one.condition, judge=None).label}"
        + (f" (judged by {one.judge})" if one.judge else "")
        for one in best[:MOST_NAMED]
    ]
    more = len(best) - MOST_NAMED
    others = f"; {counted(more, 'other judge')} {'is' if more == 1 else 'are'} below"
    yield (
        f"The highest accuracy on {counted(max(one.questions for one in known), 'question')} is "
        f"{listed(each)}{others if more > 0 else ''}."
    )


def _counted_verdicts(found: OversightMeasures) -> Iterator[str]:
    """Numbers of verdicts on the rows, compared with the same judge without help."""
    rows = [row for row in protocol_rows(found) if row.verdict]
    if rows:
        counts = [
            f"{sum(row.verdict == one for row in rows)} {one}"
            for one in ("better", "worse", INCONCLUSIVE)
        ]
        yield (
            f"Compared with the same judge without help: {', '.join(counts)} "
            f"({counted(len(rows), 'comparison')}, Holm-corrected over "
            f"{len(found.comparisons)})."
        )


def _accuracy(one: Estimate) -> str:
    return estimate_text(one, 2)


def _person(name: str, own: Sequence[Judgement]) -> str:
    """`ada was right in 7 of 10 verdicts under debate.`"""
    protocols = list(dict.fromkeys(one.protocol for one in own))
    read = [one for one in own if one.belief is not None]
    hits = sum(correctness([one.belief], [one.truth])[0] == 1 for one in read)
    return (
        f"{name} was right in {hits} of {counted(len(read), 'verdict')} under {listed(protocols)}."
    )


def _compared(found: OversightMeasures) -> Iterator[str]:
    """Comparisons with the blind judge if there is one, else all; each towards the better one."""
    pairs = [one for one in found.comparisons if one.shared.value is not None]
    pairs = [one for one in pairs if _is_with_blind(one)] or pairs
    if not pairs:
        return
    count = counted(len(found.comparisons), "comparison")
    clear = [one for one in pairs if one.verdict != INCONCLUSIVE]
    clear.sort(key=lambda one: -abs(one.shared.value or 0.0))
    if not clear:
        largest = max(pairs, key=lambda one: abs(one.shared.value or 0.0))
        with_blind = " from blind" if _is_with_blind(largest) else ""
        first, second, difference = _turned(largest.first, largest.second, largest.shared)
        yield (
            f"No protocol differs{with_blind} (Holm-corrected over {count}); the largest "
            f"difference is {first} minus {second}: {signed_text(difference)}."
        )
        return
    named = [_toward(one.first, one.second, one.shared) for one in clear[:MOST_NAMED]]
    yield f"More accurate (Holm-corrected over {count}): {listed(named)}."


def _is_with_blind(one: Comparison) -> bool:
    """Whether a comparison is between a protocol and the judge without help."""
    return one.between == "protocols" and BLIND in [side.protocol for side in one.conditions]


def _toward(first: str, second: str, one: Estimate) -> str:
    """A difference, written so that it is positive: `debate than blind by 0.18 [0.09, 0.27]`."""
    first, second, one = _turned(first, second, one)
    return f"{first} than {second} by {interval_text(one)}"


def _turned(first: str, second: str, one: Estimate) -> tuple[str, str, Estimate]:
    """Two protocols and their difference, in the order in which the difference is positive."""
    if one.value is not None and one.value < 0:
        low = None if one.high is None else -one.high
        high = None if one.low is None else -one.low
        return second, first, Estimate(-one.value, low, high)
    return first, second, one
