"""Size of a model: counted from the headers of its weights, without loading them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.students.tiny import LAYERS, WIDTH, make_tiny
from truing.students import parse_student
from truing.students.transformer.checkpoints._model_size import model_size


@pytest.fixture(scope="module", params=["llama", "gpt2", "qwen2", "bert"])
def made(request, tmp_path_factory):
    """A tiny checkpoint of each architecture."""
    return make_tiny(request.param, tmp_path_factory.mktemp("made"))


def test_parameters_are_those_of_the_backbone(made):
    from transformers import AutoModel

    model = AutoModel.from_pretrained(made)
    pooler = sum(p.numel() for name, p in model.named_parameters() if name.startswith("pooler."))
    expected = sum(p.numel() for p in model.parameters()) - pooler
    size = model_size(made)
    assert (size.parameters - pooler, size.layers) == (expected, LAYERS)


def test_a_frozen_layer_counts_what_is_below_it(made):
    sizes = [model_size(made, layer).parameters for layer in range(LAYERS + 1)]
    steps = {upper - lower for lower, upper in pairwise(sizes)}
    assert len(steps) == 1  # blocks are equal
    assert min(steps) > WIDTH * WIDTH


def test_students_state_their_size(made, tmp_path):
    frozen, tuned = (parse_student(f"hf/{made}{part}").size for part in ("@layer-1", ""))
    assert (frozen.layers, tuned.layers) == (1, LAYERS)
    assert frozen.parameters < tuned.parameters
    assert parse_student("pca-4").size is None


def test_the_size_of_damaged_or_absent_weights_is_unknown(tmp_path):
    assert model_size(tmp_path) is None
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 40)
    assert model_size(tmp_path) is None
