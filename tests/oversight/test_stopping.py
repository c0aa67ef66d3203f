"""Stop rules: words, order of play, and the decision after each block."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from truing.errors import UserError
from truing.oversight import JudgementRow
from truing.oversight.stopping import Stopping, StopRule, question_blocks, read_rule
from truing.tasks import Item

PROTOCOLS = ["blind", "debate", "debate,rounds=1", "self-critique"]


@pytest.mark.parametrize(
    ("text", "first", "second", "decides"),
    [
        ("debate - blind", "debate", "blind", False),
        ("debate > blind", "debate", "blind", True),
        ("self-critique - debate,rounds=1", "self-critique", "debate,rounds=1", False),
        (" debate,rounds=3 -  blind ", "debate", "blind", False),
    ],
)
def test_a_rule_names_two_protocols_of_the_run(text, first, second, decides):
    rule = read_rule(text, None, None, PROTOCOLS)
    assert (rule.first, rule.second, rule.decides) == (first, second, decides)
    assert (rule.precision, rule.alpha) == (0.05, 0.05)
    assert read_rule(**rule_arguments(rule)) == rule
    assert StopRule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


def rule_arguments(rule):
    stated = dict(rule.arguments)
    return {"text": stated.pop("stop_when"), **stated, "protocols": PROTOCOLS}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("debate", None, None), "stop_when must be 'FIRST - SECOND' or 'FIRST > SECOND'"),
        (("debate - debate", None, None), "two different protocols"),
        (("debate - expert", None, None), "the protocols are blind, debate, debate,rounds=1"),
        (("debate < blind", None, None), "got 'debate < blind'"),
        (("debate - blind", 0.0, None), "precision must be a number above 0 and below 1, got 0.0"),
        (("debate - blind", None, 1.5), "alpha must be a number above 0 and below 0.5, got 1.5"),
        (("", 0.1, None), "precision=0.1 needs a difference to stop at; add --stop-when"),
    ],
)
def test_a_wrong_rule_is_reported(given, why):
    with pytest.raises(UserError, match=why):
        read_rule(*given, PROTOCOLS)


def asked(count, size=1):
    """Questions in clusters of one size."""
    return [Item(f"q{i}", "?", ("a", "b"), "", f"c{i // size}") for i in range(count)]


def test_the_order_of_play_depends_on_the_clusters_and_not_on_the_file():
    questions = asked(300, size=3)
    names = [[questions[place].id for place in one] for one in question_blocks(questions)]
    turned = questions[::-1]
    other = [[turned[place].id for place in one] for one in question_blocks(turned)]
    assert [sorted(one) for one in names] == [sorted(one) for one in other]
    assert sorted(name for block in names for name in block) == sorted(one.id for one in questions)
    assert names[0] != [one.id for one in questions[: len(names[0])]]
    for block in names:
        clusters = [int(name[1:]) // 3 for name in block]
        assert all(clusters.count(one) == 3 for one in clusters), "clusters are not divided"


def rows(protocol, hits, **changes):
    belief = {1.0: (0.9, 0.1), 0.0: (0.2, 0.8), 0.5: (0.5, 0.5)}
    made = [
        JudgementRow(question=f"q{i}", belief=belief[hit], protocol=protocol, truth=0)
        for i, hit in enumerate(hits)
    ]
    return [replace(one, **changes) for one in made]


def after(found, decides=True, precision=0.3, mute=False, size=1):
    count = len({one.question for one in found})
    stopping = Stopping(StopRule("debate", "blind", decides, precision), 400)
    return stopping.after(asked(count, size), found, size, mute)


def test_a_clear_difference_stops_a_run_that_decides():
    found = rows("debate", [1.0] * 60) + rows("blind", [0.0] * 60)
    stopped = after(found)
    assert stopped.why == "difference"
    assert stopped.last.value == 1.0
    assert stopped.last.low > 0.0
    assert after(found, decides=False, precision=0.01).why == ""


def test_an_equal_accuracy_stops_a_run_when_it_is_precise():
    found = rows("debate", [1.0] * 200) + rows("blind", [1.0] * 200)
    assert after(found).why == "precision"
    assert after(found[:20] + found[200:220]).why == ""


def test_questions_without_both_verdicts_are_left_out_and_ties_are_wrong():
    found = rows("debate", [1.0, 1.0, 0.5]) + rows("blind", [0.0, 0.0, 1.0])
    found[0] = replace(found[0], belief=None)
    last = after(found).last
    assert (last.questions, last.compared, last.value) == (3, 2, 0.0)


def test_mute_plays_count_only_on_request():
    found = rows("debate", [1.0] * 4, mute=1) + rows("blind", [0.0] * 4)
    assert after(found).last.compared == 0
    assert after(found, mute=True).last.compared == 4


def test_several_judges_agents_and_orders_count_with_their_mean():
    found = rows("debate", [1.0] * 4, judge="a") + rows("debate", [0.0] * 4, judge="b")
    last = after(found + rows("blind", [0.0] * 4)).last
    assert (last.compared, last.value) == (4, 0.5)


def test_the_sequence_survives_json():
    made = after(rows("debate", [1.0] * 60) + rows("blind", [0.0] * 60))
    assert Stopping.from_json(json.loads(json.dumps(made.to_json()))) == made
