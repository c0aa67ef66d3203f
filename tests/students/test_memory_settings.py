"""Settings that save memory: activations computed again, parts of a batch, moments of 8 bits."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.students.test_finetune import SETTINGS, Kept, pairs, reviews, short_of_memory, tuned
from truing.errors import UserError
from truing.methods import METHODS
from truing.students.transformer import Settings, parse_transformer
from truing.students.transformer.checkpoints._device import Room
from truing.students.transformer.training import _optimizers
from truing.students.transformer.training._optimizers import make_optimizer, take_step
from truing.students.transformer.training._parts import cut_parts
from truing.students.transformer.training._training_state import gather, restore

pytestmark = pytest.mark.usefixtures("one_thread")

SHORT = replace(SETTINGS, num_epochs=2)


# Gradient checkpointing


@pytest.mark.parametrize(
    ("architecture", "chosen"),
    [
        ("bert", {"num_epochs": 1}),  # with dropout
        ("llama", {"adapter": "lora"}),
        ("llama", {"output": "generate"}),
        ("bert", {"adapter": "head"}),
    ],
)
def test_gradient_checkpointing_changes_no_bit(checkpoints, architecture, chosen):
    task, truth = reviews()
    plain = replace(SHORT, **chosen)
    again = replace(plain, gradient_checkpointing=True)
    found = [tuned(checkpoints(architecture), task, truth, each) for each in (plain, again)]
    assert found[0].losses.tobytes() == found[1].losses.tobytes()
    assert found[0].beliefs.tobytes() == found[1].beliefs.tobytes()
    assert plain.identity == again.identity  # so the store has one result for both


@pytest.mark.parametrize(
    ("chosen", "more"), [({}, 3), ({"adapter": "lora"}, 3), ({"adapter": "head"}, 0)]
)
def test_gradient_checkpointing_computes_every_block_again(checkpoints, monkeypatch, chosen, more):
    from transformers.models.llama.modeling_llama import LlamaMLP

    forward, calls = LlamaMLP.forward, []
    monkeypatch.setattr(LlamaMLP, "forward", lambda *given: calls.append(1) or forward(*given))
    task, truth = reviews()
    counts = []
    for again in (False, True):
        settings = replace(SETTINGS, num_epochs=1, gradient_checkpointing=again, **chosen)
        tuned(checkpoints("llama"), task, truth, settings)
        counts.append(len(calls))
        calls.clear()
    assert counts[1] - counts[0] == 4 * more  # steps times blocks


def test_a_model_without_gradient_checkpointing_is_refused(checkpoints, monkeypatch):
    from transformers import LlamaModel

    monkeypatch.setattr(LlamaModel, "supports_gradient_checkpointing", False)
    task, truth = reviews()
    with pytest.raises(UserError, match="LlamaModel does not support gradient checkpointing; omit"):
        tuned(checkpoints("llama"), task, truth, replace(SHORT, gradient_checkpointing=True))


# Parts of a batch


def test_parts_contain_every_item_once_in_order_and_fit():
    rng = np.random.default_rng(0)
    lengths, counts = rng.integers(1, 100, size=200), rng.integers(1, 5, size=200)
    parts = cut_parts(lengths, counts, 8, tokens=300)
    assert np.concatenate(parts).tolist() == list(range(200))
    assert max(map(len, parts)) <= 8
    for part in parts:
        padded = lengths[part].max() * counts[part].sum()
        assert padded <= 300 or len(part) == 1
    whole = [part.tolist() for part in cut_parts(lengths, counts, 8)]
    assert whole == [list(range(at, at + 8)) for at in range(0, 200, 8)]


def test_both_limits_of_a_part_are_halved_if_memory_runs_out():
    room, seen = Room(8, max_tokens=100), []

    def work(size):
        seen.append((size, room.tokens))
        if size > 2:
            raise torch.OutOfMemoryError("out of memory")

    room.within(work)
    assert seen == [(8, 100), (4, 50), (2, 25)]


def passes(monkeypatch):
    """Padded tokens of every forward pass, and whether it was for training."""
    from transformers import LlamaModel

    forward, seen = LlamaModel.forward, []

    def spied(self, *given, **named):
        seen.append((named["input_ids"].numel(), self.training))
        return forward(self, *given, **named)

    monkeypatch.setattr(LlamaModel, "forward", spied)
    return seen


@pytest.mark.parametrize("chosen", [{}, {"output": "generate"}, {"adapter": "head"}])
@pytest.mark.parametrize(("items", "limit"), [(reviews, 60), (pairs, 100)])
def test_no_forward_pass_has_more_than_max_tokens(checkpoints, monkeypatch, items, limit, chosen):
    task, truth = items()
    seen = passes(monkeypatch)
    tuned(checkpoints("llama"), task, truth, replace(SETTINGS, num_epochs=1, **chosen))
    whole = max(size for size, _ in seen)
    seen.clear()
    settings = replace(SETTINGS, num_epochs=1, max_tokens=limit, **chosen)
    tuned(checkpoints("llama"), task, truth, settings)
    assert max((size for size, training in seen if training), default=0) <= limit < whole
    assert max(size for size, _ in seen) <= 4 * limit  # prediction stores no gradients


@pytest.mark.parametrize("method", ["naive", "confidence"])
@pytest.mark.parametrize("chosen", [{}, {"adapter": "lora", "output": "generate"}])
def test_the_gradient_of_a_batch_does_not_depend_on_its_parts(checkpoints, method, chosen):
    """The loss is divided by the items of the batch, and the method sees the whole batch."""
    task, truth = reviews()
    rule = METHODS.build(method).value
    given = {"targets": rule.targets, "static": rule.static}
    whole = tuned(checkpoints("llama"), task, truth, replace(SHORT, **chosen), **given)
    parts = replace(SHORT, max_tokens=100, **chosen)
    found = tuned(checkpoints("llama"), task, truth, parts, **given)
    assert found.losses == pytest.approx(whole.losses, abs=1e-3)
    assert found.beliefs == pytest.approx(whole.beliefs, abs=5e-3)


def test_parts_are_halved_if_memory_runs_out(checkpoints, monkeypatch):
    task, truth = reviews()
    whole = tuned(checkpoints("llama"), task, truth, SHORT)
    short_of_memory(monkeypatch, fits=3)
    found = tuned(checkpoints("llama"), task, truth, replace(SHORT, max_tokens=200))
    assert found.halved > 0
    assert found.beliefs == pytest.approx(whole.beliefs, abs=5e-3)


# Optimizer states of 8 bits


def optimized(layer, optimizer, steps, first=0):
    """Train a layer on random numbers; returns its weights."""
    for step in range(first, first + steps):
        inputs = torch.randn(8, 64, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        layer(inputs).square().mean().backward()
        take_step(optimizer, 0.01)
    return layer.weight.detach().numpy().copy()


def new_layer():
    """A layer whose weights are large enough for moments of 8 bits; its intercept is not."""
    torch.manual_seed(0)
    return torch.nn.Linear(64, 64)


def made(layer, name):
    return make_optimizer(list(layer.parameters()), Settings(optimizer=name))


def test_moments_of_8_bits_take_a_quarter_and_train_almost_the_same():
    pytest.importorskip("torchao", reason="optimizer=adamw8bit needs torchao")
    layers, states, weights = {}, {}, {}
    for name in ("adamw", "adamw8bit"):
        layers[name] = new_layer()
        optimizer = made(layers[name], name)
        weights[name] = optimized(layers[name], optimizer, 20)
        model = SimpleNamespace(modules=layers[name])
        states[name] = gather([model], [optimizer])
    moment = "0 0 exp_avg"
    assert states["adamw8bit"][f"{moment} codes"].dtype == np.uint8
    assert states["adamw8bit"][f"{moment} codes"].nbytes * 4 == states["adamw"][moment].nbytes
    moved = np.abs(weights["adamw"] - new_layer().weight.detach().numpy()).max()
    assert 0 < np.abs(weights["adamw8bit"] - weights["adamw"]).max() < 0.1 * moved


def test_a_resumed_optimizer_of_8_bits_has_the_same_bits():
    pytest.importorskip("torchao", reason="optimizer=adamw8bit needs torchao")
    layer = new_layer()
    optimizer = made(layer, "adamw8bit")
    optimized(layer, optimizer, 3)
    found = gather([SimpleNamespace(modules=layer)], [optimizer])
    state = {name: array.copy() for name, array in found.items()}
    whole = optimized(layer, optimizer, 3, first=3)
    other = torch.nn.Linear(64, 64)
    resumed = made(other, "adamw8bit")
    restore([SimpleNamespace(modules=other)], [resumed], state)
    assert optimized(other, resumed, 3, first=3).tobytes() == whole.tobytes()


def test_a_resumed_training_with_adamw8bit_has_the_same_bits(checkpoints):
    pytest.importorskip("torchao", reason="optimizer=adamw8bit needs torchao")
    task, truth = reviews()
    settings = replace(SHORT, optimizer="adamw8bit")
    whole, keep = tuned(checkpoints("bert"), task, truth, settings), Kept(3)
    with pytest.raises(KeyboardInterrupt):
        tuned(checkpoints("bert"), task, truth, settings, keep=keep)
    found = tuned(checkpoints("bert"), task, truth, settings, keep=keep)
    assert found.beliefs.tobytes() == whole.beliefs.tobytes()


def test_a_missing_package_of_the_optimizer_is_reported(checkpoints, monkeypatch):
    monkeypatch.setattr(_optimizers, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"adamw8bit needs .* torchao .*: pip install torchao"):
        parse_transformer(f"hf/{checkpoints('bert').name},optimizer=adamw8bit")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("max_tokens=-1", "max_tokens must be 0 or more, got -1"),
        ("max_tokens=few", "max_tokens must be an integer, got 'few'"),
        ("gradient_checkpointing=2", "gradient_checkpointing must be true or false, got '2'"),
        ("optimizer=sgd", "optimizer must be one of adamw, adamw8bit, got 'sgd'"),
    ],
)
def test_a_wrong_setting_is_one_line(checkpoints, given, told):
    with pytest.raises(UserError, match=told):
        parse_transformer(f"hf/{checkpoints('bert').name},{given}")
