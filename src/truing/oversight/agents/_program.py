"""Program: an embedded agent by its model name, `truing/judge:skill=0.7`, without Inspect."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from truing.errors import UnknownNameError, UserError
from truing.oversight.agents._brief import Brief
from truing.oversight.agents._cues import CUES
from truing.oversight.agents._judge import UNBIASED, judge
from truing.oversight.agents._speaker import speak
from truing.specification import Specification

SPEAKERS = ("debater", "consultant", "proposer", "critic", "adversary", "prover", "estimator")
JUDGES = ("judge", "market", "reader")
ARGUMENTS: dict[Callable[..., str], dict[str, type]] = {
    speak: {"honest": bool, "skill": float, "manner": bool},
    judge: {"budget": int, "skill": float, "bias": str, "lean": float},
}
EXAMPLES: dict[Callable[..., str], str] = {speak: "debater,honest=false", judge: "judge,skill=0.7"}
Program = Callable[[Brief, np.random.Generator], str]
"""An embedded agent: (brief, rng) -> reply."""


def read_program(model_name: str, arguments: Mapping[str, object]) -> Program:
    """The program of a model name without `truing/`, with its arguments.

    Raises:
        UserError: there is no such agent, or an argument is unknown or unusable.

    Examples:
        >>> from truing.oversight.agents import read_program
        >>> read_program("judge:skill=0.7", {}).keywords
        {'skill': 0.7}
    """
    asked = Specification.parse_nested(model_name)
    name = asked.name
    if re.search("[,:=]", name):
        raise UserError(
            f"truing/{model_name}: arguments have the form argument=value, each after a comma "
            "(a colon for Inspect's own command): truing/judge,skill=0.7,budget=3"
        )
    if name not in SPEAKERS + JUDGES:
        raise UnknownNameError("embedded agent", name, SPEAKERS + JUDGES)
    program = speak if name in SPEAKERS else judge
    return partial(program, **_checked(program, model_name, {**asked.arguments, **arguments}))


def _checked(program: Callable[..., str], name: str, given: Mapping[str, object]) -> dict[str, Any]:
    """Arguments of a program, converted to their types and checked."""
    allowed = ARGUMENTS[program]
    checked: dict[str, Any] = {}
    for key, value in given.items():
        if key not in allowed:
            raise UserError(
                f"truing/{name}: unknown argument {key!r}; allowed: {', '.join(allowed)}; for "
                f"example truing/{EXAMPLES[program]}"
            )
        try:
            checked[key] = _boolean(value) if allowed[key] is bool else allowed[key](value)
        except (ValueError, KeyError):
            wanted = {bool: "true or false", int: "a whole number", float: "a number"}
            raise UserError(
                f"truing/{name}: {key} must be {wanted[allowed[key]]}, got {value!r}"
            ) from None
    if not 0 <= checked.get("skill", 0) <= 1 or checked.get("budget", 0) < 0:
        raise UserError(f"truing/{name}: skill must be in [0, 1], and budget must be 0 or more")
    _check_bias(name, checked)
    return checked


def _check_bias(name: str, checked: Mapping[str, Any]) -> None:
    """Raise UserError for an unknown bias, and for a lean that is not finite or has no bias."""
    bias, lean = checked.get("bias", UNBIASED), checked.get("lean", 1.0)
    if bias not in (UNBIASED, *CUES):
        raise UserError(
            f"truing/{name}: unknown bias {bias!r}; allowed: {', '.join((UNBIASED, *CUES))}; for "
            "example truing/judge,bias=length"
        )
    if not math.isfinite(lean):
        raise UserError(f"truing/{name}: lean must be a finite number, got {lean!r}")
    if "lean" in checked and bias == UNBIASED:
        raise UserError(
            f"truing/{name}: lean requires a bias; add one of {', '.join(CUES)}, such as "
            "truing/judge,bias=length,lean=0.5"
        )


def _boolean(value: object) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]


def list_agents() -> dict[str, tuple[str, ...]]:
    """Names of the arguments of each embedded agent, by the agent's name.

    Examples:
        >>> from truing.oversight.agents import list_agents
        >>> list_agents()["judge"]
        ('budget', 'skill', 'bias', 'lean')
    """
    speakers = {name: tuple(ARGUMENTS[speak]) for name in SPEAKERS}
    return {**speakers, **{name: tuple(ARGUMENTS[judge]) for name in JUDGES}}
