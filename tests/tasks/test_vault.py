"""Truth is handed out for a purpose, recorded, and reaches nobody by accident."""

import copy
import pickle

import numpy as np
import pytest

from truing.errors import TruingError, UserError
from truing.tasks import Access, Vault, load_task


def test_every_access_is_recorded_with_its_purpose():
    vault = Vault(np.array([2, 0, 1]))
    assert vault.reveal(np.array([0, 2]), "score").tolist() == [2, 1]
    assert vault.accesses == [Access("score", 2)]
    assert vault.summary() == {"score": {"times": 1, "items": 2}}


def test_truth_is_not_released_for_an_unknown_purpose():
    vault = Vault(np.array([0, 1]))
    with pytest.raises(
        UserError,
        match="the ground truth is not released for 'curiosity'; allowed purposes: supervise",
    ):
        vault.reveal(np.array([0]), "curiosity")
    assert vault.accesses == []


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_vault_cannot_be_copied_or_pickled(copying):
    with pytest.raises(TruingError, match="cannot be copied"):
        copying(Vault(np.array([0, 1])))


def test_a_vault_prints_no_truth():
    vault = Vault(np.array([1234, 5678]))
    assert "1234" not in repr(vault) + str(vault) + str(dir(vault))


def test_a_task_can_be_pickled_and_contains_no_truth():
    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "score")
    sent = pickle.loads(pickle.dumps(source.task))
    arrays = [value for value in vars(sent).values() if isinstance(value, np.ndarray)]
    assert not any(np.array_equal(array, truth) for array in arrays)
    assert "vault" not in vars(sent)


def test_a_digest_detects_changed_truth():
    first, second = Vault(np.array([0, 1, 1])), Vault(np.array([0, 1, 0]))
    assert first.digest(np.array([0, 1])) == second.digest(np.array([0, 1]))
    assert first.digest(np.array([2])) != second.digest(np.array([2]))


def test_the_vault_copies_its_input():
    given = np.array([0, 1])
    vault = Vault(given)
    given[:] = 9
    assert vault.reveal(np.array([0, 1]), "score").tolist() == [0, 1]
