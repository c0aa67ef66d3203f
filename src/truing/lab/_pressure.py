"""Pressure of an oversight run: the values of n, and the matches that are played under pressure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from truing.errors import UserError
from truing.oversight import Match
from truing.oversight.pressure import READER, arguing_speaker, check_pressure
from truing.oversight.protocols import Protocol
from truing.tasks import Item

LARGEST = 1000


def give_pressure(
    given: Sequence[int], protocols: Mapping[str, Protocol], questions: Sequence[Item]
) -> tuple[int, ...]:
    """The values of n in ascending order, with n = 1; empty without pressure.

    Args:
        given: values of n; empty without pressure.
        protocols: rules by label.
        questions: the questions that are played.

    Raises:
        UserError: a value is not an integer from 1 to 1,000, all are 1, no protocol has a speaker
            that argues, a protocol has several rounds or selects among drafts itself, or there are
            fewer than two independent questions.
    """
    if not given:
        return ()
    for n in given:
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= LARGEST:
            raise UserError(
                f"pressure must be integers from 1 to {LARGEST:,}, got {n!r}; for example "
                "1,2,4,8,16,32"
            )
    if max(given) == 1:
        raise UserError(
            "pressure must contain a number above 1, because n = 1 selects nothing; for example "
            "1,2,4,8,16,32"
        )
    if not any(arguing_speaker(rules) for rules in protocols.values()):
        raise UserError(
            f"pressure requires a protocol with a speaker that argues for an answer, but there are "
            f"only {', '.join(protocols)}; add a protocol such as debate,rounds=1"
        )
    clusters = len({one.cluster or one.id for one in questions})
    if clusters < 2:
        raise UserError(
            f"pressure requires 2 or more independent questions for its intervals, got {clusters}; "
            "use more questions"
        )
    for label, rules in protocols.items():
        check_pressure(label, rules)
    return tuple(sorted({1, *given}))


def pressed_matches(
    matches: Iterable[Match], roles: Mapping[str, tuple[str, ...]]
) -> tuple[Match, ...]:
    """The matches with a speaker that argues; with the reader, if it has a model.

    Args:
        matches: all matches of a run.
        roles: models of roles other than judge and debater.
    """
    reading = {READER: roles[READER]} if roles.get(READER) else {}
    return tuple(
        replace(one, models={**one.models, **reading})
        for one in matches
        if arguing_speaker(one.rules)
    )


def check_alone(pressure: Sequence[int]) -> None:
    """Raise UserError for a tournament under pressure, because its pairs depend on its games."""
    if pressure:
        raise UserError("pressure and tournament cannot be combined; use one of them in each run")
