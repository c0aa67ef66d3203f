"""Settings of models and verdicts by log-probability, as a service receives and answers them."""

from __future__ import annotations

import json

import numpy as np

import truing
from tests.oversight import loopback

MODEL = "openai-api/loopback"
WARM = f"{MODEL}/debater,temperature=0.5,max_tokens=77"
COLD = f"{MODEL}/judge,top_p=0.9,seed=5"


def sent(service, model: str) -> list[dict]:
    """The requests that a model received."""
    bodies = [json.loads(one.body) for one in service.requests]
    return [body for body in bodies if body["model"] == model]


def oversee(folder, **changes):
    run = truing.Oversight(
        **{"protocols": "debate,rounds=1", "questions": "cases,count=2", "judge": COLD} | changes
    )
    return truing.run(run, out=folder)


def test_every_role_sends_its_own_settings(service, tmp_path):
    found = oversee(tmp_path / "run", debater=WARM)
    for body in sent(service, "debater"):
        assert (body["temperature"], body["max_tokens"], body.get("seed")) == (0.5, 77, None)
    for body in sent(service, "judge"):
        assert (body["top_p"], body["max_tokens"], body["seed"]) == (0.9, 2048, 5)
    row = found.overseen.records[0]
    assert (row.judge, row.agent) == (COLD, WARM)


def test_other_settings_are_other_replies_in_the_cache(service, tmp_path):
    oversee(tmp_path / "a", debater=WARM)
    first = len(service.requests)
    oversee(tmp_path / "b", debater=WARM)
    assert len(service.requests) == first, "all replies are cached"
    oversee(tmp_path / "c", debater=WARM.replace("0.5", "0.6"))
    assert len(sent(service, "debater")) == 8


def test_draws_of_a_model_with_a_seed_have_consecutive_seeds(service, tmp_path):
    oversee(tmp_path / "run", protocols="debate,rounds=1,best_of=3", debater=f"{WARM},seed=7")
    assert {body["seed"] for body in sent(service, "debater")} == {7, 8, 9}


def test_log_probabilities_come_over_http(service, tmp_path):
    """The service lists each digit twice, with and without a space."""
    judged = {"protocols": ["blind", "expert"], "verdict": "logprobs", "questions": "cases,count=6"}
    real = oversee(tmp_path / "real", **judged)
    embedded = oversee(tmp_path / "embedded", **judged | {"judge": "truing/judge,skill=1"})
    pairs = zip(real.overseen.records, embedded.overseen.records, strict=True)
    assert all(np.allclose(one.belief, other.belief) for one, other in pairs)
    bodies = sent(service, "judge")
    assert len(bodies) == 24
    assert {(one["logprobs"], one["top_logprobs"], one["max_tokens"]) for one in bodies} == {
        (True, 20, 16)
    }


def test_a_service_without_log_probabilities_fails_the_plays_in_one_line(
    service, tmp_path, monkeypatch
):
    monkeypatch.setattr(loopback, "_logprobs", lambda body: None)
    found = oversee(tmp_path / "run", protocols="blind", verdict="logprobs").overseen
    assert found.records == ()
    assert found.failures[0][2].endswith("or another judge")
    assert "returned no log-probabilities; use --verdict text" in found.failures[0][2]
