"""A run folder contains one run."""

from __future__ import annotations

import pytest

from truing.errors import UserError
from truing.runs import GAME, STUDY, ClaimedFolder


def test_a_folder_with_a_run_of_another_kind_is_refused_and_unchanged(tmp_path):
    with ClaimedFolder(tmp_path, GAME, "{}"):
        pass
    with pytest.raises(UserError, match="contains another game run; choose another folder"):
        ClaimedFolder(tmp_path, STUDY, "{}").__enter__()
    assert [path.name for path in tmp_path.iterdir()] == [GAME.configuration]


def test_a_folder_with_other_files_is_used_and_the_run_continues(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    for _ in range(2):
        with ClaimedFolder(tmp_path, STUDY, "{}"):
            pass
    with pytest.raises(UserError, match="contains another study run"):
        ClaimedFolder(tmp_path, STUDY, "[]").__enter__()
