"""Progress of a run from Python: in a notebook's cell, on a terminal, or none."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import truing
import truing.lab._progress as progress
from truing.errors import UserError
from truing.progress import ProgressBar


class Cell:
    """Stands in for IPython's display: all contents that the cell has shown."""

    def __init__(self):
        self.contents = []

    def display(self, content, display_id=False):
        assert display_id
        self.contents.append(content.data)
        return self

    def update(self, content):
        self.contents.append(content.data)


@pytest.fixture
def cell(monkeypatch):
    """A process that looks like a notebook's."""
    import IPython

    made = Cell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr("IPython.display.display", made.display)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    return made


@pytest.fixture
def at_once(monkeypatch):
    """Progress is shown from the start, and not after two seconds."""
    monkeypatch.setattr("truing.progress.QUIET", 0.0)


def test_a_notebook_shows_progress_and_removes_it_at_the_end(
    tiny_study, alone, tmp_path, cell, at_once
):
    truing.run(tiny_study, out=tmp_path / "run", engine=alone)
    *shown, last = cell.contents
    assert all("<progress" in one and "steps" in one for one in shown)
    assert len(shown) > 3
    assert last == ""


def test_a_short_run_shows_nothing_in_a_notebook(tmp_path, cell):
    truing.run(truing.Game("prover-verifier"), out=tmp_path / "run")
    assert cell.contents == []


def test_notes_are_escaped_in_a_notebook(cell, at_once):
    with progress.CellProgress() as shown:
        shown("steps", 1, 2, "<script>")
    assert "&lt;script&gt;" in cell.contents[0]


def test_a_terminal_shows_a_bar(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.show_progress(None) as shown:
        assert isinstance(shown, ProgressBar)


def test_the_clock_of_the_bar_goes_on_when_all_is_done_and_begins_again_with_the_next(
    monkeypatch, at_once
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with ProgressBar() as shown:
        shown("search", 3, 3, "plays: 1 of 4")
        (task,) = shown.bar.tasks
        task.start_time -= 75
        clock = shown.bar.columns[3]
        assert clock.render(task).plain == "0:01:15"
        shown("random", 1, 3)
        assert not task.finished
        assert clock.render(task).plain == "0:00:00"


def test_a_script_without_a_terminal_prints_progress_only_if_asked(
    tiny_study, alone, tmp_path, capsys, at_once
):
    game = truing.Game("bisection-debate", {"steps": 16, "debates": 9, "checks": 4})
    truing.run(game, out=tmp_path / "silent")
    assert capsys.readouterr().err == ""
    truing.run(tiny_study, out=tmp_path / "asked", engine=alone, progress=True)
    assert "steps: " in capsys.readouterr().err


def test_progress_false_is_silent_in_a_notebook(tiny_study, alone, tmp_path, cell, at_once):
    truing.run(tiny_study, out=tmp_path / "run", engine=alone, progress=False)
    assert cell.contents == []


SIZE = "tiny.jsonl: 160 items, 3 classes, majority 0.39, 80 clusters\n"


def test_a_notebook_shows_the_size_of_each_task_once_in_the_output_of_the_cell(
    tiny_study, alone, tmp_path, cell, capsys
):
    truing.run(tiny_study, out=tmp_path / "run", engine=alone)
    assert capsys.readouterr() == (SIZE, "")


def test_a_script_prints_the_size_of_each_task_if_progress_is_asked_for(
    tiny_study, alone, tmp_path, capsys
):
    truing.run(tiny_study, out=tmp_path / "silent", engine=alone)
    assert capsys.readouterr() == ("", "")
    truing.run(tiny_study, out=tmp_path / "asked", engine=alone, progress=True)
    out, err = capsys.readouterr()
    assert (out, err[: len(SIZE)], err.count(SIZE)) == ("", SIZE, 1)


def test_the_number_of_questions_is_shown_with_progress(tmp_path, capsys):
    rows = [{"question": f"{n}?", "choices": ["a", "b"], "truth": "a"} for n in range(3)]
    asked = truing.Oversight(protocols="blind", questions=rows, judge="truing/judge")
    truing.run(asked, out=tmp_path / "run", progress=True)
    told = "questions: 3 questions, 2 choices, majority 1.00, 3 clusters\n"
    assert capsys.readouterr().err.startswith(told)


def test_an_own_callback_replaces_the_bar(tiny_study, alone, tmp_path, cell, at_once):
    seen = []
    truing.run(
        tiny_study, out=tmp_path / "run", engine=alone, watch=lambda *step: seen.append(step)
    )
    assert seen
    assert cell.contents == []


def test_progress_is_named_among_the_allowed_options():
    with pytest.raises(UserError, match="allowed: out, name, overwrite, watch, progress"):
        truing.run(truing.Game("prover-verifier"), verbose=True)
