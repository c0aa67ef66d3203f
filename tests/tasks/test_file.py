"""Tasks from files: three kinds, and one clear line for what is wrong with them."""

import json

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import DataError
from truing.oversight.questions import load_questions
from truing.tasks import load_task


def load(tmp_path, rows, arguments=""):
    return load_task(str(write_jsonl(tmp_path / "items.jsonl", rows)) + arguments)


def truth(source):
    return source.vault.reveal(np.arange(len(source.task)), "score").tolist()


def right_texts(source):
    pairs = zip(source.task.inputs, truth(source), strict=True)
    return [texts[right] for texts, right in pairs]


def test_classification_takes_any_names_as_classes(tmp_path):
    source = load(tmp_path, [{"text": "x", "truth": t} for t in (True, False, True)])
    assert source.task.kind == "classification"
    assert source.task.choices == ("false", "true")
    assert truth(source) == [1, 0, 1]
    assert source.task.ids == ("1", "2", "3")


def test_named_classes_are_the_only_classes_in_that_order(tmp_path):
    rows = [{"text": "x", "truth": t} for t in ("yes", "no", "yes")]
    source = load(tmp_path, rows, ",classes=yes/no/maybe")
    assert source.task.choices == ("yes", "no", "maybe")
    assert truth(source) == [0, 1, 0]
    with pytest.raises(DataError, match="line 4: the truth 'yse' is not a class; allowed: yes, no"):
        load(tmp_path, [*rows, {"text": "x", "truth": "yse"}], ",classes=yes/no")
    for wrong in ("yes", "yes/yes", "yes/"):
        with pytest.raises(DataError, match="two or more different names are needed"):
            load(tmp_path, rows, f",classes={wrong}")


def test_only_a_classification_has_classes_to_name(tmp_path):
    rows = [{"text": "2 + 2?", "choices": ["4", "5"], "truth": 0}]
    with pytest.raises(DataError, match="classes are only for classification"):
        load(tmp_path, rows, ",classes=4/5")


def test_numbered_classes_are_in_numeric_order(tmp_path):
    source = load(tmp_path, [{"text": "x", "truth": t} for t in (10, 9, 2) * 5])
    assert source.task.choices == ("2", "9", "10")


def test_vectors_are_read_as_they_are(tmp_path):
    source = load(tmp_path, [{"vector": [1, 2], "truth": "a"}, {"vector": [3, 4], "truth": "b"}])
    assert source.task.medium == "vectors"
    assert source.task.inputs.tolist() == [[1, 2], [3, 4]]


def test_multiple_choice_takes_an_index_or_the_choice_itself(tmp_path):
    rows = [
        {"text": "2 + 2?", "choices": ["4", "5"], "truth": 0},
        {"text": "2 + 3?", "choices": ["4", "5"], "truth": "5"},
    ]
    source = load(tmp_path, rows)
    assert source.task.kind == "multiple choice"
    assert right_texts(source) == ["2 + 2?\n4", "2 + 3?\n5"]
    assert sorted(source.task.inputs[1]) == ["2 + 3?\n4", "2 + 3?\n5"]


def test_preference_pairs_are_shown_in_an_order_independent_of_the_truth(tmp_path):
    rows = [{"chosen": f"good {i}", "rejected": f"bad {i}"} for i in range(400)]
    source = load(tmp_path, rows)
    answers = truth(source)
    assert source.task.kind == "preference"
    assert 160 < sum(answers) < 240
    assert all(
        "good" in pair[answer] for pair, answer in zip(source.task.inputs, answers, strict=True)
    )


def test_swapping_chosen_and_rejected_shows_the_same_items(tmp_path):
    rows = [{"chosen": f"good {i}", "rejected": f"bad {i}"} for i in range(20)]
    swapped = [{"chosen": row["rejected"], "rejected": row["chosen"]} for row in rows]
    one, other = load(tmp_path, rows), load(tmp_path, swapped)
    assert one.task.fingerprint == other.task.fingerprint
    assert truth(one) == [1 - answer for answer in truth(other)]


def test_other_field_names_can_be_given(tmp_path):
    rows = [{"solution": "x", "correct": i % 2 == 0, "q": i // 2} for i in range(4)]
    source = load(tmp_path, rows, ",text=solution,truth=correct,cluster=q")
    assert truth(source) == [1, 0, 1, 0]
    assert source.task.clusters.tolist() == [0, 0, 1, 1]


WRONG = [
    ('{"text": "a", "truth": 1}\n{"text": ', "line 2: not JSON"),
    ("[1, 2]\n", "line 1: a row must be a JSON object, not list"),
    ("", "is empty; it needs at least one row"),
    ('{"text": "a"}\n', "line 1: no field 'truth'; the row has text; name its column"),
    (
        '{"text": "a", "label": 1}\n',
        "did you mean the column 'label'? Name it with truth=label; drop=true leaves out",
    ),
    (
        '{"text": "a", "answer": "b", "truthful": 1}\n',
        "did you mean the column 'truthful'? Name it with truth=truthful",
    ),
    ('{"truth": 1}\n', "line 1: no field 'text'"),
    (
        '{"id": 1, "text": "a", "truth": 1}\n{"id": 1, "text": "b", "truth": 0}\n',
        "'1' occurs twice",
    ),
    ('{"text": "a", "truth": 1}\n{"text": "b", "truth": 1}\n', "same truth"),
    (
        '{"text": ["a"], "truth": 1}\n',
        "line 1: text must be a text, a number, or a list of messages",
    ),
    ('{"vector": [1, "x"], "truth": 1}\n', "line 1: 'vector' must be a list of numbers"),
    ('{"vector": [1, NaN], "truth": 1}\n', "line 1: the numbers of 'vector' must be finite"),
    (
        '{"vector": [1], "truth": 1}\n{"vector": [1, 2], "truth": 0}\n',
        "line 2: 2 numbers, but the first row has 1",
    ),
    ('{"choices": ["a"], "truth": 0}\n', "line 1: 'choices' must be a list of two or more"),
    ('{"choices": ["a", "b"], "truth": "c"}\n', "line 1: the truth 'c' is not a choice"),
    ('{"choices": ["a", "b"], "truth": 2}\n', "line 1: the truth 2 is not a choice"),
    ('{"choices": ["a", "a"], "truth": "a"}\n', "line 1: the truth 'a' is the text of several"),
    ('{"choices": ["a", "a"], "truth": 0}\n', "line 1: the right choice 'a' occurs twice"),
    ('{"choices": ["a", "b"], "truth": true}\n', "line 1: the truth true is not a choice"),
    ('{"chosen": "a"}\n', "line 1: no field 'rejected'"),
    (
        '{"chosen": "a", "rejected": "a"}\n',
        "line 1: 'chosen' and 'rejected' must be different texts",
    ),
    ('{"text": "a", "truth": [1]}\n', "line 1: the truth must be a name, a number or true/false"),
    ('{"vector": "12", "truth": 1}\n', "line 1: 'vector' must be a list of numbers"),
    ('{"vector": [1e39], "truth": 1}\n', "line 1: the numbers of 'vector' must be finite"),
    ('{"choices": [1, 2], "truth": 0}\n', "line 1: the truth 0 is not a choice"),
    ('{"text": "\\ud800", "truth": 0}\n', "line 1: unusable JSON"),
    ("[" * 100_000 + "\n", "line 1: unusable JSON"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_wrong_line_is_reported_with_its_number(tmp_path, content, message):
    path = tmp_path / "wrong.jsonl"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        load_task(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_items_may_differ_in_their_number_of_choices(tmp_path):
    rows = [{"choices": ["a", "b"], "truth": "b"}, {"choices": ["a", "b", "c"], "truth": 2}]
    source = load(tmp_path, rows)
    assert source.task.choices == ("0", "1", "2")
    assert source.task.choice_counts.tolist() == [2, 3]
    assert source.task.chance_accuracy == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert len(source.task.texts) == 5
    right = [source.task.inputs[i, place] for i, place in enumerate(truth(source))]
    assert right == ["b", "c"]


def test_an_index_beyond_an_items_own_choices_is_refused(tmp_path):
    rows = [{"choices": ["a", "b", "c"], "truth": 2}, {"choices": ["a", "b"], "truth": 2}]
    with pytest.raises(DataError, match="line 2: the truth 2 is not a choice"):
        load(tmp_path, rows)


def test_every_argument_of_a_task_file_is_documented():
    import inspect

    from truing.tasks import _file

    arguments = set(inspect.signature(_file.file).parameters) - {"path", "drop"}
    documented = {name for name in arguments if f"`{name}`" in _file.__doc__}
    assert documented == arguments


def test_a_fingerprint_covers_the_items_and_not_the_truth(tmp_path):
    rows = [{"id": i, "text": f"t{i}", "truth": i % 2} for i in range(4)]
    base = load(tmp_path, rows).task.fingerprint
    other_truth = [{**row, "truth": 1 - row["truth"]} for row in rows]
    assert load(tmp_path, other_truth).task.fingerprint == base
    for change in ({"text": "other"}, {"id": "new"}, {"cluster": "c"}):
        changed = [{**rows[0], **change}, *rows[1:]]
        if "cluster" in change:
            changed[1] = {**changed[1], **change}
        assert load(tmp_path, changed).task.fingerprint != base, json.dumps(change)


def test_a_number_among_numbers_is_the_choice_itself(tmp_path):
    rows = [{"choices": [1, 2], "truth": 2}, {"choices": [2, 1], "truth": 2}]
    assert right_texts(load(tmp_path, rows)) == ["2", "2"]


def test_only_newlines_end_a_line(tmp_path):
    path = tmp_path / "odd.jsonl"
    rows = [{"text": "one\u2028two\u0085three", "truth": i % 2} for i in range(4)]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
    task = load_task(str(path)).task
    assert len(task) == 4
    assert task.inputs[0] == "one\u2028two\u0085three"


def test_an_item_without_an_id_is_named_by_the_number_of_its_row(tmp_path):
    path = tmp_path / "gaps.jsonl"
    path.write_text('{"text": "a", "truth": 0}\n\n{"text": "b", "truth": 1}\n')
    assert load_task(str(path)).task.ids == ("1", "2")  # an empty line is no row


def test_a_task_does_not_contain_the_path_of_its_file(tmp_path):
    source = load(tmp_path, [{"text": "a", "truth": i} for i in range(2)])
    assert str(tmp_path) in source.origin
    assert str(tmp_path) not in str(vars(source.task))


def test_question_and_prompt_are_read_where_there_is_no_text(tmp_path):
    pair = {"chosen": "yes", "rejected": "no"}
    for name in ("question", "prompt"):
        same = load(tmp_path, [pair | {"text": "Is it?"}] * 2)
        source = load(tmp_path, [pair | {name: "Is it?"}, pair | {"text": "Is it?"}])
        assert sorted(source.task.inputs[0]) == ["Is it?\nno", "Is it?\nyes"]
        assert source.task.fingerprint == same.task.fingerprint
        asked = load(tmp_path, [{name: "Is it?", "choices": ["yes", "no"], "truth": 0}])
        assert sorted(asked.task.inputs[0]) == ["Is it?\nno", "Is it?\nyes"]
        classes = load(tmp_path, [{name: f"{i}?", "truth": i} for i in range(2)])
        assert classes.task.inputs.tolist() == ["0?", "1?"]


def test_question_and_prompt_are_ignored_beside_a_text_or_where_another_field_is_named(tmp_path):
    def inputs(row, arguments=""):
        rows = [row | {"truth": i} for i in range(2)]
        return load(tmp_path, rows, arguments).task.inputs[0]

    both = {"question": "why?", "prompt": "Answer."}
    assert inputs(both | {"text": "as it is"}) == "as it is"
    assert inputs(both | {"vector": [1, 2]}).tolist() == [1, 2]
    assert inputs(both, ",text=prompt") == "Answer."
    own = {"choices": ["a", "b"]}
    assert sorted(inputs(own | {"question": "q1"}, ",cluster=question")) == ["a", "b"]


def test_two_fields_that_can_be_the_text_are_refused_with_a_solution(tmp_path):
    rows = [{"question": "a", "prompt": "b", "truth": i} for i in range(2)]
    for arguments in ("", ",drop=true"):
        with pytest.raises(DataError, match=r"'question' and 'prompt' can .* text=question"):
            load(tmp_path, rows, arguments)


def test_a_file_of_questions_is_a_task_file(tmp_path):
    rows = [{"question": f"{i}?", "choices": ["yes", "no"], "truth": 0} for i in range(4)]
    asked = load_questions(str(write_jsonl(tmp_path / "items.jsonl", rows))).questions
    task = load(tmp_path, rows).task
    for item, one in enumerate(asked):
        assert task.own_texts(item) == [f"{one.text}\n{choice}" for choice in one.choices]


@pytest.mark.parametrize("argument", ["text", "truth", "cluster", "id"])
def test_a_missing_named_field_is_refused_with_the_existing_fields(tmp_path, argument):
    rows = [{"id": i, "text": f"{i}", "truth": i % 2, "extra": 1} for i in range(4)]
    told = rf"{argument}=nocol, but no row has 'nocol'; .* first row: id, text, truth, extra"
    with pytest.raises(DataError, match=told):
        load(tmp_path, rows, f",{argument}=nocol")
    with pytest.raises(DataError, match=told):
        load_questions(f"{tmp_path / 'items.jsonl'},{argument}=nocol")


def test_a_row_without_a_named_field_is_reported_by_the_field_name_of_the_file(tmp_path):
    rows = [{"body": "a", "gold": 0, "x": 1}, {"body": "b", "x": 1}]
    with pytest.raises(
        DataError,
        match="line 2: no field 'gold'; the row has body, x; name its column with truth=COLUMN",
    ):
        load(tmp_path, rows, ",text=body,truth=gold")
    with pytest.raises(
        DataError,
        match="line 2: no field 'gold'; the row has body, x; name its column with truth=COLUMN",
    ):
        load_questions(f"{tmp_path / 'items.jsonl'},text=body,truth=gold")


def test_a_file_with_only_dropped_rows_states_their_number_and_the_first_reason(tmp_path):
    rows = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    told = "no usable row: drop=true left out 3 of 3; the first: .*line 1: no field 'truth'"
    with pytest.raises(DataError, match=told):
        load(tmp_path, rows, ",drop=true")
