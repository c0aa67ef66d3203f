"""The folder of people who judge can be measured, trained on and read like any oversight run."""

from __future__ import annotations

import asyncio
import json

import pytest

from truing.errors import UserError
from truing.lab import JudgeSession
from truing.oversight.people import Done
from truing.runs import measure_judgements

DEBATERS = {"debater": "truing/debater"}


def judge(folder: JudgeSession, person: str) -> None:
    sitting = folder.people.sitting(person)
    while not isinstance(asked := asyncio.run(sitting.moment()), Done):
        sitting.judge(asked, {"A": 60, "B": 40}, "", 1.0)


def test_judgements_of_people_are_measured_like_those_of_models(tmp_path):
    with JudgeSession(
        protocol="debate,rounds=1", questions="cases,count=6", models=DEBATERS, out=tmp_path / "run"
    ) as folder:
        judge(folder, "ada")
        judge(folder, "ben")
        assert not (tmp_path / "run" / "judgements.jsonl").exists()  # it holds the truth
        assert folder.close() == 12
    (found,) = measure_judgements(tmp_path / "run" / "judgements.jsonl").protocols
    accuracy = found.metrics["accuracy"]
    assert accuracy.low < accuracy.high
    transcripts = (tmp_path / "run" / "transcripts.jsonl").read_text().splitlines()
    assert len({json.loads(line)["play"] for line in transcripts}) == 12


def test_two_concurrent_sessions_cannot_use_one_folder(tmp_path):
    def opened() -> JudgeSession:
        return JudgeSession(
            protocol="debate,rounds=1",
            questions="cases,count=4",
            models=DEBATERS,
            out=tmp_path / "run",
        )

    with opened() as folder:
        judge(folder, "ada")
        with pytest.raises(UserError, match="in use"), opened():
            pass
    with opened() as later:
        assert later.close() == 4


def test_a_session_resumes_and_refuses_another_configuration(tmp_path):
    with JudgeSession(
        protocol="debate,rounds=1", questions="cases,count=4", models=DEBATERS, out=tmp_path / "run"
    ) as folder:
        judge(folder, "ada")
    with JudgeSession(
        protocol="debate,rounds=1", questions="cases,count=4", models=DEBATERS, out=tmp_path / "run"
    ) as again:
        assert again.close() == 4
    with (
        pytest.raises(UserError, match="another"),
        JudgeSession(
            protocol="debate,rounds=2",
            questions="cases,count=4",
            models=DEBATERS,
            out=tmp_path / "run",
        ),
    ):
        pass
