"""Checkpoint: a pretrained model by its hub id or its folder, told apart by its weights.

What a checkpoint brings is data: no code of it is run, and weights that are not safetensors are
unpickled as plain tensors or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import UserError

if TYPE_CHECKING:
    from transformers import PretrainedConfig

PATIENCE = 5.0  # seconds until a Hub that does not answer is given up
SAFE, PICKLED = "*.safetensors", "pytorch_model*.bin"
TEXTS = ("*.json", "*.txt", "*.model", "*.jinja")  # configuration and tokenizer
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.*", "*.spm", "spiece.model")
ADAPTER = "adapter_config.json"
ADAPTED = ("adapter_model.safetensors", "adapter_model.bin")
UNLIMITED = 1 << 20  # tokens, for a model that says nothing of its context


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model.

    Attributes:
        name: as the user gave it, after `hf/`.
        path: the folder that holds it.
        digest: SHA-256 that tells its weights, configuration and tokenizer.
        adapter: the folder of a PEFT adapter that is merged into the weights; None without one.
    """

    name: str
    path: str
    digest: str
    adapter: str | None = None

    @property
    def config(self) -> PretrainedConfig:
        """The model's configuration, as transformers completes it."""
        from transformers import AutoConfig

        with loading(self, "configuration"):
            return AutoConfig.from_pretrained(
                self.path, trust_remote_code=False, local_files_only=True
            )

    @property
    def layers(self) -> int:
        """Blocks of the model; its hidden states are numbered from 0, the embeddings, to this."""
        return int(self.config.get_text_config().num_hidden_layers)

    @property
    def context(self) -> int:
        """Tokens that the model can read, special tokens included."""
        config = self.config.get_text_config()
        own = getattr(config, "max_position_embeddings", None) or UNLIMITED
        told = _read_json(Path(self.path, "tokenizer_config.json")).get("model_max_length")
        return min(int(own), int(told or UNLIMITED))

    @property
    def causal(self) -> bool:
        """Whether a token sees only those before it, so that the last one sees the whole text."""
        from transformers.models.auto import modeling_auto as auto

        kind = self.config.model_type
        reads_both_ways = kind in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
        return kind in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not reads_both_ways


def find_checkpoint(name: str) -> Checkpoint:
    """A checkpoint by its local folder or its hub id; what is not here yet is downloaded.

    A hub id is looked up in the local cache first, so that a study goes on without a network, and
    with the same weights; `hf download NAME` brings the cache up to date.

    Raises:
        UserError: nothing of that name, or a folder that lacks a part of a checkpoint.
    """
    folder = Path(name).expanduser()
    if (folder / ADAPTER).is_file():
        return _find_adapted(name, folder)
    if folder.is_dir():
        _check_complete(name, folder)
        return Checkpoint(name, str(folder.absolute()), _folder_digest(folder))
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name:
        raise UserError(f"hf/{name}: no such folder")
    snapshot = _snapshot(name)
    _check_complete(name, snapshot)
    # A commit of the Hub never changes, whatever else was downloaded beside it.
    digest = hashlib.sha256(f"{name} {snapshot.name}".encode()).hexdigest()
    return Checkpoint(name, str(snapshot), digest)


def _find_adapted(name: str, folder: Path) -> Checkpoint:
    """The base model that a folder's PEFT adapter names, and the adapter.

    Raises:
        UserError: the adapter names no base model, the base is itself an adapter or cannot be
            found, or the adapter's weights are missing.
    """
    base_name = _read_json(folder / ADAPTER).get("base_model_name_or_path")
    if not isinstance(base_name, str) or not base_name:
        raise UserError(
            f"hf/{name}: {folder / ADAPTER} must name the base model in base_model_name_or_path"
        )
    if not any((folder / file).is_file() for file in ADAPTED):
        raise UserError(f"hf/{name}: {folder} has no {ADAPTED[0]}; save the adapter again")
    beside = folder / base_name  # a relative path counts from here, or from the adapter's folder
    found = not Path(base_name).is_dir() and beside.is_dir()
    base = find_checkpoint(str(beside) if found else base_name)
    if base.adapter is not None:
        raise UserError(f"hf/{name}: its base model {base_name} is an adapter; merge that first")
    digest = hashlib.sha256(f"{base.digest} {_adapter_digest(folder)}".encode()).hexdigest()
    return Checkpoint(name, base.path, digest, str(folder.absolute()))


def _adapter_digest(folder: Path) -> str:
    files = [folder / file for file in (ADAPTER, *ADAPTED) if (folder / file).is_file()]
    return hashlib.sha256("".join(_digest_of(file) for file in files).encode()).hexdigest()


def _snapshot(name: str) -> Path:
    """The folder of a hub id's files, downloaded where they are not in the cache."""
    from huggingface_hub import HfApi, constants, errors, snapshot_download

    with contextlib.suppress(errors.LocalEntryNotFoundError, errors.HFValidationError):
        held = Path(snapshot_download(name, local_files_only=True))
        if not _lacking(held):
            return held
    download = partial(snapshot_download, name, ignore_patterns=["*/*"], etag_timeout=PATIENCE)
    try:
        HfApi().model_info(name, timeout=PATIENCE)  # the download itself would wait for ever
        found = Path(download(allow_patterns=[*TEXTS, "*.spm", SAFE]))
        if not list(found.glob(SAFE)):
            download(allow_patterns=[PICKLED])
        return found
    except errors.HFValidationError:
        raise UserError(f"hf/{name}: no such folder, and no hub id (OWNER/NAME)") from None
    except errors.GatedRepoError:
        raise UserError(
            f"hf/{name} is gated: accept its terms at {constants.ENDPOINT}/{name}, then "
            "`hf auth login`"
        ) from None
    except errors.RepositoryNotFoundError:
        raise UserError(
            f"hf/{name}: no such folder, and the Hub has no model of that name that you may see "
            "(`hf auth login` for a private one)"
        ) from None
    except Exception as error:  # a network fails in many ways; the user's way out is the same
        why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else _in_short(error)
        raise UserError(
            f"hf/{name}: no such folder, not in the cache {constants.HF_HUB_CACHE}, and the Hub "
            f"cannot be asked ({why}); run `hf download {name}` where there is a network"
        ) from None


def _in_short(error: BaseException) -> str:
    """The first cause of an error, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:120] or type(error).__name__


def _check_complete(name: str, folder: Path) -> None:
    lacking = _lacking(folder)
    if lacking:
        raise UserError(f"hf/{name}: {folder} is no checkpoint: it has no {lacking}")


def _lacking(folder: Path) -> str:
    """What a folder would need to be a checkpoint; nothing where it is one."""
    if not (folder / "config.json").is_file():
        return "config.json"
    if not _weights(folder):
        return "model.safetensors"
    for index in folder.glob("*.index.json"):
        shards = set(_read_json(index).get("weight_map", {}).values())
        absent = sorted(one for one in shards if not (folder / one).is_file())
        if absent and index.name.startswith("model.safetensors"):
            return absent[0]
    if not any(list(folder.glob(pattern)) for pattern in TOKENIZERS):
        return "tokenizer.json"
    return ""


def _weights(folder: Path) -> list[Path]:
    return list(folder.glob(SAFE)) or list(folder.glob(PICKLED))


def _folder_digest(folder: Path) -> str:
    """SHA-256 of the files that are read, by name and content."""
    files = {*_weights(folder)}.union(*(folder.glob(one) for one in (*TEXTS, *TOKENIZERS)))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name} {_digest_of(file)}\n".encode())
    return digest.hexdigest()


def _digest_of(file: Path) -> str:
    told = file.stat()
    return _content_digest(file.absolute(), told.st_size, told.st_mtime_ns)


@cache
def _content_digest(path: Path, size: int, changed: int) -> str:
    """SHA-256 of a file, once for each state of it that this process saw."""
    del size, changed
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


@contextlib.contextmanager
def loading(checkpoint: Checkpoint, part: str) -> Iterator[None]:
    """Load with transformers: without its reports and bars, and any error as one line."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except Exception as error:  # transformers raises all kinds for a damaged or unknown checkpoint
        why = f"{type(error).__name__}: {_in_short(error)}"
        if "trust_remote_code" in str(error):
            why = "it needs code of its own, which is never run here"
        raise UserError(f"hf/{checkpoint.name}: its {part} cannot be loaded ({why})") from error
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
