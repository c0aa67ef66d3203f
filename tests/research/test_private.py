"""Private: what a referee writes can be read by its owner alone."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from pathlib import Path

import pytest
from visitors import METHODS, composition, tiny_config

from tests.research.test_contest_costs import Model
from truing.lab import report_referee
from truing.research import Referee
from truing.research.doors import LocalDoor, Tokens
from truing.research.ledger._private import close_to_others
from truing.run_files import SPENDING


def loose(folder: Path) -> list[str]:
    """Names of what others may do something with."""
    paths = [path for path in folder.rglob("*") if path.lstat().st_mode & 0o077]
    return [str(path.relative_to(folder)) for path in paths]


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def filled(folder: Path) -> Referee:
    """A referee with a scored method, a token and a report."""
    referee = Referee(folder, tiny_config())
    LocalDoor(referee, "ann").submit_method(composition(METHODS[0]))
    Tokens(folder).issue("ann")
    report_referee(folder)
    return referee


def test_referee_files_are_accessible_only_to_the_owner(tmp_path, usual_umask):
    filled(tmp_path / "referee").ledger.close()
    names = {path.name for path in (tmp_path / "referee").iterdir()}
    assert {
        "ledger.sqlite",
        "secret",
        "signing_key",
        "head.json",
        "tokens.jsonl",
        "report.html",
        "report.json",
        "charts",
    } <= names
    assert loose(tmp_path / "referee") == []
    assert stat.S_IMODE((tmp_path / "referee").stat().st_mode) == 0o700


def test_files_open_to_other_users_are_restricted(tmp_path, usual_umask):
    folder = tmp_path / "referee"
    filled(folder).ledger.close()
    for path in folder.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (folder / "mine.txt").write_text("the owner's own file, which stays as it is")
    Referee(folder).ledger.close()
    report_referee(folder)
    assert loose(folder) == ["mine.txt"]


def test_the_costs_of_a_contest_are_accessible_only_to_the_owner(tmp_path, usual_umask):
    folder = tmp_path / "referee"
    contest = Model().contest(tokens=10_000)
    Referee(folder, contest).ledger.close()
    assert (folder / SPENDING).is_file()
    assert loose(folder) == []
    (folder / SPENDING).chmod(0o644)  # as an earlier version wrote it
    Referee(folder).ledger.close()
    assert loose(folder) == []


@pytest.fixture
def open_folder():
    """A folder that other users of the machine can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        if not all(above.stat().st_mode & 0o011 for above in Path(name).parents):
            pytest.skip("the temporary folder of this machine is closed to others")
        yield Path(name)


def test_a_folder_open_to_other_users_gives_a_warning(open_folder):
    with pytest.warns(UserWarning, match=rf"mode 755.* run chmod 700 {open_folder}"):
        Referee(open_folder, tiny_config()).ledger.close()
    assert stat.S_IMODE(open_folder.stat().st_mode) == 0o755
    assert loose(open_folder) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_folder.chmod(0o700)
        close_to_others(open_folder)
        (open_folder / "in").mkdir(mode=0o755)
        close_to_others(open_folder / "in")  # which nobody else comes to
