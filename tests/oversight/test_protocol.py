"""Protocols: rules that contradict each other are refused, and every play of a question is made."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.oversight.conftest import QUESTION
from truing.errors import UnknownNameError, UserError
from truing.oversight.protocols import PROTOCOLS, Judge, Limits, Protocol, Speaker, setups
from truing.oversight.questions import load_questions
from truing.oversight.rules import fill_roles
from truing.tasks import Item

ONE, EACH = Speaker("Consultant", "consultant"), Speaker("Debater", "debater", each=True)
CRITIC = Speaker("Critic", "critic", aim="criticize")
MOVER = Speaker("Adversary", "adversary", aim="move")

CONTRADICTIONS = {
    "order must be one of simultaneous, sequential, got 'random'": {"order": "random"},
    "assignment must be one of none, fixed": {"assignment": "some"},
    "aim must be one of argue": {"speakers": (Speaker("A", "a", aim="sing"),)},
    "rounds must be 1 or more, got 0": {"rounds": 0},
    "panel must be 1 or more": {"judge": Judge(panel=0)},
    "words must be 1 or more": {"limits": Limits(words=0)},
    "quotes must be 0 or more, got -1": {"limits": Limits(quotes=-1)},
    "quote_words must be 1": {"limits": Limits(quote_words=0)},
    "best_of must be 1": {"speakers": (Speaker("A", "a", each=True, best_of=0),)},
    "names of speakers must differ": {
        "speakers": (EACH, Speaker("Debater", "critic", "criticize"))
    },
    "either one speaker argues, or one for each answer": {
        "speakers": (ONE, EACH),
        "assignment": "both",
    },
    "assignment must be fixed, both or open, because Consultant argues": {"speakers": (ONE,)},
    "assignment must be none without an arguing speaker": {
        "speakers": (CRITIC,),
        "assignment": "fixed",
    },
    "because every answer has its Debater": {"speakers": (EACH,), "assignment": "both"},
    "settled requires a forecaster": {"settled": 0.1},
    "requires a forecaster": {"speakers": (MOVER,)},
    "unknown speaker 'Critic'; speakers: D": {
        "speakers": (Speaker("D", "d", each=True, hears_reasoning_of=("Critic",)),)
    },
    "unknown speaker 'Consultant'; speakers: none": {
        "judge": Judge(hears_reasoning_of=("Consultant",))
    },
}


@pytest.mark.parametrize("why", CONTRADICTIONS)
def test_contradictory_settings_of_a_protocol_are_refused_in_one_line(why):
    with pytest.raises(UserError, match=why) as told:
        Protocol(**CONTRADICTIONS[why])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("specification", "why"),
    [
        ("debat", "did you mean debate"),
        ("debate,round=2", "no argument 'round'; allowed: order"),
        ("debate,rounds=two", "rounds must be an integer"),
        ("debate,assignment=both", "assignment must be one of none, open, got 'both'"),
        ("consultancy,assignment=none", "must be one of fixed, both, open, got 'none'"),
        ("market-making,rounds=0", r"rounds must lie in \[1, 100\], got 0"),
    ],
)
def test_an_invalid_specification_is_refused(specification, why):
    with pytest.raises(UserError, match=why):
        PROTOCOLS.build(specification)


def test_the_value_none_can_be_typed():
    assert PROTOCOLS.build("debate,assignment=none").value == PROTOCOLS.build("debate").value


def test_a_protocol_in_a_file_is_found(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from truing.oversight.protocols import Protocol, Judge, protocol\n"
        "@protocol('mine')\n"
        "def mine(panel: int = 2) -> Protocol:\n"
        "    'Mine.'\n"
        "    return Protocol(judge=Judge(panel=panel))\n"
    )
    assert PROTOCOLS.build(f"{path}:mine,panel=5").value.judge.panel == 5
    with pytest.raises(UnknownNameError):
        PROTOCOLS.build("mine")


QUESTIONS = load_questions("cases,count=400").questions
THREE = Item("q", "Which?", ("x", "y", "z"))


def arguing(assignment):
    return Protocol((ONE,), assignment=assignment)


def test_each_answer_is_argued_in_a_separate_play():
    made = list(setups(arguing("both"), THREE))
    assert [one.argued for one in made] == [0, 1, 2]
    assert len({one.id for one in made}) == 3


def test_a_fixed_assignment_is_always_the_same_and_fair():
    drawn = [next(setups(arguing("fixed"), one)).argued for one in QUESTIONS]
    assert drawn == [next(setups(arguing("fixed"), one)).argued for one in QUESTIONS]
    assert 160 < sum(drawn) < 240  # four standard errors about 200


@pytest.mark.parametrize("rules", [arguing("open"), Protocol((EACH,)), Protocol()])
def test_an_unassigned_protocol_has_one_play(rules):
    assert [one.argued for one in setups(rules, THREE)] == [None]


def test_swapped_plays_show_the_reverse_order_and_argue_the_same_answers():
    made = list(setups(arguing("both"), THREE, swap=True))
    assert Counter(one.question.choices for one in made) == {("x", "y", "z"): 3, ("z", "y", "x"): 3}
    assert [one.question.choices[one.argued] for one in made] == ["x", "y", "z"] * 2
    assert [one.order[one.argued] for one in made] == [0, 1, 2] * 2
    assert [one.swapped for one in made] == [False] * 3 + [True] * 3
    assert len({one.id for one in made}) == 6


def test_a_swapped_setup_shows_the_choices_in_another_order():
    straight, swapped = setups(Protocol(), QUESTION, swap=True)
    assert straight.question == QUESTION
    assert [swapped.question.choices[i] for i in swapped.order] == list(QUESTION.choices)
    assert (swapped.question.hidden, swapped.question.cluster) == (QUESTION.hidden, "story-1")


@pytest.mark.parametrize(
    ("specification", "roles"),
    [
        ("blind", ("judge",)),
        ("debate", ("debater", "judge")),
        ("critique", ("proposer", "critic", "judge")),
        ("self-critique", ("proposer", "judge")),
        ("market-making", ("adversary", "market", "judge")),
    ],
)
def test_required_roles_are_listed(specification, roles):
    assert PROTOCOLS.build(specification).value.roles == roles


def test_the_debater_and_the_judge_fill_roles_without_a_model():
    rules = PROTOCOLS.build("market-making").value
    filled = fill_roles(rules, {"debater": "d", "judge": ["j1", "j2"]})
    assert filled == {
        "adversary": ("debater", ["d"]),
        "market": ("judge", ["j1", "j2"]),
        "judge": ("judge", ["j1", "j2"]),
    }
    assert fill_roles(rules, {"debater": "d", "judge": "j", "market": "m"})["market"][1] == ["m"]


@pytest.mark.parametrize("bound", [{"judge": "j"}, {"judge": "j", "debater": []}])
def test_a_role_without_a_model_is_named(bound):
    rules = PROTOCOLS.build("consultancy").value
    with pytest.raises(UserError) as found:
        fill_roles(rules, bound)
    assert str(found.value) == (
        "role 'consultant' has no model; add --role consultant=PROVIDER/MODEL or --debater "
        "PROVIDER/MODEL (in Python: consultant=... or debater=...; in Inspect: --model-role "
        "consultant=PROVIDER/MODEL)"
    )
