"""Rules of protocols that candidate plays exist for."""

from __future__ import annotations

from truing.errors import UserError
from truing.oversight.rules import Protocol, Speaker


def arguing_speaker(rules: Protocol) -> Speaker | None:
    """The speaker whose drafts are selected; None if no speaker argues for an answer."""
    return next((one for one in rules.speakers if one.aim == "argue"), None)


def check_pressure(label: str, rules: Protocol) -> None:
    """Raise UserError unless a protocol has no arguing speaker, or one round and single drafts.

    Args:
        label: specification of the protocol.
        rules: the protocol.
    """
    if arguing_speaker(rules) is None:
        return
    if rules.rounds != 1:
        raise UserError(
            f"{label}: pressure requires a protocol with 1 round, because each candidate is one "
            f"draft of one speech, but this protocol has {rules.rounds} rounds; use "
            f"{_with(label, 'rounds=1')}"
        )
    drafts = max(one.best_of for one in rules.speakers)
    if drafts > 1:
        raise UserError(
            f"{label}: pressure itself selects among drafts, but this protocol already selects "
            f"the best of {drafts}; use {_with(label, 'best_of=1')}"
        )


def _with(label: str, argument: str) -> str:
    """A label with an argument in place of another value of it."""
    name = argument.partition("=")[0]
    kept = [part for part in label.split(",") if not part.startswith(f"{name}=")]
    return ",".join([*kept, argument])
