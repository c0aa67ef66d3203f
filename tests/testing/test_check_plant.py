"""check_plant passes each built-in plant, and names the condition that is violated."""

from __future__ import annotations

import pytest

from truing.errors import ContractError, UserError
from truing.plants import PLANTS, StudyPlant
from truing.testing import check_plant
from truing.testing._study_plants import STUDY_PLANT

TASKS = "tests/testing/small_tasks.py"
BROKEN = "tests/testing/broken_plants.py"
STUDY = [name for name in PLANTS.describe() if isinstance(PLANTS.build(name).value, StudyPlant)]
VIOLATES = {
    "doubled-labels": ("probabilities of each item's choices", "240 items|120 items"),
    "never-honest": ("strength 0 leaves all labels as they are", "1 of 120 labels"),
    "unmarked-changes": ("answer differently only about marked items", "answers change without"),
    "other-items": ("marked at each larger strength", "are not marked at strength 0.5"),
    "does-nothing": ("marked at each larger strength", "at strength 1, no item is marked"),
    "counts-calls": ("the same seed leads to the same labels", "returned other labels"),
    "reads-truth": ("no ground truth is read from a vault", "ground truth of 120 items"),
    "writes-labels": ("that the plant receives stay as they are", "changed `weak`"),
    "flat-trigger": ("the trigger changes inputs", "changes no input"),
    "fewer-copies": ("learned copies do not decrease", "are 1, 0.9, 0.5, 0;"),
}


@pytest.mark.parametrize("name", STUDY)
@pytest.mark.parametrize("task", ["few-digits", "wordy-texts", "pairs"])
def test_each_built_in_plant_satisfies_the_contract(name, task):
    check_plant(name, f"{TASKS}:{task}")


@pytest.mark.parametrize("name", VIOLATES)
def test_each_broken_plant_violates_its_condition(name):
    condition, wrong = VIOLATES[name]
    with pytest.raises(ContractError, match=wrong) as caught:
        check_plant(f"{BROKEN}:{name}", f"{TASKS}:few-digits")
    assert condition in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_each_condition_is_violated_by_a_broken_plant():
    for condition, _ in STUDY_PLANT.conditions:
        assert any(words in condition for words, _ in VIOLATES.values()), condition


@pytest.mark.parametrize("strength", [1.5, -0.1, True, "much"])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(UserError, match="strength must be from 0 to 1, got"):
        check_plant("liar", f"{TASKS}:few-digits", strengths=[strength])


def test_a_plant_of_an_unknown_kind_is_refused():
    class Other:
        kind = "game"

    with pytest.raises(UserError, match="'Other' is a plant of the kind game, which is unknown"):
        check_plant(Other(), f"{TASKS}:few-digits")
