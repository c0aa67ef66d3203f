"""Cross-play and tournaments through Inspect's client: no reply is paid for twice."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

import truing
from tests.oversight import loopback
from tests.warm import KilledTruing

JUDGE, ONE = "openai-api/loopback/judge", "openai-api/loopback/debater"
OTHER = f"{ONE}:skill=0.5"


@pytest.fixture
def play(tmp_path):
    """Runs protocols on cases, into a folder."""

    def run(*protocols, cases=2, out="run", **settings):
        models = {"judge": JUDGE, "debater": [ONE, OTHER], **settings}
        asked = truing.Oversight(protocols=protocols, questions=f"cases,count={cases}", **models)
        return asked, truing.run(asked, out=tmp_path / out).overseen

    return run


def test_matches_share_the_replies_to_equal_requests(service, play):
    """Of 4 debates on a question, each of 2 speeches for an answer is paid for once."""
    asked, found = play("debate,rounds=1")
    calls = sum(row.calls for row in found.records)
    assert (len(found.records), asked.plays, calls) == (8, 8, 8 * 3)
    assert service.paid_twice == 0
    assert len(service.requests) == 2 * (4 + 4), "4 speeches and 4 verdicts on each question"
    assert sum(one.read for one in found.usage.values()) < sum(
        one.read for one in found.total_usage.values()
    )


def test_a_slow_reply_is_awaited_and_not_requested_again(service, play):
    service.delay = 0.2
    _, found = play("debate,rounds=1", cases=1)
    assert len(found.records) == 4
    assert service.paid_twice == 0


def test_another_judge_reads_the_same_speeches(service, play):
    first = play("debate,rounds=1", "consultancy,rounds=1", debater=ONE)[1]
    before = len(service.requests)
    judges = [JUDGE, f"{JUDGE}:skill=0.3"]
    both = play("debate,rounds=1", "consultancy,rounds=1", debater=ONE, judge=judges, out="both")[1]
    assert [row for row in both.records if row.judge == JUDGE] == list(first.records)
    assert len(service.requests) - before == len(first.records), "only verdicts"


def test_failed_plays_of_a_swiss_round_are_played_before_the_next_round(service, play):
    debaters = [ONE, OTHER, f"{ONE}:skill=0.4", f"{ONE}:skill=0.2"]
    broken = loopback.failing(401, "no such key")
    service.fault = lambda body: broken if "Case 1:" in str(body["messages"]) else None
    asked, found = play("debate,rounds=1", debater=debaters, tournament="swiss")
    assert asked.plays == 8
    assert (len(found.records), len(found.failures)) == (0, 4), "the second round waits"
    service.fault = lambda body: None
    asked, found = play("debate,rounds=1", debater=debaters, tournament="swiss")
    assert (len(found.records), found.failures) == (8, ())


def test_a_killed_tournament_continues_and_pays_nothing_twice(service, own_store, tmp_path, warm):
    words = ["oversee", "--task", "cases,count=4", "--judge", JUDGE, "--protocol"]
    words += ["debate,rounds=1", "--tournament", "swiss", "--max-connections", "1"]
    for skill in ("0.9", "0.6", "0.3", "0.1"):
        words += ["--debater", f"{ONE}:skill={skill}"]

    def started(out):
        return [*words, "--out", str(tmp_path / out)]

    subprocess.run([warm, "-m", "truing", *started("whole")], check=True, capture_output=True)
    expected = len(service.requests)
    shutil.rmtree(own_store)
    service.requests.clear()
    service.delay = 0.01
    at = expected * 2 // 3  # in the second round
    service.kill_at(at, lambda: KilledTruing(warm, started("killed"), stderr=subprocess.DEVNULL))
    done = [warm, "-m", "truing", *started("killed"), "--json"]
    printed = subprocess.run(done, check=True, capture_output=True, text=True).stdout
    for name in ("judgements.jsonl", "games.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(service.paid) == expected
    assert service.paid_twice <= 5, "at most one for each model's connection"
    assert len(json.loads(printed)["ratings"]) == 4
