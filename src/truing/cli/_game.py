"""`truing game`: an offline oversight experiment whose answer is known exactly."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from truing.cli._progress import ProgressBar
from truing.errors import UserError


@click.command(
    "game",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[NAME] [--ARGUMENT VALUE ...]")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Of everything random; the same seed gives the same figures.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run folder; by default runs/ and a readable name here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--help", "-h", "wanted", is_flag=True, help="This, or after NAME: its arguments.")
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], seed, out, as_json, wanted) -> None:
    """Play an offline game of oversight, and print its figures beside its paper's.

    Without a NAME the games are listed. A game's own arguments follow its name.

    \b
    truing game bisection-debate --steps 1000000
    truing game path/to/file.py:name --help
    """
    name, *rest = words or ("",)
    if name.startswith("-"):
        raise UserError(f"{name}: a game's name comes before its arguments; truing game lists them")
    if wanted:
        print(_describe(name) if name else ctx.get_help())
    elif name:
        _play(name, rest, seed, out, as_json)
    else:
        _list_games(as_json)


def _list_games(as_json: bool) -> None:
    from truing.oversight.games import GAMES

    lines = GAMES.describe()
    if as_json:
        print(json.dumps({"games": lines}))
        return
    width = max(map(len, lines))
    for name, line in lines.items():
        print(f"{name:<{width}}  {line}")


def _play(name: str, words: list[str], seed: int, out: Path | None, as_json: bool) -> None:
    from truing.lab import GameRun, run_game

    given = _arguments(name, words, inspect.signature(_factory(name)).parameters)
    with ProgressBar() as progress:
        outcome, stated, folder = run_game(GameRun(name, given, seed), out=out, watch=progress)
    if as_json:
        print(json.dumps(stated, allow_nan=False))
        return
    _print_outcome(outcome)
    print(f"\nseed {seed}; {progress.seconds:.1f} s")
    print(f"{folder}: report.html, charts/, outcome.json")


def _factory(name: str) -> Callable[..., Any]:
    """The factory of a game, registered or in a file."""
    from truing.oversight.games import GAMES

    return GAMES.find(name)[0]


def _arguments(name: str, words: list[str], parameters: Any) -> dict[str, str]:
    """`--some-argument 3` or `--some-argument=3` by the factory's own names."""
    given: dict[str, str] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            raise UserError(f"unexpected {word!r}; a game's arguments read --argument value")
        typed, equals, value = word[2:].partition("=")
        key = typed.replace("-", "_")
        if key not in parameters:
            allowed = ", ".join(f"--{one.replace('_', '-')}" for one in parameters)
            raise UserError(
                f"{name} has no argument --{typed}; it has {allowed or 'none'}; "
                "every game has --seed, --out and --json"
            )
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                raise UserError(f"--{typed} needs a value: --{typed} VALUE")
            value = waiting.pop(0)
        if "," in value:
            raise UserError(f"--{typed}: a value may hold no comma: {value!r}")
        given[key] = value
    for key, one in parameters.items():
        in_name = key in ("path", "size")  # a registered name may carry these
        if one.default is one.empty and key not in given and not in_name:
            raise UserError(f"{name} needs --{key.replace('_', '-')} VALUE")
    return given


def _describe(name: str) -> str:
    factory = _factory(name)
    usage = f"Usage: truing game {name} [--ARGUMENT VALUE ...] [--seed N] [--out DIR] [--json]"
    lines = [usage, ""]
    lines += [inspect.getdoc(factory) or "(it has no description)", "", "Arguments:"]
    for key, one in inspect.signature(factory).parameters.items():
        default = "needed" if one.default is one.empty else f"default {one.default!r}"
        lines.append(f"  --{key.replace('_', '-')}  ({default})")
    return "\n".join(lines)


def _print_outcome(outcome: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    sources = list(dict.fromkeys(one.source for one in outcome.published))
    papers: dict[str, list[str]] = {}
    for one in outcome.published:
        cited = f"{_spelled(one.value)} ({sources.index(one.source) + 1})"
        papers.setdefault(one.figure, []).append(cited)
    shown = Table(box=None, pad_edge=False)
    shown.add_column("figure", no_wrap=True)
    shown.add_column("ours [95%]", overflow="fold")
    if papers:
        shown.add_column("paper", no_wrap=True)
    for path, value in _flat(outcome.figures):
        paper = papers.pop(".".join(path), [])
        ours = "" if isinstance(value, dict) else _spelled(value)
        shown.add_row(Text("  " * (len(path) - 1) + path[-1]), Text(ours), ", ".join(paper))
    for figure, paper in papers.items():  # published, but not among our figures
        shown.add_row(Text(figure), "", ", ".join(paper))
    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    console.print(shown)
    for number, source in enumerate(sources, 1):
        console.print(Text(f"({number}) {source}"))
    for note in outcome.notes:
        console.print(Text(f"\n{note}"))


def _flat(figures: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple, Any]]:
    for name, value in figures.items():
        path = (*above, str(name))
        yield path, value
        if isinstance(value, dict):
            yield from _flat(value, path)


def _spelled(value: Any) -> str:
    if hasattr(value, "low"):
        return f"{_spelled(value.value)} [{_spelled(value.low)}, {_spelled(value.high)}]"
    if isinstance(value, bool | int | str):
        return str(value)
    return f"{value:.4g}"
