"""Blocks of texts: fixed membership, one pass for all layers, pools and limits, the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import LAYERS, WIDTH, make_tiny, texts
from truing.errors import DataError, UserError
from truing.students.features import FEATURES, distinct_texts, extract, place_rows
from truing.students.transformer import forget_reader
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.reading._activations import View, read_block
from truing.students.transformer.reading._blocks import (
    CHARACTERS,
    MOST,
    arrange_sequences,
    cut_blocks,
)
from truing.students.transformer.reading._reader import Reader
from truing.tasks import load_task

VIEWS = [
    View(layer, pool, limit) for layer in (1, 3) for pool in ("last", "mean") for limit in (8, 11)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny causal checkpoint."""
    return make_tiny("llama", tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def checkpoint(folder):
    return find_checkpoint(str(folder))


@pytest.fixture(scope="module")
def some():
    """60 distinct texts of 1 to 16 words."""
    return list(dict.fromkeys(texts(70, 16)))[:60]


def bits(states) -> list[bytes]:
    return [one.tobytes() for one in states]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_every_text_is_in_one_block_of_similar_lengths(device):
    lengths = np.random.default_rng(0).integers(1, 3000, 500)
    blocks = cut_blocks(["x" * length for length in lengths], device)
    assert sorted(np.concatenate(blocks).tolist()) == list(range(500))
    ordered = lengths[np.concatenate(blocks)]
    assert (np.diff(ordered) <= 0).all()
    most = CHARACTERS[device] + lengths.max()
    assert all(lengths[block].sum() <= most for block in blocks)


def test_a_large_task_has_at_most_256_blocks():
    blocks = cut_blocks(["x" * 400] * 60_000, "cpu")
    assert len(blocks) <= MOST
    assert max(map(len, blocks)) <= 1.1 * min(map(len, blocks))


def test_an_empty_text_is_in_a_block():
    assert [block.tolist() for block in cut_blocks(["", "", "a"], "cpu")] == [[2, 0, 1]]


def test_a_batch_has_little_padding_and_at_most_512_tokens():
    lengths = np.random.default_rng(0).integers(1, 400, 3000)
    found = arrange_sequences([np.zeros(n, np.int64) for n in lengths], {1024: {}}, "cpu")
    padded = [lengths[batch.rows].max() * len(batch.rows) for batch in found.batches]
    assert sorted(row for batch in found.batches for row in batch.rows) == list(range(3000))
    assert max(padded) <= 512
    assert sum(padded) < 1.06 * lengths.sum()


def test_one_pass_serves_all_layers_pools_and_limits(checkpoint, some, monkeypatch):
    passes = []
    pooled = Reader.pooled
    monkeypatch.setattr(
        Reader, "pooled", lambda self, ids, places: passes.extend(ids) or pooled(self, ids, places)
    )
    found = read_block(checkpoint, some, VIEWS)
    assert found.cut[0] > found.cut[1] > 0
    # A text that both limits leave whole is read once, and a longer text once for each limit.
    assert len(passes) == len(some) + found.cut[0]


def test_other_layers_pools_and_limits_do_not_change_a_bit(checkpoint, some):
    together = bits(read_block(checkpoint, some, VIEWS).states)
    apart = [bits(read_block(checkpoint, some, [view]).states)[0] for view in VIEWS]
    assert together == apart


def test_a_process_that_loads_the_model_again_computes_the_same_bits(checkpoint, some):
    first = bits(read_block(checkpoint, some, VIEWS[:2]).states)
    forget_reader()
    assert bits(read_block(checkpoint, some, VIEWS[:2]).states) == first


def test_the_model_stays_loaded_between_blocks(checkpoint, some, monkeypatch):
    forget_reader()
    made = []
    load = Reader.__init__
    monkeypatch.setattr(
        Reader, "__init__", lambda self, *given: made.append(given) or load(self, *given)
    )
    for block in (some[:20], some[20:]):
        read_block(checkpoint, block, VIEWS)
    assert len(made) == 1


def test_rows_of_equal_texts_and_of_absent_choices_are_placed(tmp_path):
    rows = [
        {"text": "?", "choices": ["a", "bb", "bb"], "truth": 0},
        {"text": "?", "choices": ["bb", "ccc"], "truth": 0},
    ] * 10
    task = load_task(str(write_jsonl(tmp_path / "choices.jsonl", rows))).task
    found = distinct_texts(task)
    grid = np.full(task.inputs.size, None, object)
    blocks = [np.array([1]), np.array([2, 0])]
    for block, (at, which) in zip(blocks, place_rows(task, blocks), strict=True):
        grid[at] = [found[block[one]] for one in which]
    assert grid.reshape(task.inputs.shape).tolist() == task.inputs.tolist()


@pytest.fixture
def task(tmp_path, some):
    rows = [{"text": text, "truth": at % 2} for at, text in enumerate(some)]
    return load_task(str(write_jsonl(tmp_path / "texts.jsonl", rows))).task


def features(name, task):
    return extract(FEATURES.build(name).value, name, task)


def test_float16_storage_rounds_each_value_to_11_bits(folder, task):
    name = f"hf/{folder}@layer-{LAYERS},pool=mean"
    whole, half = features(name, task), features(f"{name},storage=float16", task)
    assert whole.shape == half.shape == (60, WIDTH)
    error = np.abs(half - whole) / np.abs(whole)
    assert 0 < error[np.abs(whole) > 1e-4].max() <= 2**-11


def test_values_that_float16_cannot_store_are_refused(folder, task, monkeypatch):
    pooled = Reader.pooled
    monkeypatch.setattr(
        Reader,
        "pooled",
        lambda self, ids, places: {
            place: 1e6 * states for place, states in pooled(self, ids, places).items()
        },
    )
    with pytest.raises(DataError, match=r"@layer-2: storage=float16 stores values up to 65,504, b"):
        features(f"hf/{folder}@layer-2,storage=float16", task)


def test_an_unknown_storage_is_refused(folder):
    with pytest.raises(UserError, match="storage must be one of float32, float16, got 'int8'"):
        FEATURES.build(f"hf/{folder}@layer-2,storage=int8")
