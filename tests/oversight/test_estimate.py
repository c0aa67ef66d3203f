"""Estimates: the calls that will be made, and no fewer tokens, before anything is paid."""

from __future__ import annotations

import pytest

from tests.oversight.conftest import EmbeddedHost, run
from truing.errors import UserError
from truing.oversight import estimate
from truing.oversight.protocols import PROTOCOLS, setups
from truing.oversight.questions import load_questions

QUESTIONS = load_questions("cases,count=4").questions
MODELS = {"debater": ["m/d"], "judge": ["m/j"]}


def played(specification, swap=False):
    """Calls, tokens read and tokens written of the embedded agents."""
    rules, host = PROTOCOLS.build(specification).value, EmbeddedHost()
    for question in QUESTIONS:
        for setup in setups(rules, question, swap):
            run(rules, host, setup)
    read = sum(len(text) for call in host.calls for _, text in call.messages)
    return len(host.calls), read / 4, sum(len(one.text) for one in host.replies) / 4


@pytest.mark.parametrize(
    "specification",
    [
        "blind",
        "expert",
        "debate",
        "debate,order=sequential,rounds=1",
        "consultancy",
        "consultancy,assignment=open",
        "consultancy,assignment=fixed,asks=false",
        "critique",
        "self-critique,rounds=2",
        "propaganda",
        "debate,best_of=3,rounds=2",
        "blind,panel=4",
        "debate,each_round=true,asks=true,panel=2",
        "debate,assignment=open",
        "debate,rounds=1,best_of=2,refine=2,critiques=2",
        "prover-estimator",
        "prover-estimator,assignment=fixed,rounds=1,claims=5",
    ],
)
def test_typical_calls_are_exact_and_no_estimate_is_below_the_actual_usage(specification):
    calls, read, written = played(specification)
    typical = estimate(specification, QUESTIONS, MODELS, typical=True)
    most = estimate(specification, QUESTIONS, MODELS)
    assert sum(one.calls for one in typical) == calls
    assert sum(one.calls for one in most) >= calls
    for costs in (typical, most):
        assert sum(one.tokens.read for one in costs) >= read
        assert sum(one.tokens.written for one in costs) >= written


@pytest.mark.parametrize(
    "specification",
    ["market-making", "market-making,best_of=3", "market-making,rounds=6,best_of=2,panel=2"],
)
def test_a_protocol_that_may_stop_early_is_estimated_in_full(specification):
    calls, _, _ = played(specification)
    rules = PROTOCOLS.build(specification).value
    best = rules.speakers[0].best_of
    whole = rules.rounds * (1 + best + (best if best > 1 else 0)) + rules.judge.panel
    costs = estimate(specification, QUESTIONS, MODELS, typical=True)
    assert sum(one.calls for one in costs) == whole * len(QUESTIONS) >= calls


def test_swapping_doubles_the_calls():
    for specification in ("debate", "consultancy"):
        once, twice = (
            sum(one.calls for one in estimate(specification, QUESTIONS, MODELS, swap, typical=True))
            for swap in (False, True)
        )
        assert 2 * once == twice == played(specification, swap=True)[0]


def _typical(specification, models):
    return estimate(specification, QUESTIONS, models, typical=True)


def test_calls_are_counted_for_the_models_that_make_them():
    models = {"debater": ["m/d"], "judge": ["m/j", "m/k"]}
    costs = {
        one.role: one.calls for one in estimate("debate,rounds=2", QUESTIONS, models, typical=True)
    }
    assert costs == {"debater": 4 * 4, "judge": 2 * 4}
    costs = {
        one.role: one.calls for one in estimate("market-making", QUESTIONS, MODELS, typical=True)
    }
    assert costs == {"debater": 4 * 4, "judge": 4 * 4 + 4}


@pytest.mark.parametrize(
    ("specification", "twice", "once"),
    [
        ("blind,panel=3", 3, 0),
        ("debate,rounds=2", 1, 4),
        ("consultancy,assignment=open", 2, 5),
        ("debate,best_of=2,rounds=1", 5, 4),
        ("market-making,rounds=2", 3, 2),
    ],
)
def test_the_estimate_counts_verdicts_choices_and_forecasts_twice(specification, twice, once):
    costs = estimate(specification, QUESTIONS, MODELS, max_tokens=300)
    assert sum(one.calls for one in costs) == (2 * twice + once) * len(QUESTIONS)
    assert sum(one.tokens.written for one in costs) == 300 * sum(one.calls for one in costs)


def test_a_role_without_a_model_is_reported():
    with pytest.raises(UserError, match="'judge' has no model"):
        estimate("debate", QUESTIONS, {"debater": ["m/d"]})


@pytest.mark.parametrize(
    "specification", ["debate", "debate,rounds=1,best_of=2,refine=1", "market-making", "blind"]
)
@pytest.mark.parametrize("limit", [1, 16, 50, 300])
def test_a_typical_value_is_not_above_the_upper_bound_of_the_same_models(specification, limit):
    models = {"debater": [f"openai/d,max_tokens={limit}"], "judge": ["m/j"]}
    rules = PROTOCOLS.build(specification).value
    for max_tokens in (limit, 2048):
        most, typical = (
            estimate(rules, QUESTIONS, models, max_tokens=max_tokens, typical=kind)
            for kind in (False, True)
        )
        for one, other in zip(typical, most, strict=True):
            assert one.calls <= other.calls
            assert one.tokens.read <= other.tokens.read
            assert one.tokens.written <= other.tokens.written
            if one.role == "debater" or max_tokens == limit:
                assert one.tokens.written <= limit * one.calls


def test_short_replies_are_short_in_later_requests():
    short, long = (
        estimate("debate,rounds=2", QUESTIONS, MODELS, max_tokens=limit, typical=True)
        for limit in (50, 2048)
    )
    for one, other in zip(short, long, strict=True):
        assert one.calls == other.calls
        assert one.tokens.read < other.tokens.read


def test_the_word_limit_bounds_the_typical_replies_of_a_local_model():
    def written(name):
        (one,) = [
            one
            for one in _typical("debate,rounds=1", {"debater": [name], "judge": ["m/j"]})
            if one.role == "debater"
        ]
        return one.tokens.written / one.calls

    bound = 64 + int(1.5 * 150)
    assert bound - 5 < written("hf/some-model") <= bound < written("openai/d")
    assert written("hf/some-model,max_tokens=100") <= 100
    assert written("hf/some-model,max_tokens=2048") == written("openai/d")
