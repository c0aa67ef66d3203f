"""`truing game`, as a user meets it."""

from __future__ import annotations

import json
import sys

import pytest

from truing import progress as progress_module
from truing.progress import ProgressBar

MINE = '''
import numpy as np
from truing.oversight.games import SampledValue, Outcome, Published, game

@game("coin")
def coin(tosses: int, side_up: str = "heads"):
    """A coin of mine."""
    def play(rng, watch):
        if side_up == "edge":
            raise ValueError("coins do not stand")
        hits = int((rng.random(tosses) < 0.5).sum())
        values = {side_up: {"share": SampledValue.share(hits, tosses)}, "odd": np.float64("nan"),
                   "count": np.int64(tosses)}
        return Outcome(values, (Published("heads.share", 0.5, "Everybody"),), ("A note.",))
    return play
'''


@pytest.fixture
def game(tmp_path, monkeypatch, capsys):
    """Run `truing game`; returns exit code, output and error output."""
    from truing.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["truing", "game", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return f"{path}:coin"


def test_without_a_name_the_games_are_listed(game):
    code, out, _ = game()
    assert code == 0
    for name in ("bisection-debate", "nested-oversight", "obfuscated-arguments", "prover-verifier"):
        assert any(line.startswith(f"{name} ") for line in out.splitlines())
    assert "prover-verifier" in json.loads(game("--json")[1])["games"]


def test_json_contains_arguments_seed_results_and_notes(game):
    code, out, _ = game(
        "bisection-debate", "--steps", 100, "--debates=50", "--checks", 10, "--seed", 3, "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert found["game"] == "bisection-debate"
    assert found["arguments"] == {"steps": 100, "debates": 50, "checks": 10}
    assert found["seed"] == 3
    assert set(found["caught"]["mimic"]["first"]) == {"value", "low", "high", "n"}
    assert found["published"] == []
    assert len(found["notes"]) == 2


def test_a_seed_gives_the_same_output(game):
    words = ("obfuscated-arguments", "--rounds", 2, "--debates", 500, "--json", "--seed")
    assert game(*words, 1)[1] == game(*words, 1)[1] != game(*words, 2)[1]


def test_a_table_shows_the_published_value_beside_ours(game):
    code, out, _ = game("nested-oversight", "--domain", "backdoor-code")
    assert code == 0
    assert "0.2757" in out
    assert "(2) Engels et al. 2025" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_game_in_a_file_is_played(game, mine):
    found = json.loads(game(mine, "--tosses", 100, "--json")[1])
    assert found["arguments"] == {"tosses": 100, "side_up": "heads"}
    assert found["odd"] is None
    assert found["count"] == 100
    assert found["published"] == [{"name": "heads.share", "value": 0.5, "source": "Everybody"}]
    out = game(mine, "--tosses", 100, "--side-up", "tails")[1]
    assert "heads.share" in out  # published, though it is none of our figures
    assert "A note." in out
    assert "coin" not in game()[1]  # a file's games stay its own


def test_the_help_of_a_game_lists_its_arguments(game, mine):
    out = game("bisection-debate", "--help")[1]
    assert "Canetti" in out
    assert "--checks: integer in [1, 16777216]; default 1000" in out
    out = game(mine, "-h")[1]
    assert "A coin of mine." in out
    assert "--tosses: integer; required" in out
    assert "--side-up: text; default heads" in out


def test_the_help_of_the_command_shows_its_usage(game):
    code, out, _ = game("--help")
    assert code == 0
    assert "truing game [OPTIONS] [NAME] [--ARGUMENT VALUE ...]" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bisection",), "did you mean bisection-debate?"),
        (("bisection-debate", "--step", 3), "allowed: --steps, --debates, --checks"),
        (("bisection-debate", "--steps", "many"), "steps must be an integer"),
        (("bisection-debate", "--steps", 0), "steps must lie in [1, 16777216], got 0"),
        (("bisection-debate", "--steps"), "--steps needs a value"),
        (("bisection-debate", "--steps", "--checks"), "--steps needs a value"),
        (("bisection-debate", 3), "unexpected '3'"),
        (("--steps", 3), "must come before its arguments"),
        (("bisection-debate", "--seed", -1), "seed"),
        (("nested-oversight", "--guard", "1,2"), "curve must be slope:intercept"),
        (("none.py:mine",), "no such file"),
    ],
)
def test_a_mistake_is_one_line(game, words, told):
    code, out, err = game(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_mistakes_with_a_game_file_are_reported(game, mine):
    assert "needs --tosses VALUE" in game(mine)[2]
    assert "coins do not stand" in game(mine, "--tosses", 3, "--side-up", "edge")[2]
    assert "no game 'dice'" in game(mine.replace("coin", "dice"))[2]


def test_progress_of_a_long_game_is_printed_at_each_quarter(monkeypatch, capsys):
    monkeypatch.setattr(progress_module, "QUIET", 0.0)
    with ProgressBar() as progress:
        for done in range(1, 9):
            progress("debates", done, 8)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "debates: 1 of 8"
    assert lines[-1] == "debates: 8 of 8"
    assert len(lines) == 5
    monkeypatch.setattr(progress_module, "QUIET", 100.0)
    ProgressBar()("debates", 1, 1)
    assert capsys.readouterr().err == ""
