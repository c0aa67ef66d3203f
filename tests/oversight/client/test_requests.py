"""What is sent and what is kept: retries, token limits, estimates, and what replies carry."""

from __future__ import annotations

import json

import anyio
import pytest

from tests.oversight import loopback
from truing.lab import Oversight, run_oversight
from truing.oversight import Requests, estimate
from truing.oversight.questions import load_questions

JUDGE, DEBATER = "openai-api/loopback/judge", "openai-api/loopback/debater"
MODELS = {"judge": [JUDGE], "debater": [DEBATER]}


@pytest.fixture
def oversee(tmp_path):
    def run(*protocols, models=MODELS, cases=1, **requests):
        wanted = Oversight(protocols=protocols, questions=f"cases,count={cases}", **models)
        return run_oversight(wanted, out=tmp_path / "run", requests=Requests(**requests)).overseen

    return run


@pytest.mark.parametrize("retries", [0, 1, 3])
@pytest.mark.parametrize("fault", [loopback.failing(503), loopback.rate_limited(7), loopback.cut])
def test_n_retries_are_n_plus_one_requests(service, oversee, waits, retries, fault):
    service.fault = lambda body: fault
    found = oversee("blind", retries=retries)
    assert len(found.failures) == 1
    assert service.arrived == retries + 1
    assert len(waits) == retries


def test_retries_wait_as_long_as_retry_after(service, oversee, waits):
    service.fault = lambda body: loopback.rate_limited(7)
    oversee("blind", retries=2)
    assert waits == [7.0, 7.0]


@pytest.mark.parametrize("name", ["openai", "openai-api/loopback", "deepseek"])
def test_the_client_library_never_retries(name, monkeypatch):
    from truing.oversight.evals import bind_models

    for one in ("OPENAI", "LOOPBACK", "DEEPSEEK"):
        monkeypatch.setenv(f"{one}_API_KEY", "x")
        monkeypatch.setenv(f"{one}_BASE_URL", "http://127.0.0.1:9/v1")
    (model,) = bind_models([f"{name}/judge"])
    assert model.api.client.max_retries == 0
    model.api.initialize()
    assert model.api.client.max_retries == 0
    anyio.run(model.api.aclose)


def test_every_request_has_a_token_limit(service, oversee):
    oversee("debate,rounds=1", "consultancy,assignment=open,rounds=2", max_tokens=777)
    bodies = [json.loads(one.body) for one in service.requests]
    assert len(bodies) > 6
    assert {one.get("max_tokens", one.get("max_completion_tokens")) for one in bodies} == {777}


def worst(body):
    """A reply of as many tokens as may be, at 2.5 characters a token, never a verdict at first."""
    limit = body["max_tokens"]
    asked_again = len(body["messages"]) > 2
    text = "<verdict>A: 50%\nB: 50%</verdict>" if asked_again else "e" * 10 + " é" * (limit // 2)
    content = json.loads(loopback.completion(body, text))
    read = sum(len(one["content"]) / 2.5 + 8 for one in body["messages"])
    content["usage"] = {
        "prompt_tokens": int(read),
        "completion_tokens": limit,
        "total_tokens": int(read) + limit,
    }
    return loopback.Answer(json.dumps(content).encode(), paid=True)


@pytest.mark.parametrize(
    "specification",
    [
        "blind,panel=2",
        "debate,rounds=2,asks=true,each_round=true",
        "debate,best_of=2,rounds=1",
        "consultancy,assignment=open",
        "market-making,rounds=2",
        "critique,rounds=2",
    ],
)
def test_no_run_uses_more_than_the_estimate(service, oversee, specification):
    service.fault = lambda body: worst
    used = oversee(specification, max_tokens=300).usage
    costs = estimate(
        specification, load_questions("cases,count=1").questions, MODELS, max_tokens=300
    )
    assert sum(one.calls for one in costs) >= service.arrived
    assert {one.role for one in costs} == set(used)
    for one in costs:
        assert one.tokens.read >= used[one.role].read
        assert one.tokens.written >= used[one.role].written


def saying(content="", stop="stop", **message):
    """A fault that answers with a message of its own."""

    def answer(body):
        made = json.loads(loopback.completion(body, content, stop))
        made["choices"][0]["message"] |= message
        return loopback.Answer(json.dumps(made).encode(), paid=True)

    return answer


CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (loopback.refused, "refused"),
        (saying("", refusal="I cannot help with that."), "refused"),
        (saying(""), "empty"),
        (saying("<thinking>only this</thinking>"), "empty"),
        (saying("<argument></argument>"), "empty"),
        (saying("", "tool_calls", tool_calls=[CALL]), "tool_calls"),
        (saying("<thinking>so far", "length"), "truncated"),
        (saying("<argument>The record says", "length"), "truncated"),
        (saying("<argument>It was Oak.</argument> And", "length"), ""),
        (saying("word " * 200, "length"), ""),
        (saying("It was Oak."), ""),
    ],
)
def test_a_reply_without_a_speech_has_a_reason(service, oversee, reply, why):
    service.fault = lambda body: (
        reply if body["messages"][0]["content"].startswith("You are Consultant") else None
    )
    found = oversee("consultancy,rounds=1,assignment=fixed")
    (row,) = found.records
    (turn,) = found.transcripts[0].entries
    assert turn.silence == why
    assert row.mute == bool(why)
    assert row.speeches == {
        "consultant": dict.fromkeys(("total", "refused", "tool_calls", "truncated", "empty"), 0)
        | {"total": 1}
        | ({why: 1} if why else {})
    }


def test_a_verdict_that_was_cut_off_is_unread(service, oversee):
    text = "<think>Debater A may be right.\n<verdict>A: 90%\nB: 10%</verdict>"
    service.fault = lambda body: saying(text, "length")
    (row,) = oversee("blind").records
    assert (row.belief, row.judges_unread, row.judges_truncated) == (None, 1, 1)
    assert service.arrived == 2


def test_native_reasoning_is_recorded_and_never_sent(service, oversee):
    def thinking(body):
        made = json.loads(loopback.completion(body))
        made["choices"][0]["message"]["reasoning_content"] = "CANARY"
        return loopback.Answer(json.dumps(made).encode(), paid=True)

    service.fault = lambda body: thinking
    found = oversee("consultancy,rounds=2", "market-making,rounds=2")
    for play in found.transcripts:
        assert all("CANARY" in turn.native_reasoning for turn in play.entries)
        assert not any("CANARY" in turn.to_json()["said"] for turn in play.entries)
    assert len(service.requests) > 8
    assert not any("CANARY" in one.body for one in service.requests)
