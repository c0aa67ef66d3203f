"""Load: a checkpoint's tokenizer and model, with its own adapter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from truing.errors import UserError
from truing.students.transformer.checkpoints._checkpoint import UNLIMITED, Checkpoint, loading
from truing.students.transformer.checkpoints._memory import free_memory
from truing.students.transformer.checkpoints._spread import spread_over

NEW = ("pooler.", "score.", "classifier.")  # weights that may be missing in a checkpoint
BACKBONES = ("model", "transformer", "gpt_neox")  # names of the backbone in language models


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """Load a checkpoint's tokenizer; without a padding token, it pads with its end-of-text token.

    Raises:
        UserError: the tokenizer cannot be loaded, or has neither token.
    """
    from transformers import AutoTokenizer

    with loading(checkpoint, "tokenizer"):
        tokenizer = AutoTokenizer.from_pretrained(
            checkpoint.path, trust_remote_code=False, local_files_only=True
        )
    if tokenizer.pad_token_id is None:
        if tokenizer.eos_token_id is None:
            raise UserError(
                f"hf/{checkpoint.name}: the tokenizer has no padding token and no end-of-text "
                "token; set pad_token in its tokenizer_config.json"
            )
        tokenizer.pad_token = tokenizer.eos_token
    _check_padding(checkpoint, tokenizer)
    return tokenizer


def _check_padding(checkpoint: Checkpoint, tokenizer: Any) -> None:
    """Pad with the end-of-text token if the model has no embedding for the padding token.

    Padding is masked, so that the choice of the token does not change results.

    Raises:
        UserError: the model has no embedding for the end-of-text token either.
    """
    rows = getattr(checkpoint.config.get_text_config(), "vocab_size", None) or UNLIMITED
    if tokenizer.pad_token_id < rows:
        return
    beyond = tokenizer.pad_token_id
    if tokenizer.eos_token_id is None or tokenizer.eos_token_id >= rows:
        raise UserError(
            f"hf/{checkpoint.name}: the padding token has id {beyond}, but the model has only "
            f"{rows} embeddings; set pad_token in its tokenizer_config.json to a token below {rows}"
        )
    tokenizer.pad_token = tokenizer.eos_token


def load_model(
    checkpoint: Checkpoint, auto_class_name: str, *, device: str, dtype: Any, gpus: int = 1
) -> Any:
    """Load a checkpoint's model, in evaluation mode, without a cache of keys and values.

    Args:
        checkpoint: the checkpoint.
        auto_class_name: class of transformers: `AutoModel`, `AutoModelForCausalLM`, ...
        device: device of PyTorch.
        dtype: PyTorch type of the weights.
        gpus: number of GPUs over which the model is spread; 1 for one device.

    Raises:
        UserError: the model cannot be loaded, lacks weights, is an encoder-decoder model, or does
            not fit on the GPUs.
    """
    if checkpoint.config.is_encoder_decoder:
        raise UserError(
            f"hf/{checkpoint.name} is an encoder-decoder model; "
            "use an encoder (BERT) or a causal model (Llama)"
        )
    load = partial(_load_weights, checkpoint, gpus=gpus, dtype=dtype)
    if checkpoint.adapter is not None:
        model = _with_own_adapter(checkpoint, checkpoint.adapter, load, auto_class_name)
    else:
        model = load(auto_class_name)
    model.config.use_cache = False
    return model.eval() if gpus > 1 else model.eval().to(device)


def _load_weights(checkpoint: Checkpoint, auto_class_name: str, *, gpus: int, dtype: Any) -> Any:
    import torch
    import transformers

    placed = {}
    if gpus > 1:
        memory = free_memory("cuda", gpus)
        placed = {"device_map": spread_over(checkpoint, auto_class_name, memory, dtype)}
    # Weights that may be missing, such as a pooler, are random with a fixed seed.
    with torch.random.fork_rng(), loading(checkpoint, "model"):
        torch.manual_seed(0)
        model, found = getattr(transformers, auto_class_name).from_pretrained(
            checkpoint.path,
            dtype=dtype,
            trust_remote_code=False,
            local_files_only=True,
            weights_only=True,
            output_loading_info=True,
            **placed,
        )
    lacking = sorted(name for name in found["missing_keys"] if not name.startswith(NEW))
    if lacking:
        raise UserError(
            f"hf/{checkpoint.name} lacks {len(lacking)} weights of its model; the first is "
            f"{lacking[0]}"
        )
    return model


def _with_own_adapter(
    checkpoint: Checkpoint, adapter: str, load: Callable[[str], Any], auto_class_name: str
) -> Any:
    """Load a checkpoint's model with its adapter merged into the weights.

    Args:
        checkpoint: the checkpoint.
        adapter: folder of the adapter.
        load: loads the base model as a class of transformers.
        auto_class_name: name of this class.

    Raises:
        UserError: the adapter does not fit the model.
    """
    from peft import load_peft_weights

    with loading(checkpoint, "adapter"):
        saved = set(load_peft_weights(adapter, device="cpu"))
    # An adapter of a whole language model names its weights base_model.model.<backbone>.
    whole = any(key.split(".")[2] in BACKBONES for key in saved)
    made_for = "AutoModelForCausalLM" if whole else "AutoModel"
    model = _merged(load(made_for), checkpoint, adapter, saved)
    if made_for == auto_class_name:
        return model
    if whole:
        return model.base_model
    language_model = load(auto_class_name)
    setattr(language_model, language_model.base_model_prefix, model)
    return language_model


def _merged(model: Any, checkpoint: Checkpoint, adapter: str, saved: set[str]) -> Any:
    import peft

    with warnings.catch_warnings(), loading(checkpoint, "adapter"):
        warnings.simplefilter("ignore")  # PEFT warns about missing keys, which are checked here
        wrapped = peft.PeftModel.from_pretrained(model, adapter)
        places = {name.replace(".default", "") for name in wrapped.state_dict()}
        lost = sorted(key for key in saved - places if ".lora_" in key)
        if lost or not saved:
            raise ValueError(
                f"the base model has no place for {lost[0] if lost else 'the adapter'}"
            )
        return wrapped.merge_and_unload()
