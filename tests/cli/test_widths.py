"""Every table that the command line prints fits 60, 80 and 120 columns, with long names too.

Each command prints its table once to a pipe and once in each width. No number, interval or verdict
of the pipe may be cut or broken in a narrower table, and names are folded between their parts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import write_jsonl, write_tiny
from tests.documents import ROOT
from truing.research._answers import BudgetState, Finding, FindingsPage, Leaderboard, LeaderboardRow

WIDTHS = (60, 80, 120)
NUMBER = re.compile(r"(?<![\w.=-])[+-]?\d+\.\d+(?![\w=-]| s\b)")  # no times
PARTS = re.compile(r"[^\s,/:_=+-]+[,/_=+-]*")  # a name may be folded after each of them
VERDICTS = re.compile(r"\b(?:better|worse|higher|lower|inconclusive)\b")
ARGUMENTS = (
    "transform=sharpen,temperature=0.711,select=confident,keep=0.427,others=0.701,relabel=knn,"
    "neighbors=4,targets=adaptive-confidence,alpha=0.781,doubt=0.466,schedule=linear,warmup=0.177,"
    "curriculum=confident-first,first=0.574,until=0.686,members=3"
)
COMPOSITION = f"composition,{ARGUMENTS}"


@pytest.fixture
def printed(truing, monkeypatch):
    """What a command prints in a number of columns; None: to a pipe."""

    def show(words, columns):
        monkeypatch.delenv("COLUMNS", raising=False)
        if columns:
            monkeypatch.setenv("COLUMNS", str(columns))
        code, out, err = truing(*words)
        assert code == 0, err
        return out

    return show


@pytest.fixture
def check_widths(printed):
    """Check that a command's output fits each width, with all numbers and verdicts of the pipe."""

    def check(*words, left_out=""):
        whole = printed(words, None)
        known = parts(whole)
        assert "…" not in whole
        for columns in WIDTHS:
            shown = printed(words, columns)
            assert "…" not in shown
            wide = [line for line in shown.splitlines() if len(line) > columns]
            assert [line for line in wide if " " in line.strip()] == [], columns
            folded = re.sub(r"\(not shown at this width: [^)]*\)", "", shown)
            if not parts(folded) <= known:
                known |= parts(printed(words, None))  # of a run that used stored results
            assert not parts(folded) - known, columns
            hidden = f"(not shown at this width: {left_out})" in shown
            if not hidden:
                missing = set(NUMBER.findall(whole)) - set(NUMBER.findall(shown))
                assert not missing, (columns, missing)
            assert len(VERDICTS.findall(shown)) == len(VERDICTS.findall(whole)), columns
        return whole

    return check


def parts(text):
    """Parts of all names and words, without numbers."""
    return {part for part in PARTS.findall(text) if not re.search(r"\d", part)}


@pytest.fixture
def long_task(tmp_path):
    """The small task in a file with a long name, and a file with a method with a long name."""
    folder = tmp_path / "a-folder-of-experiments" / "that-has-a-long-name"
    folder.mkdir(parents=True)
    methods = Path(shutil.copy(ROOT / "examples" / "smooth_labels.py", folder))
    path = write_tiny(folder / "a-task-of-small-items-with-a-very-long-name.jsonl")
    return path.relative_to(tmp_path), methods.relative_to(tmp_path)


def test_the_tables_of_studies_and_comparisons_fit(check_widths, printed, truing, long_task):
    task, methods = long_task
    words = ["w2s", "--task", task, "--weak", "pca-1", "--strong", "pca-5", "--seeds", 3]
    words += ["--workers", 1, "--method", "naive", "--method", COMPOSITION, "--diagnostics"]
    mine = f"{methods}:smooth-where-we-differ,by=0.25"
    assert truing(*words, "--method", mine, "--out", "first")[0] == 0
    whole = check_widths(*words, "--method", mine, "--out", "first", left_out="ceiling")
    assert COMPOSITION in whole  # a pipe gets each row on one line
    assert truing(*words, "--method", "gce", "--out", "second")[0] == 0
    shown = printed(["show", "first"], 60).partition("\ncommand: ")[0]  # to copy, in one line
    assert max(map(len, shown.splitlines())) <= 60
    whole = check_widths("compare", "first", "second", left_out="pairing")
    assert "inconclusive" in whole or "better" in whole


def test_the_tables_of_oversight_fit(check_widths):
    words = ["oversee", "--protocol", "blind", "--protocol", "consultancy,assignment=open,rounds=2"]
    words += ["--protocol", "debate,order=sequential,rounds=2", "--task", "cases,count=6"]
    words += ["--judge", "truing/judge", "--debater", "truing/debater"]
    check_widths(*words, "--estimate")
    summary = check_widths(*words, "--out", "run", left_out="verdicts")
    assert "from blind [95%]" in summary
    assert "JSE 0" not in summary
    full = check_widths(*words, "--out", "run", "--full")
    assert [name for name in ("JSE 0", "Brier", "p (Holm)") if name not in full] == []


def test_the_tables_of_research_and_its_ledger_fit(check_widths, long_task):
    task, _ = long_task
    words = ["research", "--task", task, "--weak", "pca-1", "--strong", "pca-5", "--seeds", 2]
    words += ["--trials", 3, "--finalists", 2, "--workers", 1, "--out", "run"]
    assert "sealed gain [95%]" in check_widths(*words)
    assert "a-task-of-small-items" in check_widths(*words, "--full")
    check_widths("ledger", "show", "run/search")
    check_widths("ledger", "verify", "run/search")


def test_the_tables_of_recorded_results_fit(check_widths, tmp_path):
    group = "a-group-of-accuracies/with-a-long-name/" * 3
    accuracies = [
        {
            "group": group + str(n),
            "role": role,
            "seed": seed,
            "accuracy": a + seed / 97,
            "n_test": 500,
        }
        for role, a in (("weak", 0.6), ("transfer", 0.71), ("ceiling", 0.8))
        for seed in range(3)
        for n in range(2)
    ]
    games = [
        {"guard": f"a-guard-with-a-long-name-{i}", "adversary": "an-adversary/" * 6, "score": i / 3}
        for i in range(4)
    ]
    check_widths(
        "measure", "pgr", write_jsonl(tmp_path / "a.jsonl", accuracies), left_out="ceiling"
    )
    check_widths("measure", "ratings", write_jsonl(tmp_path / "b.jsonl", games))
    candidates = [
        {"question": i // 4, "reward": i % 7, "truth": i % 2, "reward_model": "a-model/" * 12}
        for i in range(40)
    ]
    path = write_jsonl(tmp_path / "c.jsonl", candidates)
    check_widths("measure", "best-of-n", path, left_out="reward")
    scores = [
        {"id": i, "monitor": monitor, "score": i % 7, "attack": i % 3 == 0}
        | {"group": "a-kind-of-attack/" * 4 if i % 3 == 0 else None}
        for monitor in ("a-monitor-with-a-long-name/" * 3, "another-monitor-with-a-long-name")
        for i in range(40)
    ]
    check_widths("measure", "monitor", write_jsonl(tmp_path / "d.jsonl", scores))


def test_the_tables_of_games_and_lists_fit(check_widths):
    check_widths("game", "nested-oversight", "--domain", "backdoor-code")
    check_widths("game")
    check_widths("list")


def test_the_leaderboard_and_findings_fit(check_widths, monkeypatch):
    claim, name = "smaller steps help, " * 5, "a-researcher-with-a-long-name"
    rows = (LeaderboardRow(7, name, "targets=adaptive-confidence+select=confident", claim, 0.042),)
    door = FakeDoor(
        Leaderboard(rows),
        BudgetState(name, 12, 48, 60, 60),
        FindingsPage((Finding(3, name, claim),), False),
    )
    monkeypatch.setattr("truing.research.doors.open_door", lambda **_: door)
    assert "+0.042" in check_widths("leaderboard")
    check_widths("findings")
    door.answer, door.found = Leaderboard(()), FindingsPage((), False)
    assert "no submission has raised" in check_widths("leaderboard")
    assert "no findings yet" in check_widths("findings")


@dataclass
class FakeDoor:
    """A referee that gives the same answers again and again."""

    answer: Leaderboard
    left: BudgetState
    found: FindingsPage

    def leaderboard(self):
        return self.answer

    def budget(self):
        return self.left

    def read_findings(self, since):
        return self.found


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_width_of_a_terminal_is_found(columns, tiny, tmp_path, warm):
    """In a pseudo-terminal, without the variable COLUMNS."""
    words = ["w2s", "--task", str(tiny), "--weak", "pca-1", "--strong", "pca-5", "--seeds", "3"]
    words += ["--workers", "1", "--method", "naive", "--method", COMPOSITION, "--out", "run"]
    shown = in_terminal([str(warm), "-m", "truing", *words], columns, tmp_path)
    assert "PGR" in shown
    assert "inconclusive" in shown
    assert max(map(len, shown.splitlines())) <= columns
    assert ("ceiling" in shown.partition("(not shown")[0]) == (columns == 120)


def in_terminal(words, columns, folder):
    """What a command prints in a terminal of so many columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    environment = {**variables, "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=its, stdout=its, stderr=subprocess.DEVNULL
    )
    os.close(its)
    told = b""
    with contextlib.suppress(OSError):  # the terminal closes
        while some := os.read(ours, 1 << 16):
            told += some
    os.close(ours)
    assert process.wait() == 0
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told.decode()).replace("\r\n", "\n")
