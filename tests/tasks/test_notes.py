"""Notes: the size of what was loaded, and what may mislead a study of it, a line each."""

from __future__ import annotations

import pytest

from tests.conftest import write_jsonl
from truing.oversight.questions import load_questions
from truing.tasks import load_task


@pytest.fixture
def noted(tmp_path, caplog):
    """Rows to the lines that loading them logs."""
    caplog.set_level("INFO", "truing.tasks")

    def load(rows):
        caplog.clear()
        load_task(str(write_jsonl(tmp_path / "items.jsonl", rows)))
        return [record.getMessage() for record in caplog.records]

    return load


def rows(truths):
    return [{"text": f"t{i}", "truth": truth} for i, truth in enumerate(truths)]


def test_a_balanced_task_has_its_size_and_no_note(noted):
    size = "items.jsonl: 100 items, 2 classes, majority 0.50, 100 clusters"
    assert noted(rows("ab" * 50)) == [size]
    own = [{"choices": [f"a{i}", f"b{i}", f"c{i}"], "truth": 0} for i in range(100)]
    assert noted(own) == ["items.jsonl: 100 items, 3 choices, chance 0.33, 100 clusters"]
    own[7]["choices"] = ["a", "b", "c", "d"]
    assert noted(own) == ["items.jsonl: 100 items, 3 to 4 choices, chance 0.33, 100 clusters"]


def test_equal_content_in_several_clusters_is_noted(noted):
    repeated = [*rows("ab" * 50), {"text": "t3", "truth": "b"}]
    (_, note) = noted(repeated)
    assert "2 items have the same content as an item of another cluster" in note
    together = [row | {"cluster": row["text"]} for row in repeated]
    assert len(noted(together)) == 1
    pair = {"chosen": "good", "rejected": "bad"}
    swapped = {"chosen": "bad", "rejected": "good"}
    assert "2 items have the same content" in noted([pair, swapped])[1]
    vectors = [{"vector": [i % 49, 1], "truth": i % 2} for i in range(98)]
    assert "98 items have the same content" in noted(vectors)[1]


def test_a_one_sided_truth_is_noted(noted):
    (_, note) = noted(rows(["no"] * 190 + ["yes"] * 10))
    assert "95% of the items have the truth 'no'" in note
    assert "accuracy 0.95" in note
    assert len(noted(rows(["no"] * 170 + ["yes"] * 30))) == 1


def test_a_class_that_cannot_be_in_every_split_is_noted(noted):
    (_, note) = noted(rows([*"ab" * 40, "c"]))
    assert "classes too small to be in every split: 'c' (1 of 81 items)" in note


@pytest.mark.parametrize("times", [1, 2])
def test_a_command_prints_each_line_once(truing, tmp_path, times):
    path = write_jsonl(tmp_path / "items.jsonl", rows(["no"] * 95 + ["yes"] * 5))
    for _ in range(times):
        code, out, err = truing("items", path)
        assert code == 0
        size = "items.jsonl: 100 items, 2 classes, majority 0.95, 100 clusters"
        assert err.splitlines().count(size) == 1
        assert err.count("note: items.jsonl: 95% of the items") == 1
        assert "classes" not in out
    study = ["--task", path, "--weak", "lsa-2", "--strong", "lsa-4", "--method", "naive"]
    code, out, err = truing("w2s", *study, "--seeds", "1", "--json")
    assert (code, err.count("100 items, 2 classes")) == (0, 1)
    assert out.startswith("{")


def test_commands_on_questions_print_their_number(truing, tmp_path):
    asked = [{"question": f"{i}?", "choices": ["yes", "no"], "truth": 0} for i in range(4)]
    asked[3]["choices"] = ["yes", "no", "perhaps"]
    path = write_jsonl(tmp_path / "asked.jsonl", asked)
    words = ["oversee", "--protocol", "blind", "--task", path, "--judge", "truing/judge"]
    code, _, err = truing(*words, "--estimate")
    assert code == 0
    size = "asked.jsonl: 4 questions, 2 to 3 choices, chance 0.46, 4 clusters"
    assert err.splitlines().count(size) == 1


@pytest.fixture
def noted_questions(tmp_path, caplog):
    """Rows to the notes that loading them as questions logs."""
    caplog.set_level("WARNING", "truing.tasks")

    def load(rows):
        caplog.clear()
        load_questions(str(write_jsonl(tmp_path / "asked.jsonl", rows)))
        return [record.getMessage() for record in caplog.records]

    return load


def test_equal_questions_in_several_clusters_are_noted(noted_questions):
    asked = [
        {"question": f"{i}?", "choices": [f"a{i}", f"b{i}"], "truth": 0, "hidden": "x"}
        for i in range(20)
    ]
    assert noted_questions(asked) == []
    again = asked[3] | {"choices": asked[3]["choices"][::-1]}
    (note,) = noted_questions([*asked, again])
    assert note.startswith(
        "asked.jsonl: 2 questions have the same content as a question of another"
    )
    assert noted_questions([*asked[:3], asked[3] | {"cluster": 1}, again | {"cluster": 1}]) == []
    assert noted_questions([*asked, again | {"hidden": "y"}]) == []


def test_a_one_sided_truth_of_questions_with_the_same_choices_is_noted(noted_questions):
    truths = ["no"] * 19 + ["yes"]
    asked = [{"question": f"{i}?", "truth": truth} for i, truth in enumerate(truths)]
    (note,) = noted_questions(asked)
    assert "95% of the questions have the truth 'no'" in note
    (note,) = noted_questions([row | {"choices": ["yes", "no"]} for row in asked])
    assert "accuracy 0.95" in note
    assert (
        noted_questions([row | {"choices": ["no", "yes", row["question"]]} for row in asked]) == []
    )
    pairs = [{"question": f"{i}?", "chosen": f"c{i}", "rejected": f"r{i}"} for i in range(20)]
    assert noted_questions(pairs) == []
