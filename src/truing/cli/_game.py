"""`truing game`: an offline oversight experiment with an exact answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from truing.cli._complete import complete_names
from truing.cli._console import output_console, print_described, print_text
from truing.cli._once import Command
from truing.cli._options import folder_options, json_option
from truing.errors import UserError
from truing.factory import Factory
from truing.progress import ProgressBar
from truing.specification import Specification

if TYPE_CHECKING:
    from truing.oversight.games import PlayGame


@click.command(
    "game",
    cls=Command,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument(
    "words",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="[NAME] [--ARGUMENT VALUE ...]",
    shell_complete=complete_names("games"),
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed; the same seed gives the same values.",
)
@folder_options
@json_option
@click.option(
    "--help",
    "-h",
    "wanted",
    is_flag=True,
    help="Show this help; after NAME, show the game and its arguments.",
)
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], seed, as_json, wanted, **folder) -> None:
    """Play an offline oversight game and print its values beside the published values.

    Without NAME, list the games. The arguments of a game follow its name, as options or after a
    comma.

    \b
    truing game bisection-debate --steps 1000000
    truing game bisection-debate,steps=1000000
    truing game path/to/file.py:name --help
    """
    name, *rest = words or ("",)
    if name.startswith("-"):
        raise UserError(
            f"{name}: the name of a game must come before its arguments (truing game lists names)"
        )
    if wanted:
        _describe(name) if name else print(ctx.get_help())
    elif name:
        _play(name, rest, seed, as_json, **folder)
    else:
        _list_games(as_json)


def _list_games(as_json: bool) -> None:
    from truing.oversight.games import GAMES

    lines = GAMES.describe()
    if as_json:
        print(json.dumps({"games": lines}))
        return
    print_described(lines)


def _play(game: str, words: list[str], seed: int, as_json: bool, **folder: Any) -> None:
    from truing.lab import Game, run_game
    from truing.oversight.games import GAMES
    from truing.report import outcome_table

    asked = Specification.parse(game)
    factory, carried = GAMES.find(asked.name)
    given = {**asked.arguments, **_arguments(game, words, factory, {**carried, **asked.arguments})}
    with ProgressBar() as progress:
        played = run_game(Game(asked.name, given, seed), watch=progress, **folder)
    if as_json:
        print(json.dumps(played.stated, allow_nan=False))
        return
    output_console().print(outcome_table(played.outcome))
    print_text("", f"seed {seed}; {progress.seconds:.1f} s")
    print_text(f"{played.folder}: report.html, charts/, outcome.json")


def _arguments(
    name: str, words: list[str], factory: Factory[PlayGame], carried: Mapping[str, str]
) -> dict[str, str]:
    """Parse `--some-argument 3` and `--some-argument=3` into the factory's argument names."""
    given: dict[str, str] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            raise UserError(
                f"unexpected {word!r}; arguments follow the game's name and a comma, or are "
                f"options: {_example(name, factory)}"
            )
        typed, equals, value = word[2:].partition("=")
        key = typed.replace("-", "_")
        if key not in factory.annotations:
            allowed = ", ".join(f"--{one.replace('_', '-')}" for one in factory.annotations)
            raise UserError(
                f"{name} has no argument --{typed}; allowed: {allowed or 'none'}; "
                "every game has --seed, --out, --name, --overwrite and --json"
            )
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                raise UserError(f"--{typed} needs a value: --{typed} VALUE")
            value = waiting.pop(0)
        if key in given:
            raise UserError(f"--{typed} is given more than once; give it once")
        given[key] = value
    for key in factory.annotations:
        if key not in {*factory.defaults, *given, *carried}:
            raise UserError(f"{name} needs --{key.replace('_', '-')} VALUE")
    return given


def _example(name: str, factory: Factory[PlayGame]) -> str:
    """Both ways to write the first argument of a game."""
    if not factory.annotations:
        return f"{name} (no arguments)"
    first = next(iter(factory.annotations))
    value = factory.defaults.get(first, "VALUE")
    return f"{name},{first}={value} or {name} --{first.replace('_', '-')} {value}"


def _describe(name: str) -> None:
    from truing.cli._extension import describe
    from truing.cli._list import print_extension
    from truing.oversight.games import GAMES

    factory, _ = GAMES.find(name)
    options = "[--seed N] [--out DIR] [--name NAME] [--overwrite] [--json]"
    print_text(f"Usage: truing game {name} [--ARGUMENT VALUE ...] {options}", "")
    print_extension(describe(GAMES.kind, factory), "--")
