"""Logs of protocols: recorded plays are read again, and other judges judge them."""

from __future__ import annotations

import shutil
from pathlib import Path

import fsspec
import pytest

import truing
from truing.errors import DataError, UserError
from truing.lab import read_run, run_replay
from truing.oversight import Requests
from truing.oversight.logs import LoggedPlay, open_plays, read_plays

FROZEN = Path(__file__).parents[1] / "frozen" / "0.1.0" / "oversight"
ELSEWHERE = Path(__file__).parent / "elsewhere"
PROTOCOLS = [
    "blind",
    "debate,each_round=true,rounds=2",
    "consultancy,assignment=open",
    "market-making",
]
CHANGED = ("calls", "usage")  # a replay sends fewer requests


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> truing.OversightResult:
    run = truing.Oversight(
        protocols=PROTOCOLS,
        questions="cases,count=4",
        judge="truing/judge",
        debater="truing/debater",
    )
    return truing.run(run, out=tmp_path_factory.mktemp("played") / "run", progress=False)


def rows(result: truing.OversightResult) -> list[dict]:
    return [row.to_json() for row in result.overseen.records]


def test_a_replay_has_the_judgements_of_the_run_and_sends_no_request(played, tmp_path) -> None:
    again = truing.run(truing.Replay(played.folder / "logs"), out=tmp_path / "again")
    for name in ("judgements.jsonl", "transcripts.jsonl"):
        assert (again.folder / name).read_bytes() == (played.folder / name).read_bytes()
    assert again.overseen.usage == {}
    assert not (again.folder / "logs").exists()
    assert (again.folder / "report.html").exists()


def test_logs_of_version_0_1_0_are_read(tmp_path) -> None:
    again = truing.run(truing.Replay(FROZEN / "logs"), out=tmp_path / "again")
    recorded = (FROZEN / "judgements.jsonl").read_text().splitlines()
    written = (again.folder / "judgements.jsonl").read_text().splitlines()
    assert sorted(written) == sorted(recorded)


def test_the_same_judge_gives_the_same_verdicts_on_recorded_transcripts(played, tmp_path) -> None:
    again = truing.run(
        truing.Replay(played.folder / "logs", judge="truing/judge"), out=tmp_path / "again"
    )
    before, after = rows(played), rows(again)
    for row in (*before, *after):
        for name in CHANGED:
            del row[name]
    assert after == before
    assert again.overseen.transcripts == played.overseen.transcripts
    assert set(again.overseen.usage) == {"judge"}


def test_another_judge_is_recorded_and_the_speeches_stay(played, tmp_path) -> None:
    weak = "truing/judge:skill=0.55"
    run = truing.Replay(played.folder / "logs", judge=[weak, "truing/judge"])
    again = truing.run(run, out=tmp_path / "again")
    assert {row.judge for row in again.overseen.records} == {weak, "truing/judge"}
    assert {row.agent for row in again.overseen.records} == {None, "truing/debater"}
    changed = [one for one in again.overseen.transcripts if one.judge == weak]
    assert [one.entries for one in changed] == [one.entries for one in played.overseen.transcripts]
    assert read_run(again.folder) == run


def test_a_new_verdict_does_not_depend_on_the_ground_truth(played, tmp_path) -> None:
    """The log with all targets and recorded truths exchanged gives the same verdicts."""
    import inspect_ai.log

    swapped = tmp_path / "logs"
    swapped.mkdir()
    for path in (played.folder / "logs").iterdir():
        log = inspect_ai.log.read_eval_log(str(path))
        for sample in log.samples:
            sample.target = {"A": "B", "B": "A"}[sample.target]
            record = sample.scores["verdict"].metadata["judgement"]
            record["truth"] = 1 - record["truth"]
        inspect_ai.log.write_eval_log(log, str(swapped / path.name))
    found = [
        truing.run(truing.Replay(logs, judge="truing/judge"), out=tmp_path / name).overseen.records
        for name, logs in (("true", played.folder / "logs"), ("false", swapped))
    ]
    assert [one.belief for one in found[0]] == [one.belief for one in found[1]]
    assert [one.truth for one in found[0]] == [1 - one.truth for one in found[1]]


@pytest.mark.parametrize("cap", [{"spend": 1.0, "prices": {"judge": (1, 1)}}, {"tokens": 9}])
def test_a_cap_that_a_replay_does_not_keep_is_refused(played, tmp_path, cap) -> None:
    again = truing.Replay(played.folder / "logs", judge="truing/judge")
    with pytest.raises(UserError, match="applies to new plays"):
        run_replay(again, out=tmp_path / "again", requests=Requests(**cap))
    assert not (tmp_path / "again").exists()


def test_a_log_of_another_task_is_refused() -> None:
    path = ELSEWHERE / "popularity-gpt-4o-mini.eval"
    with pytest.raises(
        UserError, match=r"task 'popularity', not of an oversight protocol; name .*"
    ):
        truing.Replay(path)


def test_a_damaged_log_is_refused(tmp_path) -> None:
    (tmp_path / "a.eval").write_bytes(b"PK no log")
    with pytest.raises(DataError, match="cannot be read as an Inspect log"):
        truing.Replay(tmp_path / "a.eval")


def test_a_changed_log_is_refused_when_the_run_is_repeated(played, tmp_path) -> None:
    logs = shutil.copytree(played.folder / "logs", tmp_path / "logs")
    again = truing.run(truing.Replay(logs), out=tmp_path / "again")
    first, second, *_ = sorted(logs.iterdir())
    first.write_bytes(second.read_bytes())
    with pytest.raises(UserError, match="was changed after this run"):
        read_run(again.folder)


def test_plays_are_read_from_urls_and_the_newest_of_equal_plays_counts(played) -> None:
    files = fsspec.filesystem("memory")
    paths = sorted((played.folder / "logs").iterdir())
    for path in paths:
        files.pipe(f"/replayed/{path.name}", path.read_bytes())
    run = truing.Replay(["memory://replayed", *paths])
    assert len(run.logs) == 2 * len(paths)
    assert read_plays(run.opened).records == played.overseen.records


def test_a_json_log_has_the_same_plays_as_an_eval_log(played, tmp_path) -> None:
    import inspect_ai.log

    path = next((played.folder / "logs").glob("*debate*"))
    log = inspect_ai.log.read_eval_log(str(path))
    inspect_ai.log.write_eval_log(log, str(tmp_path / "log.json"))
    ours, theirs = (list(open_plays(one).plays()) for one in (path, tmp_path / "log.json"))
    assert all(isinstance(one, LoggedPlay) for one in ours)
    assert [(one.row, one.transcript) for one in ours] == [
        (one.row, one.transcript) for one in theirs
    ]


def test_a_supervisor_reads_a_log(played, tmp_path) -> None:
    from truing.supervisors._judgements import _read

    path = next((played.folder / "logs").glob("*debate*"))
    found = [row for row in played.overseen.records if row.protocol.startswith("debate")]
    assert _read(str(path)) == found
