"""Plants as names, files, functions and objects."""

from __future__ import annotations

import numpy as np
import pytest

from truing.errors import UserError
from truing.plants import PLANTS, Planted, StudyPlant, give_plants, plant


def first_items(planting, strength, rng):
    """The last choice for the first items."""
    changed = np.arange(len(planting.labels)) < strength * len(planting.labels)
    last = np.eye(planting.labels.shape[1])[-1]
    return Planted(np.where(changed[:, None], last, planting.labels), changed)


OBJECT = StudyPlant(first_items, corrupts="supervisor")


def shown(given):
    return [one.partition("@")[0] for one in give_plants(given)]


def test_a_name_stays_as_it_is():
    assert give_plants("backdoor,target=3") == ["backdoor,target=3"]
    assert give_plants(["liar", "sycophant"]) == ["liar", "sycophant"]


def test_a_function_of_labels_is_a_plant_of_a_student():
    (name,) = give_plants(first_items)
    assert name.startswith("first_items@")
    made = PLANTS.build(name).value
    assert (made.corrupts, made.learns, made.trigger) == ("student", "weak", None)
    assert made.change.__name__ == "first_items"


def test_an_object_keeps_its_fields():
    (name,) = give_plants(OBJECT)
    assert PLANTS.build(name).value.corrupts == "supervisor"


def test_a_function_that_returns_a_plant_is_called():
    def of_supervisor():
        return OBJECT

    (name,) = give_plants(of_supervisor)
    assert PLANTS.build(name).value.corrupts == "supervisor"


def test_a_function_that_a_script_registers_is_given_as_an_object():
    @plant("gives-first-{share:S}")
    def gives_first(share: float):
        "The last choice for the first items."
        return StudyPlant(first_items, deployed=share)

    (name,) = give_plants("gives-first-0.3")
    assert name.startswith("gives-first@")
    assert PLANTS.build(name).value.deployed == 0.3


def test_a_dict_names_plants_in_tables():
    assert shown({"mine": first_items, "trojan": "backdoor", "lies": OBJECT}) == [
        "mine",
        "trojan",
        "lies",
    ]
    (name,) = give_plants({"trojan": "backdoor,target=3"})
    assert PLANTS.build(name).arguments["target"] == "3"


def test_a_plant_in_a_file_is_found_by_its_name(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from truing.plants import Planted, StudyPlant\n"
        "def honest():\n"
        "    return StudyPlant(lambda planting, strength, rng: Planted(planting.labels, None))\n"
    )
    (name,) = give_plants(f"{path}:honest")
    assert isinstance(PLANTS.build(name).value, StudyPlant)


def test_a_function_of_labels_in_a_file_is_a_plant_of_a_student(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from truing.plants import Planted\n"
        "def honest(planting, strength, rng):\n"
        "    return Planted(planting.labels, planting.copies)\n"
    )
    (name,) = give_plants(f"{path}:honest")
    made = PLANTS.build(name).value
    assert (made.corrupts, made.change.__name__) == ("student", "honest")
    assert shown({"mine": f"{path}:honest"}) == ["mine"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "plants must be a name, a function, a plant, .* got 3"),
        (StudyPlant, r"StudyPlant is a class; pass an object, StudyPlant\(...\)"),
        (lambda labels: labels, r"lambda\(labels\) is not a plant; a plant is a function"),
        ({1: "liar"}, "the keys of a dict are names, got 1"),
    ],
)
def test_objects_that_are_no_plants_are_refused(given, message):
    with pytest.raises(UserError, match=message):
        give_plants(given)


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UserError, match=r"unknown plant 'backdor'; did you mean backdoor"):
        PLANTS.build("backdor")
