"""Question files: nobody can tell the truth from the order in which the answers are shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import write_jsonl
from truing.errors import DataError, UnknownNameError
from truing.oversight.questions import load_questions, make_questions
from truing.tasks import Item, hidden_order

texts = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=6, unique=True)


def loaded(tmp_path, *rows, arguments=""):
    return load_questions(str(write_jsonl(tmp_path / "asked.jsonl", list(rows))) + arguments)


def right_answers(found):
    return [one.choices[t] for one, t in zip(found.questions, found.truth(), strict=True)]


@given(texts, st.randoms(use_true_random=False), st.data())
def test_the_order_shown_is_independent_of_the_file_order_and_the_truth(choices, random, data):
    mixed = random.sample(choices, len(choices))
    right = data.draw(st.sampled_from(choices))
    wrong = data.draw(st.sampled_from(choices))
    shown = []
    for order, truth in ((choices, right), (mixed, right), (choices, wrong)):
        asked = Item("q", "Which?", tuple(order))
        made = make_questions("set", [asked], [order.index(truth)])
        shown.append(made.questions)
        assert right_answers(made) == [truth]
    assert shown[0] == shown[1] == shown[2]


def test_the_right_answer_written_first_is_shown_first_half_of_the_time():
    first = [hidden_order((f"right {i}", f"wrong {i}"), f"{i}?")[0] for i in range(2000)]
    assert abs(sum(first) / 2000 - 0.5) < 0.045  # four standard errors


def test_pairs_may_be_written_as_chosen_and_rejected(tmp_path):
    pair = {"question": "Better?", "chosen": "kind", "rejected": "rude"}
    found = loaded(tmp_path, pair)
    swapped = loaded(tmp_path, pair | {"chosen": "rude", "rejected": "kind"})
    assert found.questions == swapped.questions
    assert right_answers(found) == ["kind"]
    assert right_answers(swapped) == ["rude"]


@pytest.mark.parametrize(
    ("choices", "truth", "right"),
    [
        (["left", "right"], "right", "right"),
        (["left", "right"], 0, "left"),
        (["true", "false"], True, "true"),
        ([True, False], False, "false"),
        ([3, 4, 5], 4, "4"),
        (["72", "18"], 72, "72"),
        (["1.5", "2"], 1.5, "1.5"),
        ([1, 2], "2", "2"),
        (["10", "1"], 1, "1"),
        (["left", "right"], 1.0, "right"),
        (["left", "right"], "B", "right"),
    ],
)
def test_a_truth_is_a_choice_or_an_index(tmp_path, choices, truth, right):
    found = loaded(tmp_path, {"question": "Which?", "choices": choices, "truth": truth})
    assert right_answers(found) == [right]


@pytest.mark.parametrize(
    ("choices", "truth"),
    [([1, 2], True), ([True, False], 1), (["a", "b"], True), (["a", "b"], 0.5), ([1, 2], 0)],
)
def test_booleans_and_indices_of_numeric_choices_are_refused(tmp_path, choices, truth):
    with pytest.raises(DataError, match="is not a choice"):
        loaded(tmp_path, {"question": "Which?", "choices": choices, "truth": truth})


def test_a_number_that_may_be_text_or_index_is_refused(tmp_path):
    with pytest.raises(DataError, match="line 1: the truth 1 is ambiguous"):
        loaded(tmp_path, {"question": "How many?", "choices": ["1", "0"], "truth": 1})


def test_solutions_are_judged_with_the_answers_that_occur_in_the_file(tmp_path):
    rows = [
        {"question": f"2 + {i}?", "solution": f"It is {i}.", "correct": i == 2, "cluster": i}
        for i in range(3)
    ]
    found = loaded(tmp_path, *rows, arguments=",text=solution,truth=correct")
    assert all(sorted(one.choices) == ["false", "true"] for one in found.questions)
    assert right_answers(found) == ["false", "false", "true"]
    assert found.questions[1].text == "2 + 1?\n\nIt is 1."
    assert [one.cluster for one in found.questions] == ["0", "1", "2"]
    assert [one.id for one in found.questions] == ["1", "2", "3"]


BAD = {
    "line 1: no field 'truth'": {"question": "?", "choices": ["a", "b"]},
    "line 1: no field 'question'": {"choices": ["a", "b"], "truth": "a"},
    "list of two or more": {"question": "?", "choices": ["a"], "truth": "a"},
    "must be a list": {"question": "?", "choices": "ab", "truth": "a"},
    "the same choice twice": {"question": "?", "choices": ["a", "b", "b"], "truth": "a"},
    "has 27 choices": {
        "question": "?",
        "choices": list("abcdefghijklmnopqrstuvwxyz1"),
        "truth": "a",
    },
    "has 1 choices": {"question": "?", "truth": "a"},
    "truth 'c' is not a choice": {"question": "?", "choices": ["a", "b"], "truth": "c"},
    "index from 0 to 1": {"question": "?", "choices": ["a", "b"], "truth": 2},
    "truth \\['a'\\] is not a choice": {"question": "?", "choices": ["a", "b"], "truth": ["a"]},
    "must be a text, a number": {"question": {"no": 1}, "choices": ["a", "b"], "truth": "a"},
    "no field 'rejected'": {"question": "?", "chosen": "a"},
}


@pytest.mark.parametrize("why", BAD)
def test_an_unusable_line_is_reported_in_one_line(tmp_path, why):
    with pytest.raises(DataError, match=why) as told:
        loaded(tmp_path, BAD[why])
    assert "\n" not in str(told.value)


def test_ids_are_unique(tmp_path):
    row = {"id": 7, "question": "?", "choices": ["a", "b"], "truth": "a"}
    with pytest.raises(DataError, match="'7' occurs twice"):
        loaded(tmp_path, row, row)


def test_a_missing_file_and_an_unknown_set_are_reported(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        load_questions(str(tmp_path / "none.jsonl"))
    with pytest.raises(UnknownNameError, match="cases"):
        load_questions("case,count=3")


def test_generated_cases_are_simulated_and_equal_for_equal_seeds():
    first, again = load_questions("cases,count=50"), load_questions("cases,count=50")
    other = load_questions("cases,count=50,seed=1")
    assert first.questions == again.questions != other.questions
    assert first.simulated
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_the_truth_of_a_case_has_most_of_its_clues():
    found = load_questions("cases,count=300,clues=5")
    for one, right in zip(found.questions, right_answers(found), strict=True):
        pointed = [one.hidden.count(f"points to {name}.") for name in one.choices]
        assert sum(pointed) == 5
        assert one.choices[pointed.index(max(pointed))] == right
    assert 0.4 < found.truth().mean() < 0.6


def test_the_set_shows_no_truth(tmp_path):
    found = loaded(tmp_path, {"question": "?", "choices": ["a", "b"], "truth": "a"})
    assert "truth" not in json.dumps([vars(one) for one in found.questions])
    assert repr(found.vault) == "<Vault, 0 accesses>"
