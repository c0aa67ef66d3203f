"""Prover-estimator debate: claims, estimates and challenges, and the claim of the next round."""

from __future__ import annotations

import pytest

from tests.oversight.conftest import EmbeddedHost, ScriptedHost, built, only, run
from truing.errors import UserError
from truing.oversight.protocols import Protocol, Speaker, fill_roles, setups
from truing.oversight.questions import load_questions
from truing.oversight.replies import read_challenge, read_claims, read_estimates

EVEN = "<verdict>A: 50%\nB: 50%</verdict>"


@pytest.mark.parametrize(
    ("said", "claims"),
    [
        ("1. It rained.\n2) It is wet.\n3: No.", ("It rained.", "It is wet.", "No.")),
        ("Reasons:\n  **1.** It rained.", ("It rained.",)),
        ("2. It is wet.", ()),
        ("1. a\n3. c\n2. b", ("a", "b")),
        ("1. a\n2. b\n3. c\n4. d", ("a", "b", "c")),
        ("It rained in 1. April.", ()),
        ("", ()),
    ],
)
def test_claims_are_numbered_lines_in_order(said, claims):
    assert read_claims(said, 3) == claims


@pytest.mark.parametrize(
    ("said", "estimates"),
    [
        ("0: 40%\n1: 97.5%", {0: 0.4, 1: 0.975}),
        ("**1** = 30 %\n2) 0%", {1: 0.3, 2: 0.0}),
        ("1: 30%\n1: 60%", {1: 0.6}),
        ("1: 130%\n2: 0.7", {}),
        ("It rains in 30% of all cases.", {}),
    ],
)
def test_estimates_are_percentages_by_number(said, estimates):
    assert read_estimates(said) == pytest.approx(estimates)


@pytest.mark.parametrize(
    ("said", "challenge"),
    [
        ("Challenge: 2 is too low.", (1, "low")),
        ("I challenge **1**: the estimate is too HIGH.", (0, "high")),
        ("Challenge: 1 is too low. No.\nChallenge: 2 is too high.", (1, "high")),
        ("Challenge: 4 is too low.", None),
        ("Challenge: 0 is too low.", None),
        ("Claim 2 is too low.", None),
    ],
)
def test_a_challenge_names_a_claim_and_a_direction(said, challenge):
    assert read_challenge(said, 3) == challenge


def debating(challenges):
    """The prover divides into r.1 and r.2; the estimator states 60% and 20%."""
    stated = iter(challenges)

    def reply(call):
        number = call.messages[1][1].count('speaker="Challenger"') + 1
        said = {
            "Prover": f"1. part {number}.1\n2. part {number}.2",
            "Estimator": "0: 50%\n1: 60%\n2: 20%",
        }
        if call.seat == "Challenger":
            return next(stated)
        return said.get(call.seat, EVEN)

    return ScriptedHost(reply)


def block(text, name):
    return text.partition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0].split("\n")


def test_the_challenged_subclaim_is_divided_in_the_next_round():
    host = debating(["Challenge: 2 is too low.", "Challenge: 1 is too high."])
    came = run("prover-estimator", host)
    assert [turn.name for turn in came.turns] == ["Prover", "Estimator", "Challenger"] * 2
    prover = host.prompts("Prover", "speech")
    assert [block(one, "claim") for one in prover] == [
        ["The correct answer is A: Fir."],
        ["part 1.2"],
    ]
    estimator = host.prompts("Estimator", "speech")
    assert block(estimator[0], "claims") == ["1. part 1.1", "2. part 1.2"]
    assert block(estimator[1], "claim") == ["part 1.2"]
    challenger = host.prompts("Challenger", "speech")
    assert block(challenger[1], "claims") == [
        "1. part 2.1 (estimate: 60%)",
        "2. part 2.2 (estimate: 20%)",
    ]


def test_a_challenge_that_cannot_be_read_leaves_the_claim():
    host = debating(["I give up.", "I give up."])
    run("prover-estimator", host)
    claims = [block(one, "claim") for one in host.prompts("Prover", "speech")]
    assert claims == [["The correct answer is A: Fir."]] * 2


def test_each_answer_is_the_claim_of_a_separate_play():
    plays = list(setups(built("prover-estimator"), only("blind").question))
    assert [one.argued for one in plays] == [0, 1]
    host = debating(["no", "no"])
    run("prover-estimator", host, plays[1])
    assert block(host.prompts("Prover", "speech")[0], "claim") == ["The correct answer is B: Oak."]


def test_the_judge_reads_the_exchange_and_not_the_hidden_text():
    host = debating(["Challenge: 1 is too low."] * 2)
    came = run("prover-estimator", host)
    (heard,) = host.prompts("Judge", "verdict")
    assert "1. part 1.1" in heard
    assert "1: 60%" in heard
    assert "Challenge: 1 is too low." in heard
    assert "The glove by the gate" not in heard
    assert came.calls == 7


def test_the_debater_plays_prover_and_estimator_without_models():
    filled = fill_roles(built("prover-estimator"), {"judge": "j", "debater": "d"})
    assert {role: name for role, (name, _) in filled.items()} == {
        "prover": "debater",
        "estimator": "debater",
        "judge": "judge",
    }


def test_embedded_agents_play_it_and_the_judge_believes_provers_of_the_truth():
    """Simulated. The estimator knows which quotes exist and which answer the text supports."""
    questions = load_questions("cases,count=40")
    believed = {True: [], False: []}
    for question, truth in zip(questions.questions, questions.truth(), strict=True):
        for setup in setups(built("prover-estimator"), question):
            host = EmbeddedHost(seed=3)
            came = run("prover-estimator", host, setup)
            believed[setup.argued == truth].append(came.verdict[setup.argued])
            estimates = [
                read_estimates(turn.speech.said) for turn in came.turns if turn.name == "Estimator"
            ]
            assert (estimates[0][0] > 0.5) == (setup.argued == truth)
            assert all(one[n] > 0.5 for one in estimates for n in one if n)  # quotes are true
    assert sum(believed[True]) / 40 > sum(believed[False]) / 40 + 0.3


def test_a_forged_quote_gets_a_low_estimate_and_is_challenged():
    host = EmbeddedHost(seed=3, honest=False)
    question = load_questions("cases,count=1,clues=1").questions[0]
    for setup in setups(built("prover-estimator,rounds=1"), question):
        came = run("prover-estimator,rounds=1", host, setup)
        assert "Challenge: " in came.turns[2].speech.said


@pytest.mark.parametrize(
    ("aims", "more", "why"),
    [
        (("estimate", "decompose", "challenge"), {}, "in this order, got estimate, decompose"),
        (("decompose", "challenge"), {}, "in this order, got decompose, challenge"),
        (("decompose", "estimate", "challenge"), {"order": "simultaneous"}, "order must be seque"),
        (("decompose", "estimate", "challenge"), {"assignment": "none"}, "assignment must be fix"),
    ],
)
def test_contradictory_parts_are_refused(aims, more, why):
    speakers = tuple(Speaker(aim, "prover", aim=aim) for aim in aims)
    with pytest.raises(UserError, match=why):
        Protocol(speakers, **{"order": "sequential", "assignment": "both", **more})
