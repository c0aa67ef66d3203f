"""The command of `truing research` that makes the same run again, from its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from truing.runs import as_object, as_text, as_texts

PAIR = 2  # researchers of the command: one that searches, and its control
LISTS = {  # fields of all problems that an option repeats
    "climb": "--task",
    "questions": "--task",
    "other_tasks": "--other-task",
    "other_questions": "--other-task",
    "pools": "--pool",
}
VALUES = (
    "weak",
    "strong",
    "judge",
    "debater",
    "baseline",
    "limit",
    "most_calls",
    "verdict",
    "seeds",
)
BARE = ("seeds",)  # of --problem choose-protocol, whose other fields have no option


def repeated(option: str, values: Any) -> Iterator[str]:
    """Yield an option before each of several texts."""
    for one in as_texts(values):
        yield from (option, one)


def research_words(stated: Mapping[str, Any]) -> Iterator[str]:
    """Words of the command; none for a served run, in which others submitted methods."""
    config = as_object(stated.get("config"))
    problem, researchers = as_object(config.get("problem")), as_texts(stated.get("researchers"))
    if not problem or stated.get("served"):
        return
    yield from ("truing", "research", "--problem", as_text(problem.get("kind")))
    yield from _problem(problem)
    if researchers:
        control = researchers[1] if len(researchers) >= PAIR else "none"
        yield from ("--researcher", researchers[0], "--control", control)
    yield from _agents(as_object(stated.get("agents")))
    trials = as_object(config.get("budget")).get("each")
    given = {
        "--trials": trials,
        "--finalists": config.get("finalists"),
        "--step": config.get("step"),
    }
    for option, value in {**given, "--seed": config.get("seed")}.items():
        if value is not None:
            yield from (option, str(value))


def _problem(problem: Mapping[str, Any]) -> Iterator[str]:
    """Options of the problem: its data, models and limits."""
    for field, option in LISTS.items():
        yield from repeated(option, problem.get(field, ()))
    for name, features in as_object(problem.get("layers")).items():
        yield from ("--layer", f"{name}={as_text(features)}")
    for name in BARE if problem.get("kind") == "choose-protocol" else VALUES:
        if problem.get(name) is not None:
            yield from (f"--{name.replace('_', '-')}", str(problem[name]))


def _agents(stated: Mapping[str, Any]) -> Iterator[str]:
    """Options of language models as researchers."""
    if not stated:
        return
    yield from ("--model", as_text(stated.get("model")))
    if directions := [one for one in as_texts(stated.get("directions")) if one]:
        yield from ("--directions", "; ".join(directions))
    if isinstance(stated.get("turns"), int):
        yield from ("--turns", str(stated["turns"]))
