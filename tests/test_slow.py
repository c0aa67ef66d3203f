"""The list of slow tests names tests that exist, and the budget decides how long it is."""

from __future__ import annotations

import ast

import pytest

from tests.slow import TESTS, measured, read_slow, slow_files, slow_names


@pytest.mark.parametrize("path", sorted({name.partition("::")[0] for name in read_slow()}))
def test_every_slow_test_exists(path):
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    listed = {
        test for name in read_slow() for file, _, test in [name.partition("::")] if file == path
    }
    assert listed - {""} <= names, "run `make slow` on a quiet machine"


def test_the_slowest_are_chosen_until_the_others_fit_the_budget(tmp_path):
    cases = [
        ("tests.cli.test_a", "test_x[1]", 3.0),
        ("tests.cli.test_a", "test_x[2]", 4.0),
        ("tests.test_b", "test_y", 5.0),
        ("tests.test_b", "test_z", 1.0),
    ]
    lines = (f'<testcase classname="{c}" name="{n}" time="{t}"/>' for c, n, t in cases)
    (tmp_path / "times.xml").write_text(f"<testsuite>{''.join(lines)}</testsuite>")
    seconds = measured(tmp_path / "times.xml")
    assert seconds == {"cli/test_a.py::test_x": 7, "test_b.py::test_y": 5, "test_b.py::test_z": 1}
    assert slow_names(seconds, 13) == slow_files(seconds, 13) == set()
    assert slow_names(seconds, 6) == {"cli/test_a.py"}  # its only test
    assert slow_names(seconds, 5.9) == {"cli/test_a.py", "test_b.py::test_y"}
    assert slow_files(seconds, 6.5) == {"cli/test_a.py"}


def test_a_file_that_imports_torch_at_once_is_slow():
    seconds = {"students/test_finetune.py::test_x": 0.1, "test_house.py::test_y": 3.0}
    assert slow_names(seconds, 4) == {"students/test_finetune.py"}
