"""Folders that try to learn the labels from released scores: the labels are pure noise.

A folder contains an answer for every scored item, keyed on the content of the item, as a folder
that was written with the public data could do; new names and a new order of the items do not stop
it. `test_attacks.py` bounds what the release rule gives away in 800 queries. The tests here show
that folders get exactly what this rule releases. `benchmarks/folder_attacks.py` makes 800 queries
of each attack through a referee, which takes minutes.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.research.noise import AttackedReferee, make_noise
from tests.research.planting import gain_of

SHARES = (0.3, 0.6, 0.5, 0.66, 0.65, 0.64, 0.75, 0.8, 0.2, 0.9)


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    return make_noise(tmp_path_factory.mktemp("noise"))


@pytest.fixture
def attacked(noise, tmp_path) -> AttackedReferee:
    return AttackedReferee(noise, tmp_path / "run", len(SHARES))


def test_folders_receive_only_the_scores_of_the_release_rule(attacked):
    """Scores rise and fall by many steps."""
    truth = attacked.truth
    rng = np.random.default_rng(0)
    gains = []
    for right in SHARES:
        attacked.query(np.where(rng.random(len(truth)) < right, truth, 1 - truth))
        gains.append(gain_of(attacked.referee, attacked.numbers[-1]).value)
    released, best = [], 0.0
    for gain in gains:
        best = attacked.referee.rule.release(best, gain, attacked.referee.problem.items).score
        released.append(best)
    assert attacked.released == released
    assert len(set(released)) > 3  # it is not constant
    receipts = [attacked.referee.result(number).to_json() for number in attacked.numbers]
    words = {name: {json.dumps(one[name]) for one in receipts} for name in receipts[0]}
    varying = {name for name, values in words.items() if len(values) > 1}
    known = {"number", "released", "improved", "hash", "head", "head_number", "signature"}
    assert varying <= known


def test_a_folder_that_knows_the_labels_by_content_is_not_stopped_by_new_names(attacked):
    """Which is why the release rule is needed, and why the auditor looks for memorised labels."""
    attacked.query(attacked.truth)
    assert gain_of(attacked.referee, attacked.numbers[-1]).accuracy == 1
