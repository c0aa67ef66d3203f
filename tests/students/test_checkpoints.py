"""Checkpoints: found by folder or hub id, told apart by their weights, and refused in one line."""

from __future__ import annotations

import json
import shutil
import socket

import numpy as np
import pytest

from tests.students.tiny import ARCHITECTURES, CONTEXT, LAYERS, WIDTH, make_tiny
from truing.errors import UserError
from truing.students.transformer import parse_transformer
from truing.students.transformer.checkpoints import _checkpoint
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._device import need_extra
from truing.students.transformer.checkpoints._encoding import encode, pad
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer


@pytest.fixture
def own(made, tmp_path):
    """A tiny Llama's folder that a test may change."""
    return shutil.copytree(made["llama"], tmp_path / "own")


@pytest.fixture
def no_hub(tmp_path, monkeypatch):
    """An empty cache, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def loaded(folder, auto="AutoModel"):
    import torch

    return load_model(find_checkpoint(str(folder)), auto, device="cpu", dtype=torch.float32)


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_folder_is_a_checkpoint(made, architecture):
    found = find_checkpoint(str(made[architecture]))
    assert (found.layers, found.context) == (LAYERS, CONTEXT)
    assert found.causal == (architecture != "bert")
    assert loaded(made[architecture]).config.hidden_size == WIDTH


def test_checkpoints_are_identified_by_weights_not_by_location(made, own, tmp_path):
    original, copied = find_checkpoint(str(made["llama"])), find_checkpoint(str(own))
    assert original.digest == copied.digest
    assert original.path != copied.path
    other = make_tiny("llama", tmp_path, seed=1)
    assert find_checkpoint(str(other)).digest != original.digest


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_change_of_any_file_that_is_read_is_noticed(own, file):
    before = find_checkpoint(str(own)).digest
    with open(own / file, "ab") as opened:
        opened.write(b" ")
    assert find_checkpoint(str(own)).digest != before


def test_files_that_are_not_read_do_not_count(own):
    before = find_checkpoint(str(own)).digest
    (own / "README.md").write_text("a tiny model")
    (own / "optimizer.pt").write_bytes(b"x")
    assert find_checkpoint(str(own)).digest == before


def test_loading_twice_gives_equal_models_and_does_not_use_the_generator(made):
    import torch

    state = torch.get_rng_state()
    first, second = (dict(loaded(made["bert"]).named_parameters()) for _ in range(2))
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not loaded(made["bert"]).training


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("config.json", "config.json"),
        ("model.safetensors", "model.safetensors"),
        ("tokenizer.json", "tokenizer.json"),
    ],
)
def test_a_folder_that_lacks_a_part_is_refused(own, file, wanted):
    (own / file).unlink()
    with pytest.raises(UserError, match=f"is not a checkpoint: {wanted} is missing"):
        find_checkpoint(str(own))


def test_a_missing_shard_is_named(own):
    index = {"weight_map": {"a": "model-00001-of-2.safetensors", "b": "model.safetensors"}}
    (own / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match=r"model-00001-of-2\.safetensors is missing"):
        find_checkpoint(str(own))


def test_a_checkpoint_without_some_of_its_weights_is_refused(own):
    from safetensors.torch import load_file, save_file

    weights = load_file(own / "model.safetensors")
    dropped = sorted(weights)[5]
    del weights[dropped]
    save_file(weights, own / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match="lacks 1 weights of its model"):
        loaded(own)


def test_damaged_weights_are_one_line(own):
    (own / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    with pytest.raises(UserError, match="the model cannot be loaded") as error:
        loaded(own)
    assert "\n" not in str(error.value)


def test_pickled_weights_are_read_as_plain_tensors(own):
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(own / "model.safetensors"), own / "pytorch_model.bin")
    whole = dict(loaded(own).named_parameters())
    (own / "model.safetensors").unlink()
    assert all(torch.equal(whole[name], one) for name, one in loaded(own).named_parameters())


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(own, tmp_path):
    import torch

    class Harm:
        def __reduce__(self):
            return (open, (str(tmp_path / "harmed"), "w"))

    torch.save({"model.embed_tokens.weight": Harm()}, own / "pytorch_model.bin")
    (own / "model.safetensors").unlink()
    with pytest.raises(UserError, match="the model cannot be loaded"):
        loaded(own)
    assert not (tmp_path / "harmed").exists()


def test_code_of_a_checkpoint_is_never_run(own, tmp_path):
    harm = f"open({str(tmp_path / 'harmed')!r}, 'w')\nclass Config: pass\nclass Model: pass\n"
    (own / "own.py").write_text(harm)
    edit(
        own / "config.json",
        model_type="own",
        auto_map={"AutoConfig": "own.Config", "AutoModel": "own.Model"},
    )
    with pytest.raises(UserError, match="it requires custom code, which truing does not run"):
        loaded(own)
    assert not (tmp_path / "harmed").exists()


def test_an_encoder_with_a_decoder_is_refused(made, own):
    edit(own / "config.json", model_type="t5", architectures=["T5Model"], is_encoder_decoder=True)
    with pytest.raises(UserError, match=r"encoder-decoder model; use an encoder \(BERT\)"):
        loaded(own)


@pytest.mark.parametrize("name", ["./models/none", "~/no/such", "/no/such", "a/b/c"])
def test_a_missing_folder_is_not_searched_on_the_hub(name, no_hub):
    with pytest.raises(UserError, match=rf"^hf/{name}: no such folder$"):
        find_checkpoint(name)


def test_an_invalid_hub_id_is_reported(no_hub):
    with pytest.raises(UserError, match=r"not an existing folder, and not a hub id \(OWNER/NAME\)"):
        find_checkpoint("what is this?")


def test_offline_a_missing_checkpoint_states_the_places_searched_and_how_to_get_it(no_hub):
    with pytest.raises(UserError) as error:
        find_checkpoint("owner/model")
    told = str(error.value)
    assert str(no_hub) in told
    assert "HF_HUB_OFFLINE is set" in told
    assert "hf download owner/model" in told


@pytest.mark.timeout(90)  # and not the minutes that the Hub's client would take
@pytest.mark.parametrize("listening", [True, False])
def test_an_unreachable_hub_is_reported_in_seconds(no_hub, monkeypatch, listening):
    from huggingface_hub import constants

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:  # and never answering
            silent.listen()
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(_checkpoint, "PATIENCE", 0.5)
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(UserError, match="the Hub cannot be reached") as error:
            find_checkpoint("owner/model")
    assert "\n" not in str(error.value)


def test_a_cached_snapshot_needs_no_network_and_is_identified_by_its_commit(made, no_hub):
    for commit in ("1" * 40, "2" * 40):
        repository = no_hub / "models--owner--model"
        shutil.copytree(made["llama"], repository / "snapshots" / commit)
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / "main").write_text(commit)
    newer = find_checkpoint("owner/model")
    assert newer.path.endswith("2" * 40)
    (repository / "refs" / "main").write_text("1" * 40)
    assert find_checkpoint("owner/model").digest != newer.digest
    assert loaded(newer.path).config.hidden_size == WIDTH


def test_a_revision_chooses_a_snapshot_in_the_cache(made, no_hub):
    repository = no_hub / "models--owner--model"
    (repository / "refs").mkdir(parents=True)
    for commit, reference in (("1" * 40, "v1"), ("2" * 40, "main")):
        shutil.copytree(made["llama"], repository / "snapshots" / commit)
        (repository / "refs" / reference).write_text(commit)
    assert find_checkpoint("owner/model").path.endswith("2" * 40)
    assert find_checkpoint("owner/model", "v1").path.endswith("1" * 40)
    assert find_checkpoint("owner/model", "1" * 40).path.endswith("1" * 40)
    name = "hf/owner/model,revision=v1"
    assert parse_transformer(name).label == name
    with pytest.raises(UserError, match="hf download owner/model --revision v9"):
        find_checkpoint("owner/model", "v9")


def test_a_local_folder_has_no_revision(made):
    with pytest.raises(UserError, match="a local model has no revision=v1; only a hub id has"):
        find_checkpoint(str(made["llama"]), "v1")


def test_a_snapshot_without_weights_is_refused(made, no_hub):
    repository = no_hub / "models--owner--model"
    shutil.copytree(made["llama"], repository / "snapshots" / ("1" * 40))
    (repository / "snapshots" / ("1" * 40) / "model.safetensors").unlink()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("1" * 40)
    with pytest.raises(UserError, match=r"hf download owner/model|model\.safetensors is missing"):
        find_checkpoint("owner/model")


def test_without_the_extra_the_message_says_which_command_installs_it(monkeypatch):
    from truing.students.transformer.checkpoints import _device

    monkeypatch.setattr(_device, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"hf/x needs PyTorch.*pip install 'truing\[train\]'"):
        need_extra("hf/x")
    monkeypatch.undo()
    need_extra("hf/x")


def test_a_tokenizer_without_padding_pads_with_its_end_of_text(tmp_path):
    tokenizer = load_tokenizer(find_checkpoint(str(make_tiny("llama", tmp_path, padding=False))))
    assert tokenizer.pad_token_id == tokenizer.eos_token_id is not None


def test_a_tokenizer_with_neither_padding_nor_end_is_refused(own):
    settings = json.loads((own / "tokenizer_config.json").read_text())
    for name in ("pad_token", "eos_token", "bos_token"):
        settings.pop(name)
    (own / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(UserError, match=r"set pad_token in its tokenizer_config\.json"):
        load_tokenizer(find_checkpoint(str(own)))


@pytest.mark.parametrize("architecture", ["llama", "bert"])
def test_long_texts_lose_their_beginning_and_are_counted(made, architecture):
    tokenizer = load_tokenizer(find_checkpoint(str(made[architecture])))
    texts = ["yes " * 9 + "the end", "the end", "yes " * 30 + "no"]
    whole = encode(tokenizer, texts, CONTEXT)
    assert whole.cut == 0
    exact = len(whole.ids[0])
    found = encode(tokenizer, texts, exact)
    assert found.cut == 1
    assert max(map(len, found.ids)) == exact
    assert all(np.array_equal(found.ids[i], whole.ids[i]) for i in (0, 1))
    assert np.array_equal(found.ids[2][-3:], whole.ids[2][-3:])
    if architecture == "bert":
        assert found.ids[2][0] == whole.ids[2][0] == tokenizer.cls_token_id
    assert tokenizer.truncation_side == "right"


def test_an_empty_text_has_a_token(made):
    for architecture in ARCHITECTURES:
        tokenizer = load_tokenizer(find_checkpoint(str(made[architecture])))
        assert min(map(len, encode(tokenizer, ["", "yes"], 8).ids)) > 0


def test_padding_is_on_the_requested_side():
    ids = [np.array([5, 6]), np.array([7])]
    tokens, mask = pad(ids, 9)
    assert (tokens.tolist(), mask.tolist()) == ([[5, 6], [7, 9]], [[1, 1], [1, 0]])
    tokens, mask = pad(ids, 9, "left")
    assert (tokens.tolist(), mask.tolist()) == ([[5, 6], [9, 7]], [[1, 1], [0, 1]])
