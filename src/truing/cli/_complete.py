"""Shell completion of values: registered names with their arguments, files, and run folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._kinds import LISTED, cached_names

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]
RUNS = Path("runs")
ROLES = (  # of the built-in protocols
    "consultant",
    "critic",
    "proposer",
    "adversary",
    "market",
    "reader",
    "prover",
    "estimator",
)


def complete_names(*kinds: str, more: Iterable[str] = ()) -> Complete:
    """Completion of names of some kinds and their arguments, or else of files.

    After a name that ends with `:` or `=`, it completes a file: `recorded:labels.jsonl`.

    Args:
        kinds: kinds of extensions.
        more: other values.
    """

    def complete(
        ctx: click.Context, option: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        known = cached_names()
        names = {name: used for kind in kinds for name, used in known[kind].items()}
        if "," in incomplete:
            return _items(_arguments(incomplete, names))
        for name in names:
            if name.endswith((":", "=")) and incomplete.startswith(name):
                return _items(_files(name, incomplete.removeprefix(name)))
        found = [one for one in (*names, *more) if one.startswith(incomplete)]
        return _items(found) or _any_file()

    return complete


def complete_role(
    ctx: click.Context, option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completion of ROLE=MODEL."""
    role, equals, model = incomplete.partition("=")
    if not equals:
        return _items(f"{one}=" for one in ROLES if one.startswith(role))
    found = complete_names("models")(ctx, option, model)
    return _items(f"{role}={one.value}" for one in found if one.type == "plain")


def complete_kind(
    ctx: click.Context, argument: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completion of kinds of extensions."""
    return _items(one for one in LISTED if one.startswith(incomplete))


def complete_listed(
    ctx: click.Context, argument: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completion of names of the kind that was typed before."""
    kind = ctx.params.get("kind")
    names = cached_names().get(kind, {}) if kind else {}
    return _items(one for one in names if one.startswith(incomplete))


def complete_run(
    ctx: click.Context, argument: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completion of run folders in runs/, newest first, or else of any folder."""
    found: list[os.DirEntry[str]] = []
    if f"{RUNS}/".startswith(incomplete) or incomplete.startswith(f"{RUNS}/"):
        with suppress(OSError), os.scandir(RUNS) as entries:
            found = [one for one in entries if one.is_dir() and one.path.startswith(incomplete)]
    found.sort(key=lambda one: -one.stat().st_mtime)
    return _items(one.path for one in found) or _any_file("dir")


def complete_study(
    ctx: click.Context, argument: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completion of run folders in runs/ and of Python files, or else of any file."""
    studies = [one for one in _files("", incomplete) if one.endswith(".py")]
    runs = [one for one in complete_run(ctx, argument, incomplete) if one.type == "plain"]
    return [*_items(studies), *runs] or _any_file()


def _arguments(incomplete: str, names: dict[str, list[str]]) -> list[str]:
    """`confidence,al` gives `confidence,alpha_max=`."""
    before, _, last = incomplete.rpartition(",")
    name = before.partition(",")[0]
    fitting = [one for one in names if one == name or (one[-1] in "-:/" and name.startswith(one))]
    used = {part.partition("=")[0] for part in before.split(",")[1:]}
    allowed = names[max(fitting, key=len)] if fitting else []
    return [f"{before},{one}=" for one in allowed if one not in used and one.startswith(last)]


def _files(prefix: str, text: str) -> list[str]:
    """Files and folders whose path starts with a text, each with a prefix."""
    folder, name = os.path.split(text)
    try:
        with os.scandir(folder or ".") as entries:
            fitting = [one for one in entries if one.name.startswith(name)]
    except OSError:
        return []
    shown = [one for one in fitting if name or not one.name.startswith(".")]
    paths = (f"{os.path.join(folder, one.name)}{'/' * one.is_dir()}" for one in shown)
    return [prefix + path for path in sorted(paths)]


def _items(values: Iterable[str]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(one) for one in values]


def _any_file(kind: str = "file") -> list[CompletionItem]:
    """The shell's completion of files or folders."""
    from click.shell_completion import CompletionItem

    return [CompletionItem("", type=kind)]
