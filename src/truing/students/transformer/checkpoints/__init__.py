"""Checkpoints: pretrained models of transformers, their tokenizers, sizes and devices."""

from truing.students.transformer.checkpoints._checkpoint import (
    PICKLED,
    UNLIMITED,
    Checkpoint,
    find_checkpoint,
    quiet,
)
from truing.students.transformer.checkpoints._device import (
    Room,
    enough_memory,
    exact_arithmetic,
    need_extra,
    pick_device,
    pick_dtype,
    seed_everything,
)
from truing.students.transformer.checkpoints._encoding import (
    Pooling,
    batches_in_order,
    encode,
    format_dialogues,
    pad,
    pooled,
    special_start,
)
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.students.transformer.checkpoints._memory import free_memory
from truing.students.transformer.checkpoints._model_shape import ModelShape, model_shape
from truing.students.transformer.checkpoints._model_size import ModelSize, model_size

__all__ = [
    "PICKLED",
    "UNLIMITED",
    "Checkpoint",
    "ModelShape",
    "ModelSize",
    "Pooling",
    "Room",
    "batches_in_order",
    "encode",
    "enough_memory",
    "exact_arithmetic",
    "find_checkpoint",
    "format_dialogues",
    "free_memory",
    "load_model",
    "load_tokenizer",
    "model_shape",
    "model_size",
    "need_extra",
    "pad",
    "pick_device",
    "pick_dtype",
    "pooled",
    "quiet",
    "seed_everything",
    "special_start",
]
