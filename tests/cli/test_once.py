"""An option that takes one value is given once; click would use the last value without a word."""

from __future__ import annotations

import click
import pytest

from tests.cli.test_help import commands
from truing.cli._main import cli
from truing.cli._once import Command
from truing.errors import TruingError

COMMANDS = {words: command for command, words in commands(cli)}
OPTIONS = [
    (words, option)
    for words, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
]
REPEATED = [one for one in OPTIONS if one[1].is_flag or one[1].count or one[1].multiple]
ONE_VALUE = [(words, one.opts) for words, one in OPTIONS if (words, one) not in REPEATED]
ADVICE = {
    ("truing research", "--researcher"): "give it once, and name the second researcher with "
    "--control"
}


@pytest.mark.parametrize(("command", "names"), ONE_VALUE)
def test_an_option_with_one_value_is_refused_the_second_time(truing, command, names):
    code, out, err = truing(*command.split()[1:], names[0], 1, f"{names[-1]}=2")
    option = " or ".join(names)
    advice = ADVICE.get((command, option), "give it once")
    assert (code, out, err) == (2, "", f"truing: {option} is given twice; {advice}\n")


@pytest.mark.parametrize(("words", "option"), REPEATED)
def test_flags_and_options_with_several_values_can_be_repeated(words, option):
    values = [] if option.is_flag or option.count else ["a=1"]
    problem = ""
    try:
        COMMANDS[words].make_context(words, [option.opts[-1], *values] * 2)
    except (click.ClickException, click.exceptions.Exit, TruingError) as error:
        problem = str(error)
    assert "is given" not in problem


def test_every_command_counts_its_options():
    assert all(isinstance(command, Command) for command in COMMANDS.values())


def test_of_two_folders_none_is_submitted(truing, tmp_path):
    code, _, err = truing("submit", "--folder", "a", "--referee", tmp_path, "--folder", "b")
    assert (code, err) == (2, "truing: --folder is given twice; give it once\n")


def test_two_researchers_are_compared_with_the_control(truing, tmp_path):
    code, _, err = truing("research", "--researcher", "search", "--researcher", "random")
    assert code == 2
    assert err == (
        "truing: --researcher is given twice; "
        "give it once, and name the second researcher with --control\n"
    )
    assert not (tmp_path / "runs").exists()


def test_the_message_counts_more_than_two(truing):
    err = truing("w2s", "--out", "a", "--out", "b", "--out", "c")[2]
    assert err == "truing: --out is given 3 times; give it once\n"


def test_a_value_that_can_be_left_out_is_a_value(truing):
    err = truing("submit", "--folder", "a", "--try", "digits", "--try")[2]
    assert err == "truing: --try is given twice; give it once\n"


def test_an_option_of_a_group_and_of_its_command_are_two_options(truing):
    code, _, err = truing("research", "--workers", 1, "resume", "missing", "--workers", 1)
    assert code == 2
    assert "missing" in err
    assert "is given" not in err


def test_a_word_after_two_dashes_is_no_option(truing):
    err = truing("compare", "--", "--out", "--out")[2]
    assert "is given" not in err


def test_an_argument_of_a_game_is_given_once(truing):
    code, _, err = truing("game", "bisection-debate", "--steps", 9, "--steps=99")
    assert (code, err) == (2, "truing: --steps is given more than once; give it once\n")


def test_help_is_printed_also_if_an_option_is_repeated(truing):
    code, out, _ = truing("submit", "--folder", "a", "--folder", "b", "--help")
    assert code == 0
    assert out.startswith("Usage: truing submit")


def test_both_names_of_an_option_are_one_option(truing):
    err = truing("stress", "--weak", "pca-4", "--supervisor", "pca-8")[2]
    assert err == "truing: --weak or --supervisor is given twice; give it once\n"


@pytest.mark.parametrize("names", [("-o", "--out"), ("--out", "-o")])
def test_an_option_with_a_short_name_is_called_by_its_long_name(names):
    command = Command("study", params=[click.Option(names)])
    with pytest.raises(click.UsageError, match=r"^--out is given twice; give it once$"):
        command.main(["-o", "a", "--out", "b"], standalone_mode=False)


def test_an_option_that_counts_can_be_repeated():
    command = Command("study", params=[click.Option(["-v"], count=True)], callback=lambda v: v)
    assert command.main(["-vv", "-v"], standalone_mode=False) == 3


def test_a_line_with_a_repeated_option_is_still_completed(truing, monkeypatch):
    line = "truing submit --folder a --folder b --clai"
    monkeypatch.setenv("_TRUING_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", "6")
    assert truing()[1] == "plain,--claim\n"
