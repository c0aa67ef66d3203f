"""The command that makes the same run again, derived from its configuration."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from truing.given import is_object
from truing.report.page._research_command import repeated, research_words
from truing.runs import (
    GAME,
    OVERSIGHT,
    PEOPLE,
    PERSON,
    RESEARCH,
    STRESS,
    STUDY,
    FoundRun,
    as_object,
    as_text,
    as_texts,
)

Configuration = Mapping[str, Any]


def command_of(run: FoundRun) -> str:
    """A command to copy; empty if the configuration contains none that a terminal can run.

    A study of given objects has no options that name them, but its run folder contains them.
    """
    names = [one for one in _texts(run.configuration) if is_object(_head(one))]
    if names and run.kind is STUDY:
        folder = run.folder
        words = ["truing", "run", folder.name if folder.is_absolute() else str(folder)]
    else:
        words = [] if names else [*MAKERS[run.kind.name](run.configuration)]
        if words and run.judged_by_people:
            words += repeated("--person", _people(run))
    printable = all(one.isprintable() for one in words)
    return shlex.join(words) if printable else ""


def _people(run: FoundRun) -> list[str]:
    """Names of the people who judge, each of which is a folder."""
    folder = run.folder / PEOPLE
    return sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def _texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value, keys of objects included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from (str(key), *_texts(one))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _head(specification: str) -> str:
    return specification.partition(",")[0]


def _study(stated: Configuration) -> Iterator[str]:
    if "tasks" not in stated:
        return
    yield from ("truing", "w2s")
    for option, name in (
        ("--task", "tasks"),
        ("--weak", "weak"),
        ("--strong", "strong"),
        ("--method", "methods"),
    ):
        yield from repeated(option, stated.get(name))
    seeds = stated.get("seeds")
    if isinstance(seeds, int):
        yield from ("--seeds", str(seeds))
    if stated.get("baseline") == "paired":
        yield from ("--baseline", "paired")
    metric = stated.get("metric")
    if isinstance(metric, str) and metric != "accuracy":
        yield from ("--metric", metric)
    yield from _shift(stated)
    if stated.get("diagnostics") is True:
        yield "--diagnostics"
    if stated.get("best_of_n") is True:
        yield "--best-of-n"
    yield from repeated("--stress", stated.get("stress", ()))
    for alias, model in as_object(stated.get("aliases")).items():
        yield from ("--alias", f"{alias}={model}")


def _shift(stated: Configuration) -> Iterator[str]:
    """Options of the shifts of a study."""
    yield from repeated("--test-on", stated.get("test_on", ()))
    if stated.get("local_ceiling") is True:
        yield "--local-ceiling"
    yield from repeated("--learn", stated.get("learn") or ())
    yield from repeated("--test", stated.get("test", ()))
    if stated.get("balance") is not None:
        yield from ("--balance", as_text(stated["balance"]))
    for field, rate in as_object(stated.get("distractor")).items():
        yield from ("--distractor", f"{field}={as_text(rate)}")
    yield from repeated("--hardness", stated.get("hardness") or ())


def _oversight(stated: Configuration) -> Iterator[str]:
    protocols, models = as_object(stated.get("protocols")), as_object(stated.get("models"))
    if not protocols:
        return
    if "replay" in stated:
        yield from _replay(stated, models)
        return
    people = PERSON in as_texts(models.get("judge"))
    yield from ("truing", "judge" if people else "oversee")
    yield from repeated("--protocol", [*protocols])
    yield from repeated("--task", stated.get("questions"))
    for role, names in models.items():
        if role == "judge":
            yield from () if people else repeated("--judge", names)
        elif role == "panel":
            yield from repeated("--panel", names)
        elif role == "debater":
            yield from repeated("--agents" if people else "--debater", names)
        else:
            yield from repeated("--role", [f"{role}={one}" for one in as_texts(names)])
    if isinstance(stated.get("limit"), int):
        yield from ("--limit", str(stated["limit"]))
    if stated.get("swap") is True:
        yield "--swap"
    if as_object(stated.get("play")).get("verdict") == "logprobs":
        yield from ("--verdict", "logprobs")
    if counts := stated.get("pressure"):
        yield from ("--pressure", ",".join(map(as_text, counts)))
    if sandbox := as_object(stated.get("play")).get("sandbox"):
        yield from ("--sandbox", as_text(sandbox, 100))
    if isinstance(stated.get("tournament"), str) and stated["tournament"]:
        yield from ("--tournament", stated["tournament"])
    for name, value in as_object(stated.get("stop")).items():
        yield from (f"--{name.replace('_', '-')}", as_text(str(value)))


def _replay(stated: Configuration, models: Configuration) -> Iterator[str]:
    yield from ("truing", "oversee")
    yield from repeated("--replay", [*as_object(stated["replay"])])
    for role in ("judge", "panel"):
        yield from repeated(f"--{role}", models.get(role, ()))


def _game(stated: Configuration) -> Iterator[str]:
    if "game" not in stated:
        return
    yield from ("truing", "game", str(stated["game"]))
    for name, value in as_object(stated.get("arguments")).items():
        if value not in (None, ""):
            yield from (f"--{name.replace('_', '-')}", str(value))
    yield from ("--seed", str(stated.get("seed", 0)))


def _stress(stated: Configuration) -> Iterator[str]:
    if "plants" not in stated or not isinstance(stated.get("seeds"), int) or stated.get("trusted"):
        return  # no option names single seeds, and ids of trusted items are in the user's file
    yield from ("truing", "stress")
    for option, field in (
        ("--plant", "plants"),
        ("--monitor", "monitors"),
        ("--task", "task"),
        ("--weak", "weak"),
        ("--strong", "strong"),
        ("--protocol", "protocol"),
        ("--questions", "questions"),
        ("--strength", "strengths"),
        ("--seeds", "seeds"),
        ("--references", "references"),
        ("--fpr", "fprs"),
    ):
        yield from repeated(option, stated.get(field, ()))
    for role, names in as_object(stated.get("models")).items():
        several = as_texts(names)
        if role == "judge" and len(several) > 1:
            yield from ("--panel", "+".join(several))
        else:
            yield from repeated("--role", [f"{role}={one}" for one in several])
    if stated.get("combine") is True:
        yield "--combine"


MAKERS = {
    STUDY.name: _study,
    OVERSIGHT.name: _oversight,
    RESEARCH.name: research_words,
    GAME.name: _game,
    STRESS.name: _stress,
}
"""Words of the command of each kind of run."""
