"""Verdicts by log-probability: a forced choice in both orders."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import log

import numpy as np
import pytest
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Logprob,
    Logprobs,
    ModelOutput,
    TopLogprob,
    get_model,
)

import truing
from tests.oversight.conftest import QUESTION, ScriptedHost, built, only
from truing.errors import NoAnswerError, UserError
from truing.lab import read_oversight
from truing.oversight import PlayOptions, Reply, estimate, play
from truing.oversight.evals._letters import read_letters
from truing.oversight.plays._choosing import both_orders
from truing.oversight.questions import load_questions

LOGPROBS = PlayOptions(verdict="logprobs")
SPEECH = "<argument>The answer is A.</argument>"


def chooses(share):
    """A judge by a function of the request; share is the probability of the digit 1."""
    return lambda call: (
        Reply("1", log_probabilities=(log(share(call)), log(1 - share(call))))
        if call.letters
        else SPEECH
    )


def verdict(rules, host, question=QUESTION):
    return asyncio.run(play(built(rules), only(rules, question), host, LOGPROBS))


def options(call):
    """Answer for which each digit stands."""
    lines = call.messages[-1][1].rpartition("Which answer is correct?\n")[2].splitlines()
    return {line[0]: line[4:].partition(": ")[2] for line in lines if " = " in line}


def test_the_digits_stand_for_the_answers_in_both_orders():
    host = ScriptedHost(chooses(lambda call: 0.5))
    verdict("debate", host)
    judged = [call for call in host.calls if call.letters]
    assert [options(call) for call in judged] == [
        {"1": "Fir", "2": "Oak"},
        {"1": "Oak", "2": "Fir"},
    ]
    assert {call.letters for call in judged} == {"12"}
    assert {call.what for call in judged} == {"verdict"}
    assert all(
        call.messages[-1][1].endswith("Reply with the number only.\n</task>") for call in judged
    )
    first, second = ("\n".join(text for _, text in call.messages) for call in judged)
    assert first.partition("<task>")[0] == second.partition("<task>")[0]


@pytest.mark.parametrize("bias", [-2.0, 0.0, 3.0])
def test_a_preference_for_a_digit_cancels(bias):
    """The odds of the answers are 4 to 1, for every preference."""

    def share(call):
        odds = (4 if options(call)["1"] == "Fir" else 1 / 4) * np.exp(bias)
        return odds / (1 + odds)

    assert verdict("debate", ScriptedHost(chooses(share))).verdict == pytest.approx((0.8, 0.2))


@pytest.mark.parametrize("answers", [2, 3, 5])
def test_without_a_preference_the_belief_is_the_distribution(answers):
    belief = np.random.default_rng(answers).dirichlet(np.ones(answers))
    straight = tuple(range(answers))
    orders = (straight, straight[::-1])
    mass = 0.3  # on the digits; the rest is on other tokens
    found = [[log(mass * belief[place]) for place in order] for order in orders]
    assert both_orders(found, orders) == pytest.approx(belief)


def test_a_reply_without_a_digit_is_unread():
    host = ScriptedHost(lambda call: Reply("I", stop_reason="max_tokens"))
    played = verdict("blind", host)
    assert (played.verdict, played.truncated, played.calls) == (None, 0, 2)


def test_beliefs_after_each_round_and_readers_choose_too():
    host = ScriptedHost(chooses(lambda call: 0.5))
    verdict("debate,rounds=2,best_of=2", host)
    assert {call.seat for call in host.calls if call.letters} == {
        "Judge",
        "reader of Debater A",
        "reader of Debater B",
    }


def test_requests_do_not_depend_on_the_truth(tmp_path):
    """The same questions with the truth swapped: equal bytes of all requests and verdicts."""
    rows = [
        {"question": f"Which is larger in case {i}?", "choices": ["2", "3"], "hidden": f"text {i}"}
        for i in range(3)
    ]

    def requests(truth):
        questions = load_questions(
            truing.Oversight(
                protocols="debate",
                questions=[{**row, "truth": truth} for row in rows],
                judge="truing/judge",
                debater="truing/debater",
            ).questions
        ).questions
        host = ScriptedHost(chooses(lambda call: 0.3))
        beliefs = [verdict("debate", host, one).verdict for one in questions]
        return [replace(call, view=None) for call in host.calls], beliefs

    assert requests("2") == requests("3")


def test_an_embedded_judge_states_the_same_belief_in_both_forms(tmp_path, monkeypatch):
    """The accuracies agree, and only digits are requested."""
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "store"))
    asked = {
        "protocols": ["blind", "expert"],
        "questions": "cases,count=60",
        "judge": "truing/judge,skill=1",
    }
    text = truing.run(truing.Oversight(**asked), out=tmp_path / "text")
    chosen = truing.run(truing.Oversight(**asked, verdict="logprobs"), out=tmp_path / "logprobs")
    beliefs = [[row.belief for row in one.overseen.records] for one in (text, chosen)]
    np.testing.assert_allclose(*beliefs, atol=1e-6)  # a judge of skill 1 misses no clue
    assert {row.calls for row in chosen.overseen.records} == {2}
    assert read_oversight(tmp_path / "logprobs").options == LOGPROBS


def test_the_estimate_counts_both_orders():
    questions = load_questions("cases,count=3").questions
    models = {"judge": ["openai/a"], "debater": ["openai/a"]}
    for typical in (False, True):
        costs = estimate("debate", questions, models, typical=typical, options=LOGPROBS)
        judge = next(one for one in costs if one.role == "judge")
        assert (judge.calls, judge.tokens.written) == (6, 6 * 16)


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-0", "groq/x", "mistral/y"])
def test_a_provider_without_log_probabilities_is_refused_before_any_request(model):
    run = truing.Oversight(
        protocols="blind", questions="cases,count=2", judge=model, verdict="logprobs"
    )
    with pytest.raises(UserError, match=r"returns no log-probabilities; use --verdict text"):
        truing.run(run)


def output(tokens, first="1"):
    """A completion with the most likely tokens of its first position."""
    top = [TopLogprob(token=token, logprob=log(p)) for token, p in tokens.items()]
    content = [Logprob(token=first, logprob=top[0].logprob, top_logprobs=top)] if top else []
    choice = ChatCompletionChoice(
        message=ChatMessageAssistant(content=first), logprobs=Logprobs(content=content)
    )
    return ModelOutput(choices=[choice])


@pytest.fixture(scope="module")
def model():
    return get_model("mockllm/model")


def test_tokens_that_differ_in_spaces_are_one_letter(model):
    found = read_letters(model, output({"1": 0.4, " 1": 0.1, "Ġ2": 0.2, "▁2": 0.1, "A": 0.2}), "12")
    assert np.exp(found) == pytest.approx([0.5, 0.3])


def test_a_letter_that_is_not_listed_counts_with_its_largest_possible_probability(model):
    found = read_letters(model, output({"1": 0.9, "The": 0.06}), "12")
    assert np.exp(found) == pytest.approx([0.9, 0.04])  # the listed tokens leave 0.04
    found = read_letters(model, output({"1": 0.6, "The": 0.01}), "12")
    assert np.exp(found) == pytest.approx([0.6, 0.01])  # no more than the last listed token


def test_a_reply_that_lists_no_letter_is_unread(model):
    assert read_letters(model, output({"The": 0.9, "A": 0.1}), "12") is None


def test_a_provider_that_returns_no_log_probabilities_fails_the_play(model):
    with pytest.raises(NoAnswerError, match="returned no log-probabilities; use --verdict text"):
        read_letters(model, output({}), "12")


def test_a_forced_choice_has_nine_digits(tmp_path):
    row = {"question": "Which?", "choices": [f"answer {i}" for i in range(10)], "truth": 0}
    asked = truing.Oversight(
        protocols="blind", questions=[row], judge="truing/judge", verdict="logprobs"
    )
    with pytest.raises(UserError, match="a question has 10 answers; --verdict logprobs allows at"):
        truing.run(asked, out=tmp_path / "run")
