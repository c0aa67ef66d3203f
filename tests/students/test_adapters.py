"""PEFT adapter folders are read with their base model; padding tokens without an embedding."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.students.tiny import make_tiny, texts
from truing.errors import UserError
from truing.students.features import FEATURES
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.tasks import load_task

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:fan_in_fan_out")


def make_adapter(folder, base, auto: str, named: str | None = None):
    """A LoRA adapter with random weights on a base checkpoint, and its merged model."""
    import transformers

    model = getattr(transformers, auto).from_pretrained(base)
    task = "CAUSAL_LM" if auto == "AutoModelForCausalLM" else None
    made = peft.LoraConfig(r=4, target_modules="all-linear", task_type=task)
    torch.manual_seed(0)
    wrapped = peft.get_peft_model(model, made)
    for name, weights in wrapped.named_parameters():
        if "lora_B" in name:
            weights.data.normal_(std=0.3)
    wrapped.save_pretrained(folder)
    config = folder / "adapter_config.json"
    stated = json.loads(config.read_text()) | {"base_model_name_or_path": named or str(base)}
    config.write_text(json.dumps(stated))
    return wrapped.merge_and_unload().eval()


def loaded(folder, auto: str):
    return load_model(find_checkpoint(str(folder)), auto, device="cpu", dtype=torch.float32)


@pytest.mark.parametrize(
    ("architecture", "auto"),
    [
        ("llama", "AutoModelForCausalLM"),
        ("llama", "AutoModel"),
        ("gpt2", "AutoModelForCausalLM"),
        ("bert", "AutoModel"),
    ],
)
def test_an_adapter_is_merged_into_its_base_model(tmp_path, architecture, auto):
    base = make_tiny(architecture, tmp_path)
    merged = make_adapter(tmp_path / "adapter", base, auto)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        wanted = merged(input_ids=ids, output_hidden_states=True).hidden_states[-1]
        found = loaded(tmp_path / "adapter", "AutoModel")(input_ids=ids).last_hidden_state
        plain = loaded(base, "AutoModel")(input_ids=ids).last_hidden_state
    assert torch.allclose(found, wanted, atol=1e-5)
    assert not torch.allclose(found, plain, atol=1e-2)
    if architecture == "llama":
        with torch.no_grad():
            logits = loaded(tmp_path / "adapter", "AutoModelForCausalLM")(input_ids=ids).logits
            head = loaded(base, "AutoModelForCausalLM").lm_head
            assert torch.allclose(logits, head(wanted), atol=1e-4)


def test_features_of_an_adapter_differ_from_its_base_and_have_another_identity(tmp_path):
    base = make_tiny("llama", tmp_path)
    make_adapter(tmp_path / "adapter", base, "AutoModelForCausalLM", named="../" + base.name)
    rows = [{"id": str(i), "text": text, "truth": "ab"[i % 2]} for i, text in enumerate(texts(40))]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = load_task(str(tmp_path / "t.jsonl")).task
    built = [FEATURES.build(f"hf/{one}@layer-2") for one in (base, tmp_path / "adapter")]
    first, second = (one.value(task) for one in built)
    assert first.shape == second.shape
    assert not np.allclose(first, second, atol=1e-3)
    assert built[0].identity != built[1].identity


def test_an_adapter_without_base_or_weights_is_refused(tmp_path):
    base = make_tiny("llama", tmp_path)
    make_adapter(tmp_path / "adapter", base, "AutoModelForCausalLM")
    config = tmp_path / "adapter" / "adapter_config.json"
    stated = json.loads(config.read_text())
    config.write_text(json.dumps({**stated, "base_model_name_or_path": None}))
    with pytest.raises(UserError, match="must name the base model in base_model_name_or_path"):
        find_checkpoint(str(tmp_path / "adapter"))
    config.write_text(json.dumps({**stated, "base_model_name_or_path": str(tmp_path / "gone")}))
    with pytest.raises(UserError, match="gone: no such folder"):
        find_checkpoint(str(tmp_path / "adapter"))
    config.write_text(json.dumps(stated))
    (tmp_path / "adapter" / "adapter_model.safetensors").unlink()
    with pytest.raises(UserError, match=r"has no adapter_model.safetensors"):
        find_checkpoint(str(tmp_path / "adapter"))


def test_an_adapter_of_another_architecture_is_refused(tmp_path):
    make_adapter(
        tmp_path / "adapter",
        make_tiny("bert", tmp_path),
        "AutoModel",
        named=str(make_tiny("gpt2", tmp_path)),
    )
    with pytest.raises(UserError, match="the adapter cannot be loaded"):
        loaded(tmp_path / "adapter", "AutoModel")


def test_a_padding_token_without_an_embedding_is_replaced_by_the_end_of_text(tmp_path):
    from transformers import AutoTokenizer

    path = make_tiny("llama", tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_special_tokens({"pad_token": "<new pad>"})
    tokenizer.save_pretrained(path)
    found = load_tokenizer(find_checkpoint(str(path)))
    assert found.pad_token_id == found.eos_token_id
    tokenizer.add_special_tokens({"eos_token": "<new end>"})
    tokenizer.save_pretrained(path)
    with pytest.raises(UserError, match=r"the padding token has id .* only .* embeddings"):
        load_tokenizer(find_checkpoint(str(path)))
