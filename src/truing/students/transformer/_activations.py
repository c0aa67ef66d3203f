"""Activations: hidden states of a frozen transformer at chosen layers, one vector per text."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from truing.errors import DataError, Notice
from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._device import Room, exact_arithmetic, pick_device, pick_dtype
from truing.students.transformer._encoding import encode, length_batches, pad, pooled
from truing.students.transformer._items import check_texts
from truing.students.transformer._load import load_model, load_tokenizer
from truing.tasks import Task

Pool = Literal["last", "mean"]

BATCH = 256  # maximum number of texts per batch
# Maximum number of tokens per batch, padding included. Larger batches speed up a GPU; on a CPU core
# they only add padding.
TOKENS = {"cpu": 512, "cuda": 32768}


def activations(
    checkpoint: Checkpoint,
    task: Task,
    layers: Sequence[int],
    pool: Pool = "last",
    max_length: int = 1024,
    template: bool = False,
) -> list[np.ndarray]:
    """Hidden states of every text of a task at some layers, one vector per text; float32.

    The texts are read once for all layers, equal texts only once, and blocks above the highest
    layer are not computed. The composition of batches changes the last digits of float32, and the
    third digit of bfloat16. On a CPU, two extractions from the same task are bit-identical, for any
    set of other layers.

    Args:
        checkpoint: the model.
        task: the task whose texts are read.
        layers: 0 for the embeddings, then the output of each block. The last layer is taken after
            the model's final norm.
        pool: the last token of the text, or the mean over its tokens, special tokens included.
        max_length: maximum number of tokens per text, at most the model's context.
        template: format dialogues with the chat template of the checkpoint's tokenizer.

    Returns:
        For each layer (N, D), or (N, K, D) if items have their own choices, with NaN for absent
        choices.

    Raises:
        DataError: a task without texts, an empty choice, or an unknown layer.
        UserError: a checkpoint that cannot be loaded, or a text that does not fit into memory.
    """
    if task.medium != "texts":
        raise DataError(f"hf/{checkpoint.name} reads texts, but {task.name} contains {task.medium}")
    for layer in layers:
        if not 0 <= layer <= checkpoint.layers:
            raise DataError(
                f"hf/{checkpoint.name}@layer-{layer}: the layer must be 0 (the embeddings) to "
                f"{checkpoint.layers}"
            )
    check_texts(task)
    texts = task.texts
    distinct = dict.fromkeys(texts)
    row = {text: number for number, text in enumerate(distinct)}
    max_length = min(max_length, checkpoint.context)
    encoded = encode(load_tokenizer(checkpoint), list(distinct), max_length, template)
    if encoded.cut:
        warnings.warn(
            f"hf/{checkpoint.name}: {encoded.cut} of {len(distinct)} texts of {task.name} have "
            f"more than {max_length} tokens and were truncated at the beginning",
            Notice,
            stacklevel=2,
        )
    found = _states(checkpoint, encoded.ids, layers, pool)
    rows = [row[text] for text in texts]
    return [task.arrange(states[rows]) for states in found]


def _states(
    checkpoint: Checkpoint, ids: tuple[np.ndarray, ...], layers: Sequence[int], pool: Pool
) -> np.ndarray:
    """(layers, texts, D) pooled states; batches are halved if memory runs out."""
    device = pick_device()
    lengths = np.array([len(tokens) for tokens in ids])
    room = Room(BATCH)
    found: dict[int, np.ndarray] = {}
    with exact_arithmetic():
        lower = _LowerPart(checkpoint, layers, device)

        def read(size: int) -> None:
            for batch in length_batches(lengths, size, TOKENS[device]):
                if int(batch[0]) not in found:
                    states = lower.pooled([ids[text] for text in batch], pool)
                    found.update(zip(batch.tolist(), states.swapaxes(0, 1), strict=True))

        room.within(read)
    if room.halved:
        warnings.warn(
            f"hf/{checkpoint.name}: memory ran out {room.halved} times; the batch size is now "
            f"{room.size} texts",
            Notice,
            stacklevel=3,
        )
    return np.stack([found[text] for text in range(len(ids))], axis=1)


class _Reached(Exception):
    """Ends the forward pass at the highest requested layer."""


class _LowerPart:
    """A model without the blocks above the highest of some layers.

    Args:
        checkpoint: the model.
        layers: layers as numbered by `activations`. Blocks above the highest layer are removed
            before the model is moved to the device.
        device: device of PyTorch.
    """

    def __init__(self, checkpoint: Checkpoint, layers: Sequence[int], device: str):
        model = load_model(checkpoint, "AutoModel", device="cpu", dtype=pick_dtype(device))
        self.layers, self.top, self.last = layers, max(layers), checkpoint.layers
        self.states: dict[int, Any] = {}
        if min(layers) < self.last:
            name = _blocks_name(checkpoint, model)
            blocks = model.get_submodule(name)[: self.top + 1]
            model.set_submodule(name, blocks)
            for layer in {*layers} - {self.last}:
                blocks[layer].register_forward_pre_hook(self._keep(layer), with_kwargs=True)
        self.model, self.device = model.to(device), device

    def pooled(self, ids: list[np.ndarray], pool: Pool) -> np.ndarray:
        """(layers, B, D) float32."""
        import torch

        tokens, mask = (tensor.to(self.device) for tensor in pad(ids, 0))
        try:
            with torch.inference_mode():
                with contextlib.suppress(_Reached):
                    found = self.model(input_ids=tokens, attention_mask=mask)
                    self.states[self.last] = found.last_hidden_state
                chosen = [pooled(self.states[layer], mask, pool) for layer in self.layers]
                return torch.stack(chosen).cpu().numpy()
        finally:
            self.states.clear()  # also if memory ran out

    def _keep(self, layer: int) -> Callable[..., None]:
        """Hook that stores the input of a block, and ends the pass at the highest layer."""

        def keep(block: Any, given: tuple, named: dict[str, Any]) -> None:
            self.states[layer] = given[0] if given else named["hidden_states"]
            if layer == self.top:
                raise _Reached

        return keep


def _blocks_name(checkpoint: Checkpoint, model: Any) -> str:
    """Name of the module list with a model's blocks: `layers`, `h`, `encoder.layer`, ..."""
    import torch

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == checkpoint.layers:
            return name
    raise DataError(
        f"hf/{checkpoint.name}: the blocks of {type(model).__name__} are not in a module list; "
        f"only @layer-{checkpoint.layers} is available"
    )
