"""Runs that stop early: the same question in every execution, and a report that says so."""

from __future__ import annotations

import json
import shutil

import pytest

from truing.errors import UserError
from truing.lab import Oversight, read_oversight, run_oversight
from truing.runs import find_run

AGENTS = {"judge": "truing/judge", "debater": "truing/debater"}


def asked(stop_when="debate,rounds=1 > blind", precision=0.3, **options):
    return Oversight(
        protocols=["blind", "debate,rounds=1"],
        questions="cases,count=120",
        stop_when=stop_when,
        precision=precision,
        **AGENTS,
        **options,
    )


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        yield run_oversight(asked(), out=folder / "run")


def test_a_run_stops_after_a_block_with_all_protocols_on_the_same_questions(stopped):
    found = stopped.stopping
    assert found.why
    assert found.last.questions == 25 * len(found.points) < 120
    names = {
        label: {row.question for row in stopped.overseen.records if row.protocol == label}
        for label in ("blind", "debate,rounds=1")
    }
    assert names["blind"] == names["debate,rounds=1"]
    assert len(names["blind"]) == found.last.questions
    run = find_run(stopped.folder)
    assert run.environment.plays == len(stopped.overseen.records)
    assert run.state.status == "finished"


def test_the_report_says_so_and_does_not_trust_the_other_intervals(stopped):
    page = (stopped.folder / "report.html").read_text()
    assert f"after {stopped.stopping.last.questions} of 120 questions" in page
    assert "not valid for the difference at which the run stopped" in page
    assert (stopped.folder / "charts" / "stopping.svg").is_file()


def test_a_finished_run_is_not_played_again_and_an_interrupted_one_stops_there(stopped, tmp_path):
    logs = sorted(path.name for path in (stopped.folder / "logs").iterdir())
    again = run_oversight(asked(), out=stopped.folder)
    assert again.overseen == stopped.overseen
    assert sorted(path.name for path in (stopped.folder / "logs").iterdir()) == logs
    shutil.copytree(stopped.folder, tmp_path / "cut")
    (tmp_path / "cut" / "judgements.jsonl").unlink()  # killed before the end
    resumed = run_oversight(read_oversight(tmp_path / "cut"), out=tmp_path / "cut")
    assert resumed.stopping == stopped.stopping
    assert resumed.overseen == stopped.overseen


def test_the_configuration_has_the_rule(stopped):
    stated = json.loads((stopped.folder / "oversight.json").read_text())
    assert stated["stop"] == {
        "stop_when": "debate,rounds=1 > blind",
        "precision": 0.3,
        "alpha": 0.05,
    }
    assert read_oversight(stopped.folder) == asked()


def test_a_rule_does_not_fit_a_tournament():
    with pytest.raises(UserError, match=r"stop_when=.* cannot be combined with tournament="):
        asked(tournament="round-robin")
