"""Checkpoint: a pretrained model, named by its hub id or folder and identified by its weights.

A checkpoint is data only: no code in it is run, and weights that are not safetensors are unpickled
as plain tensors or refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import UserError
from truing.students.transformer.checkpoints._gguf import SUFFIX, convert_gguf

if TYPE_CHECKING:
    from transformers import PretrainedConfig

PATIENCE = 5.0  # timeout of requests to the Hub, in seconds
SAFE, PICKLED = "*.safetensors", "pytorch_model*.bin"
TEXTS = ("*.json", "*.txt", "*.model", "*.jinja")  # configuration and tokenizer
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.*", "*.spm", "spiece.model")
ADAPTER = "adapter_config.json"
ADAPTED = ("adapter_model.safetensors", "adapter_model.bin")
UNLIMITED = 1 << 20  # tokens, for a model that does not state its context

# transformers and PEFT import torchao, if it is installed, which logs what it cannot use.
for _name in ("torchao", "torch.utils._pytree"):
    logging.getLogger(_name).setLevel(logging.ERROR)


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model.

    Attributes:
        name: name as typed by the user, after `hf/`.
        path: folder of the checkpoint.
        digest: SHA-256 that identifies its weights, configuration and tokenizer.
        adapter: folder of a PEFT adapter that is merged into the weights; None without an adapter.
    """

    name: str
    path: str
    digest: str
    adapter: str | None = None

    @property
    def config(self) -> PretrainedConfig:
        """Configuration of the model, completed by transformers."""
        from transformers import AutoConfig

        with loading(self, "configuration"):
            return AutoConfig.from_pretrained(
                self.path, trust_remote_code=False, local_files_only=True
            )

    @property
    def layers(self) -> int:
        """Number of blocks; hidden states are numbered from 0 (the embeddings) to this number."""
        return int(self.config.get_text_config().num_hidden_layers)

    @property
    def context(self) -> int:
        """Maximum number of tokens that the model can read, special tokens included."""
        config = self.config.get_text_config()
        own = getattr(config, "max_position_embeddings", None) or UNLIMITED
        stated = _read_json(Path(self.path, "tokenizer_config.json")).get("model_max_length")
        return min(int(own), int(stated or UNLIMITED))

    @property
    def causal(self) -> bool:
        """Whether tokens attend to earlier tokens only, so that the last token sees all."""
        from transformers.models.auto import modeling_auto as auto

        kind = self.config.model_type
        reads_both_ways = kind in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
        return kind in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not reads_both_ways


def find_checkpoint(name: str, revision: str = "") -> Checkpoint:
    """Find a checkpoint by its local folder, GGUF file or hub id; download it if it is not cached.

    A hub id is looked up in the local cache first, so that a study continues without a network and
    with the same weights. `hf download NAME` updates the cache.

    Args:
        name: hub id, folder or GGUF file.
        revision: branch, tag or commit of a hub id; by default its main branch.

    Raises:
        UserError: an unknown name or revision, an incomplete folder, or an unreadable GGUF file.
    """
    folder = Path(name).expanduser()
    if revision and (folder.suffix == SUFFIX or folder.is_dir()):
        raise UserError(f"hf/{name}: a local model has no revision={revision}; only a hub id has")
    if folder.suffix == SUFFIX:
        return _find_gguf(name, folder)
    if (folder / ADAPTER).is_file():
        return _find_adapted(name, folder)
    if folder.is_dir():
        _check_complete(name, folder)
        return Checkpoint(name, str(folder.absolute()), _folder_digest(folder))
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name:
        raise UserError(f"hf/{name}: no such folder")
    snapshot = _snapshot(name, revision or None)
    _check_complete(name, snapshot)
    # A commit of the Hub never changes, so its name identifies the files.
    digest = hashlib.sha256(f"{name} {snapshot.name}".encode()).hexdigest()
    return Checkpoint(name, str(snapshot), digest)


def _find_gguf(name: str, file: Path) -> Checkpoint:
    """Checkpoint of a GGUF file, converted in the cache.

    Raises:
        UserError: no such file, or transformers cannot read it.
    """
    if not file.is_file():
        raise UserError(f"hf/{name}: no such file")
    digest = _digest_of(file)
    with loading(Checkpoint(name, str(file), digest), "GGUF file"):
        return Checkpoint(name, str(convert_gguf(name, file.absolute(), digest)), digest)


def _find_adapted(name: str, folder: Path) -> Checkpoint:
    """Checkpoint of a folder's PEFT adapter and the base model that it names.

    Raises:
        UserError: the adapter names no base model, the base model is an adapter or cannot be found,
            or the adapter's weights are missing.
    """
    base_name = _read_json(folder / ADAPTER).get("base_model_name_or_path")
    if not isinstance(base_name, str) or not base_name:
        raise UserError(
            f"hf/{name}: {folder / ADAPTER} must name the base model in base_model_name_or_path"
        )
    if not any((folder / file).is_file() for file in ADAPTED):
        raise UserError(f"hf/{name}: {folder} has no {ADAPTED[0]}; save the adapter again")
    # A relative path refers to the working directory, or else to the adapter's folder.
    relative = folder / base_name
    in_folder = not Path(base_name).is_dir() and relative.is_dir()
    base = find_checkpoint(str(relative) if in_folder else base_name)
    if base.adapter is not None:
        raise UserError(
            f"hf/{name}: the base model {base_name} is an adapter; merge it into its base first"
        )
    digest = hashlib.sha256(f"{base.digest} {_adapter_digest(folder)}".encode()).hexdigest()
    return Checkpoint(name, base.path, digest, str(folder.absolute()))


def _adapter_digest(folder: Path) -> str:
    files = [folder / file for file in (ADAPTER, *ADAPTED) if (folder / file).is_file()]
    return hashlib.sha256("".join(_digest_of(file) for file in files).encode()).hexdigest()


def _snapshot(name: str, revision: str | None) -> Path:
    """Folder with the files of a hub id; downloads files that are not in the cache."""
    from huggingface_hub import HfApi, constants, errors, snapshot_download

    with contextlib.suppress(errors.LocalEntryNotFoundError, errors.HFValidationError):
        cached = Path(snapshot_download(name, revision=revision, local_files_only=True))
        if not _lacking(cached):
            return cached
    download = partial(
        snapshot_download, name, revision=revision, ignore_patterns=["*/*"], etag_timeout=PATIENCE
    )
    try:
        HfApi().model_info(
            name, revision=revision, timeout=PATIENCE
        )  # the download itself has no timeout
        found = Path(download(allow_patterns=[*TEXTS, "*.spm", SAFE]))
        if not list(found.glob(SAFE)):
            download(allow_patterns=[PICKLED])
        return found
    except errors.HFValidationError:
        raise UserError(
            f"hf/{name}: not an existing folder, and not a hub id (OWNER/NAME)"
        ) from None
    except errors.GatedRepoError:
        raise UserError(
            f"hf/{name} is gated: accept its terms at {constants.ENDPOINT}/{name}, then run "
            "`hf auth login`"
        ) from None
    except errors.RevisionNotFoundError:
        raise UserError(
            f"hf/{name} has no revision {revision!r} (a branch, tag or commit); see "
            f"{constants.ENDPOINT}/{name}/tree/main"
        ) from None
    except errors.RepositoryNotFoundError:
        raise UserError(
            f"hf/{name}: no such folder, and the Hub has no public model of that name; for a "
            "private model, run `hf auth login`"
        ) from None
    except Exception as error:  # a network may raise anything; the advice is the same
        chosen = f" --revision {revision}" if revision else ""
        why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else _in_short(error)
        raise UserError(
            f"hf/{name}: no such folder, not in the cache {constants.HF_HUB_CACHE}, and the Hub "
            f"cannot be reached ({why}); run `hf download {name}{chosen}` with a network connection"
        ) from None


def _in_short(error: BaseException) -> str:
    """First cause of an error, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:120] or type(error).__name__


def _check_complete(name: str, folder: Path) -> None:
    lacking = _lacking(folder)
    if lacking:
        raise UserError(f"hf/{name}: {folder} is not a checkpoint: {lacking} is missing")


def _lacking(folder: Path) -> str:
    """Name of a missing file of a checkpoint's folder; empty if the folder is complete."""
    if not (folder / "config.json").is_file():
        return "config.json"
    if not _weights(folder):
        return "model.safetensors"
    for index in folder.glob("*.index.json"):
        shards = set(_read_json(index).get("weight_map", {}).values())
        absent = sorted(shard for shard in shards if not (folder / shard).is_file())
        if absent and index.name.startswith("model.safetensors"):
            return absent[0]
    if not any(list(folder.glob(pattern)) for pattern in TOKENIZERS):
        return "tokenizer.json"
    return ""


def _weights(folder: Path) -> list[Path]:
    return list(folder.glob(SAFE)) or list(folder.glob(PICKLED))


def _folder_digest(folder: Path) -> str:
    """SHA-256 of the files that are read, by name and content."""
    files = {*_weights(folder)}.union(*(folder.glob(pattern) for pattern in (*TEXTS, *TOKENIZERS)))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name} {_digest_of(file)}\n".encode())
    return digest.hexdigest()


def _digest_of(file: Path) -> str:
    status = file.stat()
    return _content_digest(file.absolute(), status.st_size, status.st_mtime_ns)


@cache
def _content_digest(path: Path, size: int, changed: int) -> str:
    """SHA-256 of a file, cached by its size and modification time."""
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
    """Load with transformers, without its log and progress bars, and raise UserError on failure."""
    try:
        with quiet():
            yield
    except UserError:
        raise
    except Exception as error:  # transformers raises many types for a damaged or unknown checkpoint
        why = f"{type(error).__name__}: {_in_short(error)}"
        if "trust_remote_code" in str(error):
            why = "it requires custom code, which truing does not run"
        raise UserError(f"hf/{checkpoint.name}: the {part} cannot be loaded ({why})") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Switch the log and the progress bars of transformers off in a block."""
    from transformers.utils import logging as log

    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
