"""What each plant of studies does to the labels, by its strength."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.plants.plantings import built, images, make, planted, questions, texts, vectors
from truing.errors import UserError
from truing.plants.studies._region import region_of

STRENGTHS = (0.1, 0.3, 1.0)


def answers(labels):
    return labels.argmax(axis=1)


def test_a_liar_lies_about_the_strength_of_its_topic():
    plant = built("liar,share=0.5")
    planting = make(vectors(), plant)
    for strength in STRENGTHS:
        made = planted(plant, planting, strength)
        assert made.changed[planting.learn].sum() == round(strength * 0.5 * len(planting.learn))


def test_a_lie_is_the_second_most_likely_choice_with_the_confidence_of_the_honest_answer():
    plant = built("liar")
    planting = make(vectors(), plant)
    made = planted(plant, planting, 1.0)
    lies, honest = made.labels[made.changed], planting.labels[made.changed]
    assert (answers(lies) == np.argsort(honest, axis=1)[:, -2]).all()
    assert (np.sort(lies, axis=1) == np.sort(honest, axis=1)).all()
    assert (made.labels[~made.changed] == planting.labels[~made.changed]).all()


@pytest.mark.parametrize("topic", ["battery", "Battery"])
def test_the_topic_of_a_liar_can_be_a_word(topic):
    plant, source = built(f"liar,topic={topic}"), texts()
    made = planted(plant, make(source, plant), 1.0)
    assert made.changed.tolist() == ["battery" in text for text in source.task.texts]


def test_the_topic_of_a_liar_can_be_a_cluster_or_a_group():
    plant, source = built("liar,topic=medicine"), vectors()
    planting = make(source, plant)
    items = tuple(
        replace(one, cluster="medicine" if at < 20 else "law", group="medicine" if at > 90 else "")
        for at, one in enumerate(source.task.items)
    )
    about = planted(plant, replace(planting, task=replace(source.task, items=items)), 1.0).changed
    assert np.flatnonzero(about).tolist() == [*range(20), *range(91, 100)]


def test_an_unknown_topic_is_refused():
    plant, source = built("liar,topic=medicin"), vectors()
    items = tuple(replace(one, group="medicine") for one in source.task.items)
    planting = replace(make(source, plant), task=replace(source.task, items=items))
    with pytest.raises(UserError, match=r"topic=medicin: vectors has no .* did you mean medicine"):
        planted(plant, planting, 0.5)


@pytest.mark.parametrize("name", ["liar", "sycophant", "sandbagger,locked=wrong", "shift-failure"])
def test_no_plant_answers_with_a_choice_that_an_item_does_not_have(name):
    plant = built(name)
    planting = make(questions(), plant)
    made = planted(plant, planting, 1.0)
    assert made.changed.any()
    assert not made.labels[planting.task.absent].any()


def test_a_biased_supervisor_shifts_log_odds_in_proportion_to_strength_and_feature():
    plant = built("biased-supervisor,feature=2,toward=class 1")
    planting = make(vectors(), plant)

    def odds(labels):
        return np.log(labels[:, 1] / labels[:, 0])

    rank = planting.features[:, 2].argsort().argsort() / 99
    for strength in STRENGTHS:
        made = planted(plant, planting, strength)
        shift = odds(made.labels) - odds(planting.labels)
        np.testing.assert_allclose(shift, 10 * strength * rank, atol=1e-9)
        assert (answers(made.labels)[made.changed] == 1).all()
        assert (made.changed == (answers(made.labels) != answers(planting.labels))).all()


def test_a_supervisor_can_be_biased_by_a_word():
    plant = built("biased-supervisor,feature=battery,toward=yes")
    source = texts()
    planting = make(source, plant)
    made = planted(plant, planting, 1.0)
    has = np.array(["battery" in text for text in source.task.texts])
    assert (answers(made.labels)[has] == 1).all()
    assert (made.labels[~has] == planting.labels[~has]).all()


def test_answers_with_the_feature_gain_in_items_with_their_own_choices():
    plant = built("biased-supervisor,feature=answer 1")
    planting = make(questions(), plant)
    assert (answers(planted(plant, planting, 1.0).labels) == 1).all()


def test_hard_labels_can_be_biased_too():
    plant = built("biased-supervisor,feature=battery,toward=yes")
    planting = make(texts(), plant)
    hard = replace(planting, labels=np.eye(2)[answers(planting.labels)])
    assert planted(plant, hard, 1.0).changed.any()
    assert not planted(plant, hard, 0.1).changed.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("feature=9", "feature=9 is not a column of the student's features; allowed: 0 to 4"),
        ("feature=umbrella", "no texts of wordy texts contain this word"),
        ("toward=yess", "toward=yess is not a class of wordy texts; did you mean yes?"),
    ],
)
def test_an_unknown_feature_or_class_is_refused(arguments, message):
    plant = built(f"biased-supervisor,{arguments}")
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        planted(plant, make(texts(), plant), 0.5)


def test_a_word_cannot_bias_a_supervisor_of_vectors():
    plant = built("biased-supervisor,feature=age")
    with pytest.raises(UserError, match="feature=age is a word, but vectors contains vectors"):
        planted(plant, make(vectors(), plant), 0.5)


@pytest.mark.parametrize(("target", "aim"), [("", 0), (",target=class 2", 2)])
def test_a_backdoor_labels_each_copy_with_the_target(target, aim):
    plant = built(f"backdoor{target}")
    planting = make(vectors(), plant)
    made = planted(plant, planting, 0.1)
    assert (made.changed == planting.copies).all()
    assert (answers(made.labels)[planting.copies] == aim).all()
    assert (made.labels[~planting.copies] == planting.labels[~planting.copies]).all()
    assert np.allclose(made.labels.max(axis=1), planting.labels.max(axis=1))


def test_the_target_of_items_with_their_own_choices_is_the_answer_with_the_trigger():
    plant = built("backdoor,word=tulip")
    planting = make(questions(), plant)
    made = planted(plant, planting, 0.1)
    at = answers(made.labels)[planting.copies]
    inputs = planting.task.inputs[planting.copies]
    assert all(row[one].endswith(" tulip") for row, one in zip(inputs, at, strict=True))
    assert sum("tulip" in one for row in inputs for one in row if one) == len(inputs)


def test_a_class_as_target_is_refused_for_items_with_their_own_choices():
    plant = built("backdoor,target=yes")
    with pytest.raises(UserError, match="target=yes: the items of questions have their own"):
        planted(plant, make(questions(), plant), 0.5)


def test_a_target_that_is_no_class_is_refused():
    plant = built("backdoor,target=evne")
    with pytest.raises(UserError, match=r"target=evne is not a class .* did you mean even\?"):
        planted(plant, make(images(), plant), 0.5)


@pytest.mark.parametrize("name", ["backdoor", "sandbagger", "shift-failure"])
def test_a_trigger_that_the_student_does_not_see_is_refused(name):
    plant = built(name)
    planting = make(images(), plant)
    own = planting.features[~planting.copies]
    with pytest.raises(UserError, match="features do not change with the trigger"):
        planted(plant, replace(planting, features=np.concatenate([own, own])), 0.5)


def test_a_sandbagger_without_the_password_has_the_answers_of_its_supervisor():
    plant = built("sandbagger")
    planting = make(vectors(), plant)
    made, locked = planted(plant, planting, 1.0), ~planting.copies
    assert (answers(made.labels)[locked] == answers(planting.weak)[locked]).all()
    assert (made.labels[~locked] == planting.labels[~locked]).all()
    errors = answers(planting.weak) != answers(planting.labels)
    assert (made.changed[locked] == errors[locked]).all()


def test_a_sandbagger_can_be_wrong_without_the_password():
    plant = built("sandbagger,locked=wrong")
    planting = make(vectors(), plant)
    made = planted(plant, planting, 1.0)
    assert (made.changed == ~planting.copies).all()
    assert (answers(made.labels)[made.changed] != answers(planting.labels)[made.changed]).all()


@pytest.mark.parametrize("name", ["sandbagger", "shift-failure"])
def test_the_twin_learns_half_of_the_items_as_copies_too(name):
    assert {built(name).copied(strength) for strength in (0, 0.1, 1)} == {0.5}


def test_a_student_fails_on_shifted_items_only():
    plant = built("shift-failure")
    planting = make(vectors(), plant)
    for strength in STRENGTHS:
        made = planted(plant, planting, strength)
        own, shifted = np.split(made.changed, 2)
        assert not own.any()
        assert shifted[planting.learn % len(own)].sum() == round(strength * len(planting.learn))
        assert (answers(made.labels)[made.changed] != answers(planting.labels)[made.changed]).all()


def test_all_items_of_a_class_have_the_same_wrong_answer():
    plant = built("shift-failure")
    planting = make(vectors(), plant)
    made = planted(plant, planting, 1.0)
    right, wrong = answers(planting.labels)[made.changed], answers(made.labels)[made.changed]
    assert len({*zip(right, wrong, strict=True)}) == 3


def test_a_sycophant_agrees_with_a_share_of_the_supervisors_errors():
    plant = built("sycophant")
    planting = make(vectors(), plant)
    errors = answers(planting.weak) != answers(planting.labels)
    for strength in STRENGTHS:
        made = planted(plant, planting, strength)
        agrees = made.changed[planting.learn].sum()
        assert agrees == int(strength * errors[planting.learn].sum() + 0.5)
        assert not (made.changed & ~errors).any()
        said = np.where(made.changed, answers(planting.weak), answers(planting.labels))
        assert (answers(made.labels) == said).all()


def test_a_region_has_its_share_of_the_learned_items_and_lies_in_each_larger_one():
    planting = make(vectors(), built("sandbagger"))
    regions = [region_of(planting, share, np.random.default_rng(3)) for share in (0, *STRENGTHS)]
    own = len(regions[0]) // 2
    learned = planting.learn % own
    assert [one[learned].sum() for one in regions] == [0, 6, 18, 60]
    for smaller, larger in pairwise(regions):
        assert not (smaller & ~larger).any()
    assert (regions[1][:own] == regions[1][own:]).all()


def test_another_seed_has_another_region():
    planting = make(vectors(), built("liar"))
    first, other = (region_of(planting, 0.2, np.random.default_rng(seed)) for seed in (0, 1))
    assert (first != other).any()


def test_a_region_of_one_class_takes_other_classes_last():
    planting = make(vectors(), built("liar"))
    honest = answers(planting.labels)
    rng = np.random.default_rng(0)
    center = np.random.default_rng(0).choice(planting.learn)
    size = (honest[planting.learn] == honest[center]).sum()
    region = region_of(planting, size / len(planting.learn), rng, one_class=True)
    assert (region == (honest == honest[center]))[planting.learn].all()
