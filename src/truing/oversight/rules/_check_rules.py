"""Check rules: contradictions in the declaration of a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from truing.errors import UserError
from truing.oversight.rules._speaker import Aim, Assignment, Judge, Order, Speaker
from truing.oversight.tools import TOOLS

if TYPE_CHECKING:
    from truing.oversight.rules._protocol import Protocol


def check_rules(rules: Protocol) -> None:
    """Raise UserError if the rules contradict each other, or a value is not allowed."""
    _check_words(rules)
    _check_numbers(rules)
    _check_names(rules)
    _check_assignment(rules)
    _check_claims(rules)
    _check_end(rules)


def _check_words(rules: Protocol) -> None:
    words: list[tuple[str, tuple[str, ...], str]] = [
        (rules.order, get_args(Order), "order"),
        (rules.assignment, get_args(Assignment), "assignment"),
        *((one.aim, get_args(Aim), "aim") for one in rules.speakers),
    ]
    for word, allowed, what in words:
        if word not in allowed:
            raise UserError(f"{what} must be one of {', '.join(allowed)}, got {word!r}")


def _check_numbers(rules: Protocol) -> None:
    least = [
        ("rounds", rules.rounds, 1),
        ("panel", rules.judge.panel, 1),
        ("words", rules.limits.words, 1),
        ("quote_words", rules.limits.quote_words, 1),
        ("quotes", rules.limits.quotes, 0),
        ("claims", rules.limits.claims, 1),
        *(("best_of", one.best_of, 1) for one in rules.speakers),
        *(("refine", one.refine, 0) for one in rules.speakers),
        *(("critiques", one.critiques, 1) for one in rules.speakers),
    ]
    for what, value, lowest in least:
        if value < lowest:
            raise UserError(f"{what} must be {lowest} or more, got {value}")
    for one in rules.speakers:
        if one.critiques > 1 and not one.refine:
            raise UserError(
                f"critiques={one.critiques} requires refine, because no draft is criticized; add "
                "refine=1"
            )


def _check_names(rules: Protocol) -> None:
    names = [one.name for one in rules.speakers]
    if len(set(names)) < len(names):
        raise UserError(f"names of speakers must differ, got {', '.join(names)}")
    roles: list[Speaker | Judge] = [*rules.speakers, rules.judge]
    for heard in (name for one in roles for name in one.hears_reasoning_of):
        if heard not in names:
            known = ", ".join(names) or "none"
            raise UserError(
                f"hears_reasoning_of names an unknown speaker {heard!r}; speakers: {known}"
            )
    if any(isinstance(one.tools, str) for one in roles):
        raise UserError("tools must be a tuple of names, got a text; write tools=('search',)")
    for name in (name for one in roles for name in one.tools):
        if name not in TOOLS:
            raise UserError(f"tools must be among {', '.join(TOOLS)}, got {name!r}")


def _check_assignment(rules: Protocol) -> None:
    single = [s for s in rules.speakers if s.aim in ("argue", "decompose") and not s.each]
    each = [s for s in rules.speakers if s.each]
    if len(single) + len(each) > 1:
        raise UserError(
            "either one speaker argues, or one for each answer (each=True); declare a second "
            "protocol for other speakers"
        )
    if sum(one.believes for one in rules.speakers) > 1:
        raise UserError("only one speaker may have believes=True; set it for the critic only")
    if single and rules.assignment == "none":
        raise UserError(
            f"assignment must be fixed, both or open, because {single[0].name} argues alone"
        )
    if not single and not each and rules.assignment != "none":
        raise UserError(
            f"assignment must be none without an arguing speaker, got {rules.assignment!r}"
        )
    if each and rules.assignment in ("fixed", "both"):
        raise UserError(
            f"assignment must be none or open, because every answer has its {each[0].name}"
        )


def _check_claims(rules: Protocol) -> None:
    """A prover-estimator debate needs its parts in the order in which they speak."""
    aims = [one.aim for one in rules.speakers]
    if not {"decompose", "estimate", "challenge"} & set(aims):
        return
    if aims != ["decompose", "estimate", "challenge"]:
        raise UserError(
            "the speakers of a prover-estimator debate must have the aims decompose, estimate and "
            f"challenge, in this order, got {', '.join(aims)}"
        )
    if rules.order != "sequential":
        raise UserError(
            "order must be sequential, because an estimator estimates the claims of the round"
        )
    if any(one.each for one in rules.speakers):
        raise UserError("each must be false in a prover-estimator debate: one answer is proved")


def _check_end(rules: Protocol) -> None:
    if rules.settled is not None and not (rules.forecaster or rules.judge.each_round):
        raise UserError("settled requires a forecaster, or a judge with each_round=True")
    if rules.decided is not None and not rules.judge.each_round:
        raise UserError("decided requires a judge with each_round=True")
    if rules.decided is not None and not 0 < rules.decided <= 1:
        raise UserError(f"decided must lie in (0, 1], got {rules.decided}")
    if any(s.aim == "move" for s in rules.speakers) and not rules.forecaster:
        raise UserError("a speaker with aim='move' requires a forecaster")
