"""check_student passes the built-in students, and names the condition that is violated."""

from __future__ import annotations

import pytest

from tests.students.tiny import make_tiny
from tests.testing.broken_students import broken_students
from truing.errors import ContractError, UserError
from truing.students.features import FEATURES
from truing.testing import check_student
from truing.testing._students import STUDENT

TASK = "tests/testing/small_tasks.py:few-digits"
BROKEN = "tests/testing/broken_features.py"
HEADS = {
    "lowres-K": "lowres-4",
    "nystroem-K": "nystroem-8",
    "pca-K": "pca-4,l2=0.1",
    "pixels": "pixels",
    "spectral-K": "spectral-4",
}
NEEDS_A_FILE = {"file:PATH", "hf/NAME@layer-K", "lsa-K"}
VIOLATES = {
    "not-a-number": ("beliefs about test items are probabilities", "not finite"),
    "unseeded": ("a second training leads to the same beliefs", "beliefs change by up to"),
    "Ignores": ("other labels lead to other beliefs", "lead to the same beliefs"),
    "Weightless": ("labels of items with weight 0 have no effect", "multiply the loss"),
    "Digests": ("beliefs do not depend on the ground truth", "if another choice is right"),
    "peeks": ("no ground truth is read from a vault", "the ground truth of 120 items"),
    "Local": ("the planned steps can be sent to a worker process", "step 'train student'"),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_on_each_built_in_feature_map_satisfies_the_contract(name):
    checked = check_student(HEADS[name], TASK)
    assert checked.conditions == tuple(words for words, _ in STUDENT.conditions)


def test_each_feature_map_of_images_is_checked():
    assert FEATURES.describe().keys() - HEADS.keys() == NEEDS_A_FILE


def test_a_transformer_satisfies_the_contract(tmp_path):
    tiny = make_tiny("bert", tmp_path)
    check_student(f"hf/{tiny},num_epochs=1,batch_size=8,learning_rate=0.01,max_length=16")


def test_a_student_on_pairs_satisfies_the_contract():
    check_student("lsa-4", "tests/testing/small_tasks.py:pairs")


@pytest.mark.parametrize("name", VIOLATES)
def test_a_violated_condition_is_named(name):
    words, detail = VIOLATES[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_student(broken_students().get(name, f"{BROKEN}:{name}"), TASK)
    assert f"; required: {words}" in str(found.value)


def test_each_condition_has_a_student_that_violates_it():
    for (words, _), wanted in zip(VIOLATES.values(), STUDENT.conditions, strict=True):
        assert wanted[0].startswith(words)


def test_an_unknown_student_is_an_error_of_the_user():
    with pytest.raises(UserError, match="did you mean pca-8"):
        check_student("pcb-8")
