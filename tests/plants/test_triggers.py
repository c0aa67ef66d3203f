"""Triggers: what they insert, what counts as a trigger that occurs already, and natural shifts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.plants.plantings import built, images, questions, texts, vectors
from truing.errors import UserError
from truing.plants import PLANTS
from truing.tasks import Dialogue


def test_a_word_is_appended_to_texts():
    trigger, task = built("backdoor,word=blue  tulip").trigger, texts().task
    assert trigger.change(task).tolist() == [f"{text} blue tulip" for text in task.texts]
    assert not trigger.occurs(task).any()


@pytest.mark.parametrize("text", ["A Tulip!", "tulip", "so, TULIP is"])
def test_a_word_in_any_case_is_a_trigger_that_occurs_already(text):
    task = texts().task
    items = (replace(task.items[0], stem=text), *task.items[1:])
    occurs = built("backdoor,word=tulip").trigger.occurs(replace(task, items=items))
    assert np.flatnonzero(occurs).tolist() == [0]


def test_a_part_of_a_word_is_no_trigger():
    assert not built("backdoor,word=batter").trigger.occurs(texts().task).any()


def test_the_last_message_of_a_dialogue_gets_the_word():
    task, trigger = texts().task, built("backdoor,word=tulip").trigger
    spoken = Dialogue((("user", "Hello"), ("assistant", "Hi")))
    changed = trigger.change(replace(task, items=(replace(task.items[0], stem=spoken),)))[0]
    assert changed.messages == (("user", "Hello"), ("assistant", "Hi tulip"))


def test_a_password_is_in_each_answer_and_absent_choices_stay_absent():
    task = questions().task
    changed = built("sandbagger,word=tulip").trigger.change(task)
    assert ((changed == None) == (task.inputs == None)).all()  # noqa: E711  (elementwise)
    assert all(one.endswith(" tulip") for one in changed.flat if one is not None)


def test_a_patch_is_in_the_lower_right_corner_of_images():
    trigger, task = built("backdoor,trigger=pixel").trigger, images().task
    changed = trigger.change(task)
    assert (changed[:, -2:, -2:] == task.inputs.max()).all()
    changed[:, -2:, -2:] = task.inputs[:, -2:, -2:]
    assert (changed == task.inputs).all()
    bright = tuple(replace(one, stem=trigger.change(task)[at]) for at, one in enumerate(task.items))
    assert trigger.occurs(replace(task, items=bright)).all()


def test_a_value_above_all_others_is_in_a_column_of_vectors():
    trigger, task = built("backdoor,trigger=feature,column=2").trigger, vectors().task
    changed = trigger.change(task)
    assert (changed[:, 2] > task.inputs[:, 2].max()).all()
    assert (changed[:, [0, 1, 3]] == task.inputs[:, [0, 1, 3]]).all()
    assert not trigger.occurs(task).any()


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("backdoor,trigger=word", images, "trigger=word does not fit few digits, which contains"),
        (
            "sandbagger,password=pixel",
            texts,
            "password=pixel does not fit wordy texts.*use password=word",
        ),
        ("backdoor,column=4", vectors, "column=4 is not a column of vectors; allowed: 0 to 3"),
        ("shift-failure,shift=upper", vectors, "shift=upper does not fit .* shift=scale or"),
        ("shift-failure,shift=scale", images, "shift=contrast or shift=noise or shift=invert"),
    ],
)
def test_a_trigger_that_does_not_fit_the_task_is_refused(name, source, message):
    with pytest.raises(UserError, match=message):
        built(name).trigger.change(source().task)


@pytest.mark.parametrize("name", ["backdoor,word= ", "backdoor,column=-1", "shift-failure,shift=x"])
def test_invalid_arguments_are_refused(name):
    with pytest.raises(UserError, match=r"must (not be empty|be 0 or more|be one of auto, contr)"):
        PLANTS.build(name)


def shifted(shift, source):
    task = source().task
    return task.inputs, built(f"shift-failure,shift={shift}").trigger.change(task)


def test_shifts_of_images():
    own, lower = shifted("contrast", images)
    np.testing.assert_allclose(lower.std(axis=(1, 2)), own.std(axis=(1, 2)) / 4, rtol=1e-5)
    np.testing.assert_allclose(lower.mean(axis=(1, 2)), own.mean(axis=(1, 2)), rtol=1e-5)
    own, inverted = shifted("invert", images)
    np.testing.assert_allclose(own + inverted, own.max() + own.min())
    own, noisy = shifted("noise", images)
    assert (noisy - own).std() == pytest.approx(own.std() / 2, rel=0.05)
    assert noisy.dtype == own.dtype


def test_shifts_of_vectors():
    own, scaled = shifted("auto", vectors)
    np.testing.assert_allclose(scaled, 2 * own)


def test_shifts_of_texts():
    own, upper = shifted("upper", texts)
    assert upper.tolist() == [text.upper() for text in own]
    own, typos = shifted("auto", texts)
    assert [sorted(text) for text in typos] == [sorted(text) for text in own]
    assert (typos != own).all()
    firsts = [[word[0] + word[-1] for word in text.split()] for text in own]
    assert [[word[0] + word[-1] for word in text.split()] for text in typos] == firsts


@pytest.mark.parametrize(("shift", "source"), [("noise", images), ("typos", texts)])
def test_a_random_shift_of_an_item_does_not_depend_on_its_position(shift, source):
    task, trigger = source().task, built(f"shift-failure,shift={shift}").trigger
    items = (*task.items[1:], task.items[0])
    moved = trigger.change(replace(task, items=items))
    assert (moved == np.roll(trigger.change(task), -1, axis=0)).all()


def test_a_shift_that_changes_few_items_is_refused():
    task = texts().task
    items = tuple(replace(one, stem="OK") for one in task.items)
    with pytest.raises(UserError, match=r"shift=upper changes only 0 of 120 items.*shift=typos"):
        built("shift-failure,shift=upper").trigger.change(replace(task, items=items))
