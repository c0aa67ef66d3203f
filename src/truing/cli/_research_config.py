"""The configuration of a research run, from the options of `truing research`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.cli._contest_options import CONTEST
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.research import ResearchConfig

DIGITS_OTHERS = ("digits-parity", "digits-large")
OPTIONS = {
    "weak-to-strong": ("task", "other-task", "weak", "strong", "layer", "pool"),
    CONTEST: (
        "task",
        "other-task",
        "limit",
        "judge",
        "debater",
        "baseline",
        "most-calls",
        "verdict",
    ),
}
"""Options of each problem."""


def research_config(
    problem,
    tasks,
    other_tasks,
    weak,
    strong,
    layers,
    pools,
    limit,
    judge,
    debater,
    baseline,
    most_calls,
    verdict,
    seeds,
    trials,
    finalists,
    step,
    warm,
    seed,
    folders,
) -> ResearchConfig:
    """The configuration that the options state; `folders` says whether a researcher writes folders.

    Raises:
        UserError: an option does not fit the problem, or has a wrong value.
    """
    from truing.research import read_config

    accepted: dict[str, Any] = {"folders": {}} if problem == "weak-to-strong" else {}
    rules = accepted if folders else {"min_step_se": 0}  # no one chooses predictions
    if problem == CONTEST:
        rules = {}  # its referee accepts folders from anyone
    number = {} if seeds is None else {"seeds": seeds}
    about = {"task": tasks, "other-task": other_tasks, "weak": weak, "strong": strong}
    about |= {"layer": layers, "pool": pools, "limit": limit, "judge": judge}
    about |= {
        "debater": debater,
        "baseline": baseline,
        "most-calls": most_calls,
        "verdict": verdict,
    }
    return read_config(
        {
            "problem": {"kind": problem, **number, **_about(problem, about)},
            "budget": {"each": trials, "all": trials},
            "step": step,
            "files": False,
            **rules,
            "finalists": finalists,
            "seed": seed,
            "warm": _found_before(warm) if warm else [],
        }
    )


def _about(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the problem that were named."""
    named = {name: value for name, value in options.items() if value not in (None, ())}
    for option in ("task", "other-task"):
        for name, count in Counter(named.get(option, ())).items():
            if count > 1:
                raise UserError(f"--{option} names {name!r} {count} times; name it once")
    for name in named:
        homes = [problem for problem, own in OPTIONS.items() if name in own]
        if kind not in homes:
            raise UserError(f"--{name} is an option of --problem {homes[0]}, not of {kind}")
    if kind == CONTEST:
        return _about_contest(named)
    return _about_training(named) if kind == "weak-to-strong" else {}


def _about_contest(named: dict[str, Any]) -> dict[str, Any]:
    """The fields of an oversight contest. Named questions have no default other questions."""
    fields = {"task": "questions", "other-task": "other_questions", "most-calls": "most_calls"}
    if "task" in named:
        named.setdefault("other-task", ())
    return {fields.get(name, name): value for name, value in named.items()}


def _about_training(named: dict[str, Any]) -> dict[str, Any]:
    """The fields of the problem weak-to-strong."""
    tasks = named.pop("task", ("digits",))
    others = named.pop("other-task", DIGITS_OTHERS if tasks == ("digits",) else ())
    layers, pools = _layers(named.pop("layer", ())), named.pop("pool", ())
    return {"climb": tasks, "other_tasks": others, "layers": layers, "pools": pools, **named}


def _layers(given: Sequence[str]) -> dict[str, str]:
    """Features by name, from `NAME=FEATURES`."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, features = one.partition("=")
        if not equals or not features:
            raise UserError(f"--layer must have the form NAME=FEATURES, got {one!r}")
        if name in found:
            raise UserError(f"--layer names {name!r} twice; give each layer another name")
        found[name] = features
    return found


def _found_before(folder: Path) -> list[str]:
    """Compositions of the finalists of an earlier research run, without duplicates."""
    from truing.research import Ledger, make_report
    from truing.runs import ledgers_in

    found: dict[str, None] = {}
    for path in ledgers_in(folder):
        with Ledger(path, create=False) as ledger:
            finalists = make_report(ledger).finalists
        found |= dict.fromkeys(one.content for one in finalists if one.content)
    if not found:
        raise UserError(
            f"{folder} contains no finished research run, so there are no finalists to start from"
        )
    return list(found)
