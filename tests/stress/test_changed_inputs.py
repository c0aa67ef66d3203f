"""Changed inputs: noise, paraphrases and the order of choices leave the right answer as it is."""

import numpy as np
import pytest

from truing.stress.studies._changed import DRAWS, changed_task, fits, original_order
from truing.tasks import Item, load_task, make_task


def questions():
    items = [Item("a", "2 + 2?", ("4", "5", "3")), Item("b", "It is 1 + 1?", ("3", "2"))]
    return make_task("sums", "multiple choice", items, ["0", "1", "2"], np.array([0, 1])).task


def test_noise_changes_images_a_little_and_each_draw_differently():
    digits = load_task("digits").task
    first, second = (changed_task(digits, "noise", draw).inputs for draw in (0, 1))
    assert np.std(first - digits.inputs) == pytest.approx(0.25 * digits.inputs.std(), rel=0.02)
    assert (first != second).any()


def test_a_paraphrase_changes_the_question_and_not_the_choices():
    texts = {changed_task(questions(), "paraphrase", n).items[1].stem for n in range(3)}
    assert texts == {"In other words: It is 1 + 1?", "it's 1 + 1?", "It is 1 + 1? That is all."}
    assert changed_task(questions(), "paraphrase", 0).items[1].choices == ("3", "2")


def test_beliefs_about_reversed_choices_return_to_their_order():
    task = changed_task(questions(), "order", 0)
    assert [item.choices for item in task.items] == [("3", "5", "4"), ("2", "3")]
    beliefs = np.array([[0.1, 0.2, 0.7], [0.6, 0.4, 0.0]])
    restored = original_order(beliefs, task.choice_counts)
    assert restored.tolist() == [[0.7, 0.2, 0.1], [0.4, 0.6, 0.0]]


@pytest.mark.parametrize(
    ("task", "kinds"), [("digits", ["noise"]), ("questions", ["paraphrase", "order"])]
)
def test_each_change_applies_to_its_kind_of_item(task, kinds):
    items = questions() if task == "questions" else load_task(task).task
    assert [kind for kind in DRAWS if fits(kind, items)] == kinds
