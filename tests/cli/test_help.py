"""Help: every command in one section, options of long commands in sections, texts as nouns."""

from __future__ import annotations

import importlib

import click
import pytest

from truing.cli._main import SECTIONS, VERBS, cli
from truing.cli._sections import SectionedCommand, SectionedGroup

MOST_OPTIONS = 12  # of a command whose help has no sections


def command(name: str) -> click.Command:
    return importlib.import_module(f"truing.cli._{name.replace('-', '_')}").command


def test_help_has_sections_and_every_command_is_in_one(truing):
    code, out, _ = truing("--help")
    assert code == 0
    heads = [line[:-1] for line in out.splitlines() if line[:1].strip() and line.endswith(":")]
    assert heads == ["Options", *SECTIONS]
    named = [name for section in SECTIONS.values() for name in section]
    assert sorted(named) == sorted(set(named)) == sorted(VERBS)


def test_the_client_of_a_referee_is_one_group_of_commands():
    client = {"problem", "submit", "result", "leaderboard", "findings", "mcp"}
    assert set(SECTIONS["Client of a referee"]) == client


@pytest.mark.parametrize("name", VERBS)
def test_a_command_with_many_options_has_sections(name):
    found = command(name)
    options = [one for one in found.params if isinstance(one, click.Option)]
    sectioned = isinstance(found, SectionedCommand | SectionedGroup)
    assert sectioned or len(options) <= MOST_OPTIONS


@pytest.mark.parametrize("name", ["w2s", "oversee", "judge", "research", "submit"])
def test_a_section_names_existing_options_and_each_option_is_shown_once(truing, name):
    found = command(name)
    names = {one.name for one in found.params}
    placed = [one for section in found.sections.values() for one in section]
    assert set(placed) <= names
    assert len(placed) == len(set(placed))
    out = truing(name, "--help")[1]
    for one in found.params:
        shown = [line.split()[0] for line in out.splitlines() if line.startswith("  -")]
        assert [word.strip(",") for word in shown].count(one.opts[0]) == 1
    assert all(f"\n{heading}:\n" in out for heading in found.sections)


def test_a_group_with_sections_lists_its_commands(truing):
    assert "Commands:\n  resume" in truing("research", "--help")[1]


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_printed(truing, option):
    from importlib.metadata import version

    assert truing(option)[:2] == (0, f"truing {version('truing')}\n")


def commands(command: click.Command, words: tuple[str, ...] = ("truing",)):
    """Each command, and the words that run it."""
    yield command, " ".join(words)
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            assert found is not None
            yield from commands(found, (*words, name))


def test_every_option_and_command_has_help():
    for one, words in commands(cli):
        assert one.help, words
        for option in one.params:
            assert not isinstance(option, click.Option) or option.help, (words, option.name)


@pytest.mark.parametrize("columns", [60, 80])
def test_help_fits_the_terminal_and_breaks_no_word(columns):
    for one, words in commands(cli):
        whole, shown = (
            one.get_help(click.Context(one, info_name=words, terminal_width=width - 2))
            for width in (10_000, columns)
        )
        assert [line for line in shown.splitlines() if len(line) > columns] == [], words
        assert set(whole.split()) <= set(shown.split()), words
