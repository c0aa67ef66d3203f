"""GGUF: a checkpoint in one file of llama.cpp, converted once to a folder of transformers.

The weights of a GGUF file are usually quantized to four or five bits. transformers restores them to
single precision and reads the tokenizer from the same file. That takes a minute or more, so the
resulting folder is kept in the cache.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from truing.errors import UserError
from truing.places import converted_folder

MAGIC = b"GGUF"
SUFFIX = ".gguf"


def convert_gguf(name: str, file: Path, digest: str) -> Path:
    """Convert a GGUF file to a folder with safetensors, configuration and tokenizer.

    The folder is complete or absent: it is written under another name, then renamed. A folder that
    exists is returned at once.

    Args:
        name: name of the checkpoint in messages, after `hf/`.
        file: the GGUF file.
        digest: SHA-256 of the file.

    Raises:
        UserError: the file is not a GGUF file, or the package gguf is not installed.
    """
    folder = converted_folder() / digest[:32]
    if folder.is_dir():
        return folder
    with open(file, "rb") as start:
        if start.read(len(MAGIC)) != MAGIC:
            raise UserError(f"hf/{name}: {file.name} is not a GGUF file, or is damaged")
    if find_spec("gguf") is None:
        raise UserError(
            f"hf/{name}: GGUF files need the package gguf (not installed): "
            "pip install 'truing[train]'"
        )
    print(f"{file.name}: restoring quantized weights, once; a minute or more", file=sys.stderr)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix="draft-", dir=folder.parent))
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar cannot be switched off
            _save(file, draft)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _save(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    given: dict[str, Any] = {"gguf_file": file.name, "local_files_only": True}
    AutoTokenizer.from_pretrained(file.parent, **given).save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **given)
    # The restored weights are plain tensors; transformers refuses to save them as quantized.
    for owner, attribute in (
        (model, "hf_quantizer"),
        (model, "quantization_method"),
        (model, "is_quantized"),
        (model.config, "quantization_config"),
    ):
        with contextlib.suppress(AttributeError):
            delattr(owner, attribute)
    model.save_pretrained(folder)
