"""Frozen activations: `hf/NAME@layer-6[,pool=mean]`, the same however texts are batched."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import ARCHITECTURES, LAYERS, WIDTH, make_tiny, texts
from truing.errors import DataError, UserError
from truing.students import Head, fit_heads, make_design
from truing.students.features import FEATURES, _hf, extract
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._device import exact_arithmetic
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.students.transformer.reading import _blocks
from truing.students.transformer.reading._reader import Reader
from truing.studies import LocalEngine, StepGraph, Study, complete, make_plan, run_plan
from truing.studies.work import extract_step, read_features
from truing.tasks import load_task

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture
def task(tmp_path):
    """40 texts of 1 to 12 words, two of them twice."""
    found = texts(38, 12)
    rows = [{"text": text, "truth": i % 2} for i, text in enumerate([*found, *found[:2]])]
    return load_task(str(write_jsonl(tmp_path / "texts.jsonl", rows))).task


def features(name, task):
    return extract(FEATURES.build(name).value, name, task)


def watch_reading(monkeypatch) -> list:
    """The token ids of every sequence that a model reads from now on."""
    seen = []
    pooled = Reader.pooled
    monkeypatch.setattr(
        Reader, "pooled", lambda self, ids, places: seen.extend(ids) or pooled(self, ids, places)
    )
    return seen


def one_at_a_time(folder, task, pool):
    """The whole model on each text alone, unpadded: what transformers calls hidden states."""
    import torch

    checkpoint = find_checkpoint(str(folder))
    tokenizer = load_tokenizer(checkpoint)
    rows = []
    with exact_arithmetic(), torch.no_grad():
        model = load_model(checkpoint, "AutoModel", device="cpu", dtype=torch.float32)
        for text in task.inputs.ravel():
            ids = torch.tensor([tokenizer(text)["input_ids"]])
            states = torch.cat(model(input_ids=ids, output_hidden_states=True).hidden_states)
            rows.append(states[:, -1] if pool == "last" else states.mean(dim=1))
    return torch.stack(rows, dim=1).numpy().reshape(LAYERS + 1, *task.inputs.shape, -1)


@pytest.mark.parametrize("pool", ["last", "mean"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_padding_changes_no_activation_at_any_layer(made, task, architecture, pool):
    alone = one_at_a_time(made[architecture], task, pool)
    for layer in range(LAYERS + 1):
        found = features(f"hf/{made[architecture]}@layer-{layer},pool={pool}", task)
        assert found.shape == (40, WIDTH)
        assert np.allclose(found, alone[layer], **CLOSE)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_two_extractions_have_the_same_bits(made, task, architecture):
    name = f"hf/{made[architecture]}@layer-2"
    assert np.array_equal(features(name, task), features(name, task))


def test_the_batch_size_changes_only_the_last_digits(made, task, monkeypatch):
    name = f"hf/{made['llama']}@layer-3"
    together = features(name, task)
    monkeypatch.setitem(_blocks.TOKENS, "cpu", 30)
    assert np.allclose(features(name, task), together, **CLOSE)


def test_items_with_their_own_choices_have_activations_of_each(made, tmp_path):
    rows = [
        {"text": text, "choices": ["yes", "no", "maybe not"], "truth": i % 3}
        for i, text in enumerate(texts(12))
    ]
    task = load_task(str(write_jsonl(tmp_path / "choices.jsonl", rows))).task
    found = features(f"hf/{made['gpt2']}@layer-1", task)
    assert found.shape == (12, 3, WIDTH)
    assert np.allclose(found, one_at_a_time(made["gpt2"], task, "last")[1], **CLOSE)
    assert np.ptp(found, axis=1).max(axis=1).min() > 0.01


def test_both_texts_of_a_pair_have_activations(made, tmp_path):
    found = texts(20)
    rows = [{"chosen": a, "rejected": f"{b} bad"} for a, b in zip(found, found[::-1], strict=True)]
    task = load_task(str(write_jsonl(tmp_path / "pairs.jsonl", rows))).task
    assert features(f"hf/{made['bert']}@layer-2,pool=mean", task).shape == (20, 2, WIDTH)


def test_equal_texts_are_computed_once(made, task, monkeypatch):
    seen = watch_reading(monkeypatch)
    found = features(f"hf/{made['llama']}@layer-2", task)
    assert len(seen) == len(set(task.inputs)) < len(task)
    assert np.array_equal(found[:2], found[-2:])


def test_blocks_above_the_layer_are_freed(made):
    checkpoint = find_checkpoint(str(made["llama"]))
    lower, whole = (Reader(checkpoint, top, "cpu").model for top in (1, LAYERS))
    assert (len(lower.layers), len(whole.layers)) == (2, LAYERS)


def test_blocks_above_the_layer_do_not_run(made, task, monkeypatch):
    from transformers.models.llama.modeling_llama import LlamaDecoderLayer

    ran = []
    forward = LlamaDecoderLayer.forward
    monkeypatch.setattr(
        LlamaDecoderLayer,
        "forward",
        lambda self, *given, **named: ran.append(self) or forward(self, *given, **named),
    )
    features(f"hf/{made['llama']}@layer-1", task)
    assert len(set(ran)) == 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_several_layers_are_read_at_once_and_equal_single_extractions(
    made, task, store, monkeypatch, architecture
):
    names = [f"hf/{made[architecture]}@layer-{layer}" for layer in range(LAYERS + 1)]
    alone = [features(name, task) for name in names]
    read = watch_reading(monkeypatch)
    steps = {name: extract_step(task, FEATURES.build(name)) for name in names}
    complete(StepGraph(tuple(steps.values())), store, LocalEngine(1))
    assert len(read) == len(set(task.inputs))
    for name, one in zip(names, alone, strict=True):
        assert read_features(store, steps[name].key).tobytes() == one.tobytes()


def test_an_extraction_requests_an_available_gpu(made, task, monkeypatch):
    built = FEATURES.build(f"hf/{made['bert']}@layer-1")

    def gpus() -> set[int]:
        return {block.resources.gpus for block in extract_step(task, built).parents["blocks"]}

    assert gpus() == {0}
    monkeypatch.setattr(_hf, "pick_device", lambda: "cuda")
    assert gpus() == {1}


@pytest.mark.parametrize(
    "error", ["[enforce fail] DefaultCPUAllocator: can't allocate memory", "CUDA out of memory"]
)
def test_out_of_memory_halves_the_batch_and_is_noted(made, task, monkeypatch, error):
    import torch

    name = f"hf/{made['llama']}@layer-2"
    enough = features(name, task)
    kind = torch.cuda.OutOfMemoryError if "CUDA" in error else RuntimeError
    pooled = Reader.pooled

    def short(self, ids, places):
        if len(ids) > 1:
            raise kind(error)
        return pooled(self, ids, places)

    monkeypatch.setattr(Reader, "pooled", short)
    with pytest.warns(UserWarning, match=r"memory ran out \d times; the batch size is now 1 texts"):
        assert np.allclose(features(name, task), enough, **CLOSE)


def test_one_text_that_does_not_fit_into_memory_is_reported(made, task, monkeypatch):
    def short(self, ids, places):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Reader, "pooled", short)
    with pytest.raises(UserError, match="out of memory with one item at a time; lower max_length"):
        features(f"hf/{made['llama']}@layer-2", task)


def test_other_failures_are_not_treated_as_out_of_memory(made, task, monkeypatch):
    def broken(self, ids, places):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(Reader, "pooled", broken)
    with pytest.raises(DataError, match="failed: RuntimeError: shapes do not match"):
        features(f"hf/{made['llama']}@layer-2", task)


def test_the_number_of_truncated_texts_is_noted(made, task):
    name = f"hf/{made['llama']}@layer-1,max_length=8"
    with pytest.warns(UserWarning, match=r"\d+ of 38 texts .* more than 8 tokens and were"):
        cut = features(name, task)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = features(f"hf/{made['llama']}@layer-1", task)
    assert (cut == whole).all(axis=1).sum() < 40


@pytest.mark.parametrize("workers", [1, 2])
def test_the_row_notes_truncated_texts_also_from_the_cache(made, tmp_path, workers, warm):
    rows = [{"text": f"{text} {i}", "truth": i % 2} for i, text in enumerate(texts(80, 12))]
    items = write_jsonl(tmp_path / "items.jsonl", rows)
    study = Study(
        tasks=str(items),
        weak="lsa-4",
        methods="naive",
        seeds=1,
        strong=[f"hf/{made['llama']}@layer-{layer},max_length=8" for layer in (1, 2)],
    )
    for _ in range(2):
        rows = run_plan(make_plan(study), engine=LocalEngine(workers)).rows
        assert len(rows) == 2
        for row in rows:
            assert "of 80 texts of items.jsonl have more than 8 tokens and were" in row.note


@pytest.mark.parametrize("layer", [4, 100])
def test_an_unknown_layer_lists_the_layers(made, task, layer):
    with pytest.raises(DataError, match=rf"@layer-{layer}: the layer must be 0 \(the emb.*\) to 3"):
        features(f"hf/{made['bert']}@layer-{layer}", task)


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("@layer-two", "layer must be an integer"),
        ("@layer-1,pool=max", "pool must be one of last, mean"),
        ("@layer-1,max_length=2", "max_length must be 8 or more, got 2"),
        ("@layer-1,size=2", "no argument 'size'; allowed: checkpoint, layer, pool, max_length"),
    ],
)
def test_invalid_arguments_are_refused(made, ending, message):
    with pytest.raises(UserError, match=message):
        FEATURES.build(f"hf/{made['llama']}{ending}")


def test_images_and_vectors_are_refused(made):
    with pytest.raises(DataError, match="reads texts, but digits contains images"):
        features(f"hf/{made['llama']}@layer-1", load_task("digits").task)


def test_the_label_has_the_path_and_the_identity_covers_the_weights(made, tmp_path):
    import shutil

    copied = shutil.copytree(made["llama"], tmp_path / "copy")
    first, second = (
        FEATURES.build(f"hf/{one}@layer-2,pool=mean") for one in (made["llama"], copied)
    )
    assert first.label == f"hf/{made['llama']}@layer-2,pool=mean"
    assert FEATURES.build(f"hf/{copied}@layer-2,pool=last").label == f"hf/{copied}@layer-2"
    assert first.identity == second.identity
    assert first.identity["arguments"]["torch"]
    other = make_tiny("llama", tmp_path, seed=1)
    assert FEATURES.build(f"hf/{other}@layer-2,pool=mean").identity != first.identity


def test_a_study_extracts_each_layer_once_and_a_second_run_none(made, tmp_path, alone):
    found = texts(160, 6, seed=1)
    rows = [
        {"text": text, "truth": "not" in text or "no" in text or len(text) % 2} for text in found
    ]
    items = write_jsonl(tmp_path / "items.jsonl", rows)
    study = Study(
        tasks=str(items),
        weak=[f"hf/{made['llama']}@layer-0", f"hf/{made['llama']}@layer-1,pool=mean"],
        strong=[f"hf/{made['llama']}@layer-3,pool=mean", f"hf/{made['bert']}@layer-2"],
        methods=["naive", "confidence"],
        seeds=2,
    )
    first = run_plan(make_plan(study), engine=alone)
    assert first.work.extractions == 4
    assert len(first.rows) == 8
    second = run_plan(make_plan(study), engine=alone)
    assert second.work.extractions == second.work.trainings == 0
    assert second.rows == first.rows


@pytest.mark.parametrize("l2", [10.0, 100.0])
def test_a_head_on_activations_agrees_with_scikit_learn_to_three_decimals(made, task, l2):
    """The penalty of two classes, which have a row of weights each, is half of 1 / C."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    found, truth = features(f"hf/{made['llama']}@layer-2", task), np.arange(len(task)) % 2
    learn = np.arange(30)
    design = make_design(found, learn, 2)
    labels = np.eye(2)[truth[learn]]
    head = Head(0, labels, np.ones(30), l2, lambda weak, *_: (weak, np.ones(30)), static=True)
    mine = design.beliefs(fit_heads([design], [head])[0][None])[0]
    scaled = StandardScaler().fit(found[learn].astype(float)).transform(found.astype(float))
    theirs = LogisticRegression(C=2 / l2, tol=1e-10, max_iter=10_000)
    theirs.fit(scaled[learn], truth[learn])
    assert np.abs(mine - theirs.predict_proba(scaled)).max() < 1e-3
