"""Memory of a fine-tuning, estimated from the shape of the model before it is loaded.

The memory is the sum of weights, gradients, optimizer states, activations and PyTorch itself:

- weights: 4 bytes per parameter; 2 bytes for weights in bfloat16 that are not trained. A model that
  is trained in bfloat16 also has a copy of its weights with 2 bytes per parameter.
- gradients: 4 bytes per trained parameter.
- optimizer: 8 bytes per trained parameter (two moments of AdamW), or 2 with moments of 8 bits.
- activations: each linear layer stores its inputs and outputs for the backward pass, and each norm
  its inputs: 4 bytes per value in single precision. In bfloat16 these are 3 bytes, because norms
  compute in single precision. With gradient checkpointing only the inputs of each block are stored,
  and the activations of one block.

Attention does not store its matrix of weights (Dao et al. 2022), so that activations are
proportional to the number of tokens.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from truing.students.transformer.checkpoints import ModelShape
from truing.students.transformer.training._settings import Settings
from truing.students.transformer.training._training import WIDER

SINGLE, HALF, MIXED = 4, 2, 3  # bytes per value in float32, in bfloat16, and of an activation
MOMENTS = {"adamw": 8.0, "adamw8bit": 2 + 8 / 256}  # bytes per parameter, scales included
BASE = {"cpu": 0.8e9, "cuda": 1e9}  # bytes of PyTorch and its libraries, or of the CUDA context
SCORES = 16  # bytes per predicted token: logits, log-probabilities and their gradients


@dataclass(frozen=True)
class TrainingMemory:
    """Estimated memory of a fine-tuning, in bytes.

    Attributes:
        weights: parameters, those of adapters, and on a CPU the copy that early stopping keeps.
        gradients: gradients of the trained parameters.
        optimizer: states of the optimizer.
        activations: values that the backward pass needs.
        base: PyTorch and its libraries, or the CUDA context.
    """

    weights: float
    gradients: float
    optimizer: float
    activations: float
    base: float

    @property
    def total(self) -> float:
        """Sum of all parts."""
        return sum(asdict(self).values())

    def __str__(self) -> str:
        parts = {**asdict(self), "PyTorch": self.base}
        del parts["base"]
        shown = ", ".join(f"{name} {size / 1e9:.1f}" for name, size in parts.items())
        return f"about {self.total / 1e9:.1f} GB of memory ({shown})"


def estimate_training_memory(
    shape: ModelShape,
    settings: Settings,
    *,
    tokens: int,
    sequences: int,
    device: str,
    half: bool,
    models: int = 1,
) -> TrainingMemory:
    """Estimate the memory of a fine-tuning.

    Args:
        shape: shape of the model.
        settings: settings of the fine-tuning.
        tokens: number of tokens of the longest forward pass of the training, padding included.
        sequences: number of sequences of this pass.
        device: `cpu` or `cuda`.
        half: the device computes in bfloat16.
        models: number of models that are trained at once: 2 for a method with peers.

    Examples:
        >>> from truing.students.transformer import Settings
        >>> from truing.students.transformer.checkpoints import ModelShape
        >>> from truing.students.transformer.training import estimate_training_memory
        >>> shape = ModelShape(6_476_271_616, linear=2_498_560, layers=32, hidden=4096)
        >>> passes = {"tokens": 4096, "sequences": 4, "device": "cuda", "half": True}
        >>> found = estimate_training_memory(shape, Settings(adapter="lora"), **passes)
        >>> round(found.total / 1e9, 1)  # GB
        48.2
    """
    adapters = settings.lora_rank * shape.linear if settings.adapter == "lora" else 0
    trained = {"full": shape.parameters, "lora": adapters, "head": 0}[settings.adapter]
    frozen = HALF if half else SINGLE
    stored = SINGLE + half * HALF if settings.adapter == "full" else frozen
    # Weights with the lowest validation loss are copied to main memory.
    kept = SINGLE * trained if settings.validation_share and device == "cpu" else 0
    return TrainingMemory(
        weights=models * (stored * shape.parameters + SINGLE * adapters + kept),
        gradients=models * SINGLE * trained,
        optimizer=models * MOMENTS[settings.optimizer] * trained,
        activations=models * _activations(shape, settings, tokens, sequences, half),
        base=BASE[device],
    )


def _activations(
    shape: ModelShape, settings: Settings, tokens: int, sequences: int, half: bool
) -> float:
    """Bytes of the activations of the largest forward pass, in training or in prediction."""
    value = MIXED if half else SINGLE
    block = value * shape.stored / shape.layers
    if settings.adapter == "head":  # its states are computed without gradients
        return tokens * block
    kept = float(value * shape.stored)
    if settings.gradient_checkpointing:
        state = HALF if half and settings.adapter == "lora" else SINGLE
        kept = block + state * shape.layers * shape.hidden
    predicted = WIDER * tokens * block / 2  # about half of a block's values exist at a time
    return max(tokens * kept, predicted) + SCORES * sequences * shape.vocabulary


def saving_settings(settings: Settings) -> list[str]:
    """Changes of the settings that reduce the memory of a fine-tuning, at least two.

    Examples:
        >>> from truing.students.transformer import Settings, saving_settings
        >>> saving_settings(Settings(adapter="lora", gradient_checkpointing=True))
        ['max_tokens=2048', 'a smaller max_length']
    """
    found = []
    if settings.adapter == "full":
        found.append("adapter=lora")
        if settings.optimizer == "adamw":
            found.append("optimizer=adamw8bit")
    if settings.adapter != "head" and not settings.gradient_checkpointing:
        found.append("gradient_checkpointing=true")
    found.append("a smaller max_tokens" if settings.max_tokens else "max_tokens=2048")
    return [*found, "a smaller max_length"]
