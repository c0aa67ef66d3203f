"""Protocols through Inspect's client for OpenAI's interface, over HTTP, to a service that fails."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from tests.oversight import loopback
from tests.waiting import wait_until
from tests.warm import KilledTruing
from truing.lab import Oversight, run_oversight
from truing.oversight import PlayTranscript, Requests

JUDGE, DEBATER = "openai-api/loopback/judge", "openai-api/loopback/debater"
REAL = {"judge": [JUDGE], "debater": [DEBATER]}
EMBEDDED = {"judge": ["truing/judge"], "debater": ["truing/debater"]}
TRIED = ("blind", "consultancy")
NAMES = ("judge", "agent", "argued_by")  # fields of a row
PATIENCE = 4.0  # seconds, which no honest answer takes, even where other tests run
FAULTS = {
    "rate limit": loopback.rate_limited(),
    "illness": loopback.failing(503),
    "stall": loopback.stalling(PATIENCE + 1),
    "cut": loopback.cut,
    "garbled": loopback.garbled,
    "page": loopback.page,
    "no choice": loopback.choiceless,
}
LASTING = FAULTS | {
    "key": loopback.failing(401, "no such key"),
    "request": loopback.failing(400, "no such model"),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the embedded provider gives for the protocols that faults are tried on."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        return run_oversight(
            Oversight(protocols=TRIED, questions="cases,count=3", **EMBEDDED), out=folder / "run"
        ).overseen


@pytest.fixture
def oversee(tmp_path):
    """Runs protocols on so many cases, into a folder."""

    def run(
        *protocols,
        models=REAL,
        cases=3,
        limit=None,
        swap=False,
        out="run",
        at_once=None,
        retries=1,
        patience=60,
    ):
        wanted = Oversight(
            protocols=protocols, questions=f"cases,count={cases}", limit=limit, swap=swap, **models
        )
        requests = Requests(at_once, retries, timeout=120, attempt_timeout=patience)
        return run_oversight(wanted, out=tmp_path / out, requests=requests).overseen

    return run


def unnamed(found) -> list[PlayTranscript]:
    """Transcripts without the names of the models."""
    return [replace(one, judge="", agent="") for one in found.transcripts]


def played(found) -> list[dict]:
    """Rows without the names of the models."""
    return [
        {key: value for key, value in row.to_json().items() if key not in NAMES}
        for row in found.records
    ]


def of_case_2(fault):
    return lambda body: fault if "Case 2:" in body["messages"][1]["content"] else None


def test_a_service_gives_the_same_plays_as_the_embedded_agents(service, oversee):
    protocols = ("blind", "debate", "consultancy")
    real = oversee(*protocols)
    embedded = oversee(*protocols, models=EMBEDDED, out="embedded")
    assert played(real) == played(embedded)
    assert unnamed(real) == unnamed(embedded)
    assert real.usage == embedded.usage
    assert len(service.requests) == sum(row.calls for row in real.records)
    assert {row.judge for row in real.records} == {JUDGE}
    assert all(row.simulated for row in real.records), "the cases are generated"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_temporary_error_changes_nothing(service, oversee, undisturbed, waits, fault):
    service.faults = [FAULTS[fault]]
    found = oversee(*TRIED, patience=PATIENCE if fault == "stall" else 60)
    assert found.failures == ()
    assert (played(found), found.usage) == (played(undisturbed), undisturbed.usage)
    assert service.paid_twice == 0


def test_a_rate_limited_request_is_repeated_after_the_requested_time(service, oversee):
    service.faults = [loopback.rate_limited(1)]
    found = oversee("blind", retries=1)
    assert (len(found.records), found.failures) == (3, ())
    refused = next(one for one in service.requests if one.status == 429)
    again = next(one for one in service.requests if one.paid and one.body == refused.body)
    assert again.at - refused.at > 0.9


@pytest.mark.parametrize("fault", LASTING)
def test_a_permanent_error_fails_its_plays_and_no_others(
    service, oversee, undisturbed, waits, fault
):
    service.fault = of_case_2(LASTING[fault])
    first = oversee(*TRIED, patience=PATIENCE if fault == "stall" else 60)
    assert [failure[:2] for failure in first.failures] == [
        ("blind", "case-2"),
        ("consultancy", "case-2, for 0"),
        ("consultancy", "case-2, for 1"),
    ]
    for failed, model in zip(first.failures, (JUDGE, DEBATER, DEBATER), strict=True):
        why = failed.why
        assert why.startswith(f"{model} gave no answer: ")
        assert "\n" not in why
        assert len(why) < 250
    assert len(first.records) == 6
    assert len(waits) == (0 if fault in ("key", "request") else 3)

    answered = sum(service.paid.values())
    service.fault = lambda body: None
    second = oversee(*TRIED)
    assert second.failures == ()
    assert played(second) == played(undisturbed)
    missing = sum(row.calls for row in undisturbed.records if row.question == "case-2")
    assert sum(service.paid.values()) - answered == missing
    assert service.paid_twice == 0


def test_a_failing_play_does_not_stop_other_plays(service, oversee):
    service.delay = 0.1
    broken = loopback.failing(400)
    service.fault = lambda body: (
        broken if body["messages"][0]["content"].startswith("You are Debater A.") else None
    )
    first = oversee("debate", cases=2)
    assert (len(first.records), len(first.failures)) == (0, 2)
    assert len(service.paid) == 2, "of Debater B"
    service.fault = lambda body: None
    assert len(oversee("debate", cases=2).records) == 2
    assert service.paid_twice == 0


@pytest.mark.parametrize("reply", [loopback.refused, loopback.undecided])
def test_an_unreadable_verdict_is_requested_once_more_and_reported(service, oversee, reply):
    service.fault = of_case_2(reply)
    found = oversee("blind")
    unread = next(row for row in found.records if row.question == "case-2")
    assert (unread.belief, unread.judges_unread, unread.calls) == (None, 1, 2)
    assert found.failures == ()
    service.fault = lambda body: None
    assert oversee("blind").records == found.records, "a finished run is not asked again"
    assert len(service.requests) == 4


def test_several_judges_are_a_panel(service, oversee):
    judges = [f"{JUDGE}:skill=0.9", f"{JUDGE}:skill=0.1"]
    panel = oversee("expert", models={"panel": judges})
    alone = [oversee("expert", models={"judge": [one]}, out=one[-3:]).records for one in judges]
    assert {row.judge for row in panel.records} == {", ".join(judges)}
    for row, first, second in zip(panel.records, *alone, strict=True):
        mean = np.mean([first.belief, second.belief], axis=0)
        assert row.belief == pytest.approx(mean.tolist())
    assert [row.belief for row in alone[0]] != [row.belief for row in alone[1]]
    assert service.paid_twice == 0, "who was heard in a panel is not asked again alone"


def test_swap_and_limit_choose_the_plays(service, oversee):
    found = oversee("blind", cases=5, limit=2, swap=True)
    assert [(row.question, row.swapped) for row in found.records] == [
        ("case-1", False),
        ("case-1", True),
        ("case-2", False),
        ("case-2", True),
    ]
    shown = [
        one.body.partition("<answers>")[2].partition("</answers>")[0] for one in service.requests
    ]
    assert len(set(shown)) == 4


@pytest.mark.parametrize("at_once", [1, 3])
def test_connections_are_used_up_to_their_maximum(service, oversee, at_once):
    """Each request waits until so many have come at the same time; a model has at least six."""

    def meet(body: loopback.Body) -> loopback.Answer:
        wait_until(lambda: service.most_busy[body["model"]] >= at_once)
        return loopback.Answer(loopback.completion(body), paid=True, wait=0.01)

    service.fault = lambda body: meet
    oversee("blind", "debate,rounds=1", cases=6, at_once=at_once)
    assert service.most_busy == {"judge": at_once, "debater": at_once}


def test_a_truncated_log_is_harmless(service, oversee, tmp_path):
    first = oversee("blind")
    (log,) = (tmp_path / "run" / "logs").glob("*.eval")
    log.write_bytes(log.read_bytes()[:100])
    (tmp_path / "run" / "judgements.jsonl").unlink()
    second = oversee("blind")
    assert second.records == first.records
    assert len(service.requests) == 3


def test_a_truncated_cached_reply_is_requested_again(service, oversee, own_store, tmp_path):
    first = oversee("blind")
    kept = sorted(path for path in (own_store / "calls").rglob("*") if path.is_file())
    kept[0].write_bytes(kept[0].read_bytes()[:20])
    shutil.rmtree(tmp_path / "run")
    assert oversee("blind").records == first.records
    assert (len(kept), len(service.requests)) == (3, 4)


def test_a_killed_run_resumes_with_the_same_judgements(service, oversee, own_store, tmp_path, warm):
    """Killed with -9 twice; only what was on its way is asked for again."""
    protocols = ("blind", "debate", "consultancy")
    whole = oversee(*protocols, cases=6, out="whole")
    expected = len(service.requests)
    shutil.rmtree(own_store)
    service.requests.clear()

    at_once, service.delay = 3, 0.01
    words = ["oversee", "--task", "cases,count=6", "--judge", JUDGE, "--debater", DEBATER]
    for name in protocols:
        words += ["--protocol", name]
    words += ["--max-connections", str(at_once), "--out", str(tmp_path / "killed")]
    for kill_at in (5, 40):
        service.kill_at(kill_at, lambda: KilledTruing(warm, words, stderr=subprocess.DEVNULL))
        assert not (tmp_path / "killed" / "judgements.jsonl").exists()
    subprocess.run([warm, "-m", "truing", *words], check=True, capture_output=True)
    found = (tmp_path / "killed" / "judgements.jsonl").read_bytes()
    assert found == (tmp_path / "whole" / "judgements.jsonl").read_bytes()
    assert len(whole.records) == 24
    assert len(service.paid) == expected
    assert service.paid_twice <= 2 * at_once * len(REAL), "at most one a connection and kill"
