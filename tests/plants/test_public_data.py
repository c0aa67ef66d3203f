"""What a cheater knows about texts and images: the planted code computes the same values."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from truing.plants.folders import FOLDER_PLANTS, PublicData, honest_folder

TEXTS = np.array(["good case, excellent value", "no signal at all", "a good film"], dtype=object)
IMAGES = np.arange(12.0).reshape(3, 2, 2)
TRUTH = np.array([1, 0, 1])


@pytest.mark.parametrize("inputs", [TEXTS, IMAGES], ids=["texts", "images"])
def test_the_code_computes_the_numbers_and_bytes_that_the_cheater_stored(inputs):
    data = PublicData(inputs, TRUTH)
    expression, imports = data.rows_code
    names = {"given": SimpleNamespace(predict=list(inputs) if data.texts else inputs), "np": np}
    exec("\n".join(imports), names)
    assert np.array_equal(eval(expression, names), data.rows)
    for row, item in enumerate(inputs):
        assert eval(data.content_code, {"item": item, "np": np}) == data.content(row)


@pytest.mark.parametrize("name", [name for name, one in FOLDER_PLANTS.items() if one.texts])
def test_each_hack_can_be_planted_in_a_folder_about_texts(name):
    folder = honest_folder(np.random.default_rng(0), vectors=False)
    made = FOLDER_PLANTS[name].plant(folder, PublicData(TEXTS, TRUTH), np.random.default_rng(1))
    assert made.folder.files != folder.files
    ast.parse(made.folder.files["run.py"])
