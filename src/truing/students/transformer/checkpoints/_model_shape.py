"""Shape of a model: the numbers of its configuration that determine the memory of a training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from truing.students.transformer.checkpoints._checkpoint import Checkpoint, loading

COMPOSED = ("gelu_new", "gelu_fast")  # activation functions of several operations (GPT-2)
PARTS = 4  # number of intermediate results that they store


@dataclass(frozen=True)
class ModelShape:
    """Shape of a model.

    Attributes:
        parameters: number of parameters.
        linear: sum of the inputs and outputs of all linear layers, without the output layer. A
            low-rank adapter of rank r adds r times this number of parameters.
        layers: number of blocks.
        hidden: number of columns of the hidden states.
        vocabulary: number of tokens that the output layer predicts; 0 without an output layer.
        composed: number of values that the activation functions of the blocks store for a token
            beside their inputs and outputs.
    """

    parameters: int
    linear: int
    layers: int
    hidden: int
    vocabulary: int = 0
    composed: int = 0

    @property
    def stored(self) -> int:
        """Number of values for a token that all blocks store for the backward pass; approximate.

        Every linear layer stores its inputs and outputs, and two norms of a block their inputs.
        """
        return self.linear + 2 * self.layers * self.hidden + self.composed


@cache
def model_shape(checkpoint: Checkpoint, auto_class_name: str) -> ModelShape:
    """Shape of a checkpoint's model, from its configuration.

    Args:
        checkpoint: the checkpoint; its weights are not read.
        auto_class_name: class of transformers: `AutoModel` or `AutoModelForCausalLM`.

    Raises:
        UserError: transformers does not know the architecture.
    """
    return shape_of(empty_model(checkpoint, auto_class_name))


def empty_model(checkpoint: Checkpoint, auto_class_name: str) -> Any:
    """A checkpoint's model without its weights.

    Raises:
        UserError: transformers does not know the architecture.
    """
    with loading(checkpoint, "configuration"):
        return empty_model_of(checkpoint.config, auto_class_name)


def empty_model_of(config: Any, auto_class_name: str) -> Any:
    """The model of a configuration, on PyTorch's device `meta`, which stores no weights."""
    import torch
    import transformers

    with torch.device("meta"):
        model = getattr(transformers, auto_class_name).from_config(config)
    model.tie_weights()
    return model


def shape_of(model: Any) -> ModelShape:
    """Shape of a model."""
    import torch
    from transformers.pytorch_utils import Conv1D

    config, output = model.config.get_text_config(), model.get_output_embeddings()
    shapes = [
        tuple(module.weight.shape)
        for module in model.modules()
        if isinstance(module, torch.nn.Linear | Conv1D) and module is not output
    ]
    layers = int(config.num_hidden_layers)
    function = getattr(config, "activation_function", None) or getattr(config, "hidden_act", None)
    inner = max(max(shape) for shape in shapes) if function in COMPOSED else 0
    return ModelShape(
        parameters=sum(each.numel() for each in model.parameters()),
        linear=sum(sum(shape) for shape in shapes),
        layers=layers,
        hidden=int(config.hidden_size),
        vocabulary=0 if output is None else int(output.weight.shape[0]),
        composed=PARTS * layers * inner,
    )
