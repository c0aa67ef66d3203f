"""The estimated memory of a training counts what is loaded, and the page states its numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.students.tiny import make_tiny
from truing.students.transformer import Settings, free_memory, parse_transformer
from truing.students.transformer.checkpoints import _memory as memory_module
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._load import load_model
from truing.students.transformer.checkpoints._model_shape import (
    empty_model_of,
    model_shape,
    shape_of,
)
from truing.students.transformer.training._adapted import adapted, auto_class
from truing.students.transformer.training._training_memory import estimate_training_memory
from truing.tasks import make_source

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
LLAMA_7B = {
    "vocab_size": 32000,
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
}
ON_A_GPU = {"tokens": 8192, "sequences": 32, "device": "cuda", "half": True}
ON_A_CPU = {"tokens": 8192, "sequences": 32, "device": "cpu", "half": False}


@pytest.fixture(scope="module")
def shape():
    """Shape of Llama 2 7B, without weights."""
    from transformers import LlamaConfig

    return shape_of(empty_model_of(LlamaConfig(**LLAMA_7B), "AutoModel"))


def texts(count=40, longest=60, kind="classification"):
    """A task whose longest text has some number of characters."""
    each = ["cat " * (1 + number % 5) for number in range(count - 1)] + ["a" * longest]
    inputs = np.array(each, dtype=object)
    if kind == "preference":
        inputs = np.array([[text + "good", text + "bad"] for text in each], dtype=object)
    truth = np.arange(count) % 2
    names = ["no", "yes"] if kind == "classification" else ["0", "1"]
    return make_source("texts", kind, list(map(str, range(count))), inputs, names, truth).task


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen2", "bert"])
@pytest.mark.parametrize("output", ["classify", "generate"])
def test_the_shape_counts_the_parameters_of_the_loaded_model(tmp_path, architecture, output):
    if (architecture, output) == ("bert", "generate"):
        pytest.skip("BERT generates no text")
    checkpoint = find_checkpoint(str(make_tiny(architecture, tmp_path)))
    settings = Settings(adapter="lora", lora_rank=4, output=output)
    name = auto_class(settings)
    model = load_model(checkpoint, name, device="cpu", dtype=torch.float32)
    found = model_shape(checkpoint, name)
    assert found.parameters == sum(each.numel() for each in model.parameters())
    trained = adapted(model, settings)
    assert 4 * found.linear == sum(
        each.numel() for each in trained.parameters() if each.requires_grad
    )
    assert found.layers == checkpoint.layers
    assert (found.vocabulary > 0) == (output == "generate")


def test_the_whole_model_needs_16_bytes_per_parameter_and_with_8_bit_moments_10(shape):
    whole = estimate_training_memory(shape, Settings(), **ON_A_CPU)
    eight = estimate_training_memory(shape, Settings(optimizer="adamw8bit"), **ON_A_CPU)
    states = [each.weights + each.gradients + each.optimizer for each in (whole, eight)]
    assert states[0] == 16 * shape.parameters
    assert states[1] == pytest.approx(10 * shape.parameters, rel=0.01)


def test_each_setting_saves_memory(shape):
    lora = Settings(adapter="lora")
    plain = estimate_training_memory(shape, lora, **ON_A_GPU)
    again = estimate_training_memory(shape, replace(lora, gradient_checkpointing=True), **ON_A_GPU)
    assert again.activations < plain.activations / 10
    parts = estimate_training_memory(shape, lora, **{**ON_A_GPU, "tokens": 1024})
    assert parts.activations == plain.activations / 8
    head = estimate_training_memory(shape, Settings(adapter="head"), **ON_A_GPU)
    assert head.gradients == head.optimizer == 0
    assert head.activations < plain.activations / 10
    peers = estimate_training_memory(shape, lora, **ON_A_GPU, models=2)
    assert peers.total - peers.base == 2 * (plain.total - plain.base)


def test_the_page_states_the_memory_of_a_model_of_7_billion_parameters(shape):
    """Every number of the table in docs/models.md, from the same configuration."""
    lora = Settings(adapter="lora")
    columns = [
        estimate_training_memory(shape, lora, **ON_A_GPU),
        estimate_training_memory(shape, lora, **{**ON_A_GPU, "tokens": 1024}),
        estimate_training_memory(shape, replace(lora, gradient_checkpointing=True), **ON_A_GPU),
    ]
    rows = dict(re.findall(r"^\| (\w+)[^|]*\| [^|]*\| ([\d. |]+) \|$", PAGE.read_text(), re.M))
    parts = ("weights", "gradients", "optimizer", "activations", "base", "total")
    assert rows == {
        part: " | ".join(f"{getattr(column, part) / 1e9:.1f}" for column in columns)
        for part in parts
    }
    page = " ".join(PAGE.read_text().split())
    assert f"{shape.parameters / 1e9:.2f} billion parameters" in page
    assert f"{shape.linear:,}" in page


def test_the_longest_pass_is_the_batch_of_the_longest_texts(tmp_path):
    name = f"hf/{make_tiny('llama', tmp_path)}"

    def activations(given, task=None):
        task = task or texts()
        return parse_transformer(f"{name},{given}").training_memory(task).activations

    token = activations("batch_size=1") / 17  # 60 characters, and two special tokens
    assert activations("batch_size=8") == pytest.approx(8 * 17 * token)
    assert activations("batch_size=8,max_length=8") == pytest.approx(8 * 8 * token)
    assert activations("batch_size=8,max_tokens=50") == pytest.approx(50 * token)
    assert activations("batch_size=8,max_tokens=1") == pytest.approx(17 * token)
    assert activations("batch_size=100") == pytest.approx(40 * 17 * token)
    both = activations("batch_size=1", texts(kind="preference"))
    assert both == pytest.approx(2 * 18 * token)  # a text per choice


def test_free_memory_is_at_most_the_rest_of_a_containers_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_module, "GROUP", tmp_path)
    (whole,) = free_memory("cpu")
    assert whole > 2**20
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_memory("cpu") == [600000]
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory("cpu")[0] > 2**20


def test_free_memory_of_gpus_is_that_of_the_devices_that_are_used(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda number: (10 + number, 99))
    assert free_memory("cuda", 2) == [10, 11]
    assert free_memory("cuda", 8) == [10, 11, 12]
