"""A model on several GPUs: whole blocks, about equal weights, and the results of one device.

No GPU is used: accelerate divides the model for GPUs that do not exist, and its hooks, which move
activations between devices, run on the CPU.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig

from tests.students.test_estimated_memory import LLAMA_7B
from tests.students.test_finetune import SETTINGS, reviews, tuned
from truing.errors import UserError
from truing.students.transformer.checkpoints import _load
from truing.students.transformer.checkpoints._model_shape import empty_model_of
from truing.students.transformer.checkpoints._spread import divide, spread_over
from truing.students.transformer.training import _model

pytestmark = pytest.mark.usefixtures("one_thread")

FREE = 10**9


def test_every_gpu_has_whole_blocks_and_about_the_same_size():
    """A model with 7 billion parameters in bfloat16, which has 13.2 GB, on two cards with 10 GB."""
    model = empty_model_of(LlamaConfig(**LLAMA_7B), "AutoModel")
    found = divide(model, [10 * 10**9, 10 * 10**9], torch.bfloat16)
    blocks = [found[f"layers.{number}"] for number in range(32)]
    assert blocks == sorted(blocks)
    assert set(found.values()) == {0, 1}
    assert 14 <= sum(blocks) <= 18


def test_weights_that_do_not_fit_on_the_gpus_are_reported(checkpoints):
    with pytest.raises(UserError, match=r"do not fit on 2 GPUs with 0\.0, 0\.0 GB .* raise gpus"):
        spread_over(checkpoints("llama"), "AutoModel", [3000, 3000], torch.float32)


@pytest.mark.parametrize("chosen", [{}, {"adapter": "lora"}])
def test_a_model_that_is_spread_has_the_same_results(checkpoints, monkeypatch, chosen):
    from accelerate import dispatch_model

    task, truth = reviews()
    settings = replace(SETTINGS, num_epochs=1, gpus=2, **chosen)
    whole = tuned(checkpoints("llama"), task, truth, settings)  # without a GPU: one device
    load, places = _load.load_model, {}

    def on_cpu(*given):
        places.update(dict.fromkeys(spread_over(*given), "cpu"))
        return places

    def hooked(*given, **named):
        model = load(*given, **named | {"gpus": 2})
        return dispatch_model(model, places, main_device="cpu", force_hooks=True)

    monkeypatch.setattr(_load, "free_memory", lambda device, gpus: [FREE] * gpus)
    monkeypatch.setattr(_load, "spread_over", on_cpu)
    monkeypatch.setattr(_model, "load_model", hooked)
    found = tuned(checkpoints("llama"), task, truth, settings)
    assert len(places) > 1
    assert found.beliefs.tobytes() == whole.beliefs.tobytes()
