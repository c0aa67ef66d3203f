"""`run` takes whatever can be run, and `load` gives its result again."""

from __future__ import annotations

import pytest

from truing import load, run
from truing.errors import UserError
from truing.lab import Game, Oversight


def test_a_game_is_run_and_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    played = run(Game("bisection-debate", {"steps": 16, "debates": 9, "checks": "9"}))
    assert played.folder.parent.name == "runs"
    assert load(played.folder) == played


def test_oversight_is_run_and_loaded(tmp_path):
    models = {"judge": ["truing/judge"]}
    found = run(
        Oversight(protocols=["blind"], questions="cases,count=2", **models), out=tmp_path / "run"
    )
    assert load(tmp_path / "run") == found


def test_a_study_is_run_and_loaded(tiny_study, alone, tmp_path):
    found = run(tiny_study, out=tmp_path / "run", engine=alone)
    assert load(tmp_path / "run") == found


def test_an_object_that_cannot_be_run_is_refused_with_the_allowed_types():
    with pytest.raises(UserError, match="cannot run str; run takes one of Study, Oversight"):
        run("digits")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "local"}, "engine must be an object such as truing.LocalEngine"),
        ({"store": 3}, "store must be an object such as truing.Store"),
    ],
)
def test_an_engine_and_a_store_must_be_objects(tiny_study, tmp_path, options, message):
    with pytest.raises(UserError, match=message):
        run(tiny_study, out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
