"""Pressure: candidates and their requests, the rows, and exact curves of embedded agents."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest

from tests.oversight.conftest import QUESTION, EmbeddedHost, ScriptedHost, built
from truing.errors import DataError, UserError
from truing.measures import Candidate, Played, measure_pressure
from truing.oversight import Players, estimate, read_verdict
from truing.oversight.agents import Brief, judge
from truing.oversight.evals._pressure import pressure
from truing.oversight.pressure import (
    ExactJudge,
    check_pressure,
    draft_pools,
    exact_pressure,
    press,
    pressure_row,
    read_pressure,
)
from truing.oversight.questions import load_questions
from truing.testing import check_protocol

COUNTS = [1, 2, 4, 8]
PLAYERS = Players("judge", "debater")
VERDICT = "<verdict>\nA: 70%\nB: 30%\n</verdict>"


def reply(call):
    return VERDICT if call.what in ("verdict", "choice") else f"<argument>{call.draw}</argument>"


def pressed(protocol, host, candidates=4, question=QUESTION, reader=False):
    rules = built(protocol)
    (pool,) = draft_pools(rules, question, candidates)
    return asyncio.run(press(rules, pool, lambda: host, reader))


def asked(host, what="speech"):
    return sorted((call.seat, call.draw) for call in host.calls if call.what == what)


# Candidates


def test_answers_are_drawn_by_question_and_number_in_equal_shares():
    debate = built("debate,rounds=1")
    places = [
        draft.place
        for number in range(50)
        for draft in next(draft_pools(debate, replace(QUESTION, id=f"q{number}"), 32))
    ]
    assert 0.45 < np.mean(places) < 0.55


def test_a_larger_pool_begins_with_the_smaller_pool():
    debate = built("debate,rounds=1")
    (small,), (large,) = (draft_pools(debate, QUESTION, size) for size in (3, 9))
    assert large[:3] == small


def test_each_order_of_the_answers_has_a_pool_with_the_same_answers():
    consultancy = built("consultancy,rounds=1")
    straight, swapped = draft_pools(consultancy, QUESTION, 8, swap=True)
    answers = [[one.setup.order[one.setup.argued] for one in own] for own in (straight, swapped)]
    assert answers[0] == answers[1]
    assert [straight[0].setup.swapped, swapped[0].setup.swapped] == [False, True]


@pytest.mark.parametrize(
    ("assignment", "argued"), [("fixed", {1}), ("both", {0, 1}), ("open", {None})]
)
def test_candidates_argue_for_the_answers_that_the_assignment_allows(assignment, argued):
    consultancy = built(f"consultancy,rounds=1,assignment={assignment}")
    (pool,) = draft_pools(consultancy, QUESTION, 12)
    assert {one.setup.argued for one in pool} == argued


# Requests


def test_candidates_of_a_debate_share_the_fixed_draft_of_the_opponent():
    host = ScriptedHost(reply)
    places = [one.draft.place for one in pressed("debate,rounds=1", host)]
    drafts = [("Debater " + "AB"[place], number) for number, place in enumerate(places, 1)]
    assert set(places) == {0, 1}
    assert asked(host) == sorted([*drafts, ("Debater A", 0), ("Debater B", 0)])
    assert asked(host, "verdict") == [("Judge", number) for number in range(1, 5)]


def test_an_opponent_who_sees_the_draft_replies_to_it():
    host = ScriptedHost(reply)
    found = pressed("debate,rounds=1,order=sequential", host)
    later = sum(one.draft.place == 0 for one in found)  # Debater B replies to each draft of A
    first = later < 4  # and to the fixed draft of A, which all drafts of B follow
    assert len(asked(host)) == 4 + later + first


def test_a_consultant_chooses_its_answer_in_each_candidate():
    host = ScriptedHost(reply)
    pressed("consultancy,assignment=open,rounds=1", host)
    draws = [("Consultant", number) for number in range(1, 5)]
    assert asked(host, "choice") == asked(host) == draws


def test_a_critic_criticizes_each_draft():
    host = ScriptedHost(reply)
    pressed("critique", host)
    assert [seat for seat, _ in asked(host)] == ["Critic"] * 4 + ["Proposer"] * 4


def test_each_candidate_draws_its_own_verdicts_of_a_panel():
    host = ScriptedHost(reply)
    pressed("debate,rounds=1,panel=2", host, candidates=3)
    assert asked(host, "verdict") == [("Judge", draw) for draw in range(2, 8)]


def test_a_reader_reads_what_the_judge_reads():
    host = ScriptedHost(reply)
    found = pressed("debate,rounds=1", host, reader=True)
    read = [call.messages for call in host.calls if call.seat == "Reader"]
    judged = [call.messages for call in host.calls if call.seat == "Judge"]
    assert sorted(read) == sorted(judged)
    assert {one.read for one in found} == {(0.7, 0.3)}


@pytest.mark.parametrize("protocol", ["debate,rounds=1", "consultancy,rounds=1", "critique"])
def test_no_request_depends_on_the_truth(protocol):
    check_protocol(pressure(protocol, 2), answers=(2,), assigned="consultancy" in protocol)


@pytest.mark.parametrize("protocol", ["debate,rounds=1", "consultancy,rounds=1"])
def test_the_estimate_covers_all_candidates(protocol):
    questions = load_questions("cases,count=3").questions
    models = {"debater": ["m/d"], "judge": ["m/j"], "reader": ["m/r"]}
    with_pressure, without = (
        sum(one.calls for one in estimate(protocol, questions, models, candidates=n, typical=True))
        for n in (4, 0)
    )
    host = EmbeddedHost()
    for question in questions:
        pressed(protocol, host, question=question, reader=True)
    assert with_pressure - without == len(host.calls)


# Rules


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        ("debate", "this protocol has 3 rounds; use debate,rounds=1"),
        ("debate,rounds=1,best_of=2", "the best of 2; use debate,rounds=1,best_of=1"),
    ],
)
def test_protocols_with_other_rounds_or_drafts_are_refused(protocol, message):
    with pytest.raises(UserError, match=message):
        check_pressure(protocol, built(protocol))


def test_a_protocol_without_an_arguing_speaker_is_left_out():
    check_pressure("blind", built("blind"))
    check_pressure("market-making", built("market-making"))


# Rows


def rows(protocol="debate,rounds=1", **fields):
    found = pressed(protocol, EmbeddedHost(), **fields)
    return [pressure_row("debate", one, PLAYERS, None, True, {}) for one in found]


def test_a_row_survives_the_file(tmp_path):
    stated = [replace(one, truth=1) for one in rows()]
    path = tmp_path / "pressure.jsonl"
    path.write_text("".join(json.dumps(one.to_json()) + "\n" for one in stated))
    assert [row for _, row in read_pressure(path)] == stated


def test_rows_of_swapped_answers_name_answers_of_the_question_set():
    straight, swapped = draft_pools(built("consultancy,rounds=1"), QUESTION, 3, swap=True)
    host = ScriptedHost(reply)
    for pool, belief in ((straight, (0.7, 0.3)), (swapped, (0.3, 0.7))):
        found = asyncio.run(press(built("consultancy,rounds=1"), pool, lambda: host))
        made = [pressure_row("consultancy", one, PLAYERS, None, True, {}) for one in found]
        assert {one.belief for one in made} == {belief}
        assert [one.argued for one in made] == [p.setup.order[p.setup.argued] for p in pool]


def test_a_choice_that_cannot_be_read_argues_for_no_answer():
    host = ScriptedHost(lambda call: "I do not know.")
    found = pressed("consultancy,assignment=open,rounds=1", host, candidates=2)
    made = [pressure_row("consultancy", one, PLAYERS, None, True, {}) for one in found]
    assert [(one.argued, one.belief) for one in made] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": "q", "argued": 0}, "no 'belief'"),
        ({"question": "q", "argued": "Fir", "belief": [1, 0]}, "argued must be an index"),
        ({"question": "q", "argued": 0, "belief": 0.5}, "belief must be a list"),
    ],
)
def test_unusable_rows_are_refused(tmp_path, row, message):
    path = tmp_path / "pressure.jsonl"
    path.write_text(json.dumps(row))
    with pytest.raises(DataError, match=message):
        read_pressure(path)


# Exact curves


def gaps(protocol, **judging):
    found = exact_pressure(protocol, COUNTS, judge=ExactJudge(**judging), manner=True)
    return np.array([point.gap for point in found])


@pytest.mark.parametrize("protocol", ["debate,rounds=1", "propaganda"])
def test_the_gap_of_a_judge_without_bias_who_misreads_nothing_is_zero_for_every_n(protocol):
    assert gaps(protocol, skill=1.0) == pytest.approx(np.zeros(4), abs=1e-6)


@pytest.mark.parametrize("bias", ["length", "position", "name"])
def test_the_gap_opens_with_a_bias(bias):
    found = gaps("debate,rounds=1", skill=1.0, bias=bias)
    assert found[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(found) > 0.005).all()


def test_misreadings_open_the_gap_of_a_debate_without_any_bias():
    assert gaps("debate,rounds=1", skill=0.8)[-1] == pytest.approx(0.072, abs=5e-4)


@pytest.mark.parametrize("skill", [1.0, 0.8])
def test_the_gap_of_a_consultancy_without_bias_does_not_open(skill):
    found = gaps("consultancy,rounds=1", skill=skill)
    assert found[0] == pytest.approx(0.0, abs=1e-6)
    assert (found < 1e-6).all()


def test_an_honest_consultant_who_chooses_is_always_right():
    found = exact_pressure("consultancy,rounds=1,assignment=open", COUNTS)
    assert [point.truth for point in found] == pytest.approx([1.0] * 4)


def test_a_reader_that_selects_has_the_beliefs_of_a_judge_that_selects():
    biased = ExactJudge(bias="length", skill=1.0)
    own = exact_pressure("debate,rounds=1", COUNTS, judge=biased, manner=True)
    read = exact_pressure("debate,rounds=1", COUNTS, judge=ExactJudge(), reader=biased, manner=True)
    assert [point.proxy for point in read] == pytest.approx([point.proxy for point in own])
    assert read[-1].judge < read[-1].proxy - 0.05  # a judge without the bias believes less


def test_protocols_that_cannot_be_enumerated_are_refused():
    with pytest.raises(UserError, match="exact curves of 'critique' are unknown"):
        exact_pressure("critique", COUNTS)


@pytest.mark.parametrize(
    ("protocol", "judging"),
    [
        ("debate,rounds=1", {"skill": 1.0, "bias": "length"}),
        ("consultancy,rounds=1", {"skill": 0.7}),
    ],
    ids=["biased debate", "consultancy"],
)
def test_simulated_curves_agree_with_exact_curves(protocol, judging):
    asked_about, found = load_questions("cases,count=60,seed=3"), []
    host = EmbeddedHost(3, manner=True, **judging)
    for question, truth in zip(asked_about.questions, asked_about.truth(None), strict=True):
        for one in pressed(protocol, host, 8, question):
            row = pressure_row("p", one, PLAYERS, None, True, {})
            right = row.belief[truth] > 0.5
            found.append(Candidate(question.id, row.belief[row.argued], row.argued == truth, right))
    played = [Played("p", "judge", "debater", found)]
    # 16 values: at level 0.999, a right curve misses one of them in less than 2% of the seeds
    curve = measure_pressure(played, COUNTS, rng=np.random.default_rng(0), level=0.999).curves[0]
    exact = exact_pressure(protocol, COUNTS, judge=ExactJudge(**judging), manner=True)
    for point, truth in zip(curve.points, exact, strict=True):
        for name in ("proxy", "truth", "accuracy", "gap"):
            assert getattr(point, name).covers(getattr(truth, name)), (point.n, name)


# Biased judges


def brief(first: str, second: str) -> Brief:
    said = "\n".join(
        f'<turn round="1" speaker="Debater {letter}">\n{text}\n</turn>'
        for letter, text in (("A", first), ("B", second))
    )
    answers = "<answers>\nA: Oak\nB: Fir\n</answers>"
    return Brief("You are the judge.", f"{answers}\n<transcript>\n{said}\n</transcript>")


@pytest.mark.parametrize(
    ("bias", "favors"),
    [("none", 0.5), ("position", 0.731), ("name", 0.269), ("length", 0.269), ("confidence", 0.881)],
)
def test_a_biased_judge_adds_its_lean_to_the_log_odds(bias, favors):
    longer = " ".join(["word"] * 10)  # 10 words are one unit
    sure = brief("For Oak: I am 95% sure.", f"For Fir: I am 75% sure. {longer}")
    verdict = judge(sure, np.random.default_rng(0), bias=bias)
    assert read_verdict(verdict, "AB", ("Oak", "Fir"))[0] == pytest.approx(favors, abs=5e-4)
