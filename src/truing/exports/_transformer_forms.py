"""Forms of an exported transformer: the whole model, its adapter, or its head.

To add a form, write a function and its condition in `FORMS`; the first form that fits is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from truing.exports._base import Base
from truing.exports._loader import Reading, Weights, generate_loader, sequence_loader, states_loader
from truing.exports._texts import call_on_texts
from truing.exports._written import Written
from truing.students.transformer import Classifier, GradientHead, LabelReader, Model, Settings
from truing.tasks import Task

OF_MODEL = "`model.safetensors` contains all weights"
OF_ADAPTER = (
    "`adapter_model.safetensors` contains low-rank adapters; the base model is loaded from its own "
    "place"
)
SEQUENCE = (
    f"{OF_MODEL}, which `AutoModelForSequenceClassification` loads. It reads the last token of a "
    "text, as the study did."
)
REWARD = (
    "It is a reward model: its only label is the reward r of a text (the prompt, a line break and "
    "the answer), as TRL and RewardBench expect. Text a is better than text b with probability "
    "sigmoid(r(a) - r(b)) (Bradley and Terry 1952)."
)
INTERCEPTS = (
    "The classification layer of transformers has no intercepts. The intercepts of this model are "
    "in `bias.safetensors`, and the code below loads them. They are between {low:.2g} and "
    "{high:.2g}: without them, the beliefs differ a little."
)
STATES = (
    "{weights}. `head.safetensors` contains the linear layer (`weight`, `bias`) on the pooled last "
    "layer ({pool}). The classes of transformers for sequence classification pool in another way, "
    "so use the code below."
)
FROZEN = (
    "The model was frozen. `head.safetensors` contains a linear layer (`weight`, `bias`) on its "
    "pooled last layer ({pool}); standardization is part of the weights. The checkpoint is loaded "
    "from its own place."
)
GENERATES = (
    "{weights}. The model answers with the label as text, and its beliefs are the probabilities of "
    "the labels after the prompt of the code below."
)


@dataclass(frozen=True)
class TrainedModel:
    """A trained model that is written.

    Attributes:
        model: the model.
        settings: settings of its fine-tuning.
        base: the checkpoint from which it starts.
        task: the task.
        pool: pooling of the tokens' states; empty under `generate`.
        limit: maximum number of tokens.
        adapter: write the adapter instead of the merged model.
    """

    model: Model
    settings: Settings
    base: Base
    task: Task
    pool: str
    limit: int
    adapter: bool

    @property
    def has_classes(self) -> bool:
        """Whether the choices are classes."""
        return self.task.kind == "classification"

    @property
    def weights(self) -> Weights:
        """What the folder contains."""
        if self.settings.adapter == "head":
            return "base"
        return "adapter" if self.adapter else "own"

    @property
    def reading(self) -> Reading:
        """How the written model reads texts."""
        return Reading(self.weights, self.base, self.has_classes, self.settings.template)

    @property
    def values(self) -> dict[str, float]:
        """Values of the reading and the training that the folder states."""
        return {"max_length": self.limit, "learning_rate": self.settings.peak_learning_rate}

    def written(self, form: str, about: Sequence[str], loader: Any, tokenizer: Any) -> Written:
        """The description of the written folder of a classifier."""
        return Written(
            form,
            {"own": "transformers", "adapter": "peft", "base": "safetensors"}[self.weights],
            tuple(about),
            loader,
            self.base,
            call_on_texts(self.task, tokenizer, self.settings.template),
            {"pool": self.pool, **self.values},
        )


def _write_head(tuned: TrainedModel, tokenizer: Any, folder: Path) -> Written:
    """A head alone, with its standardization in the weights."""
    model = tuned.model
    assert isinstance(model, GradientHead)
    weight = model.linear.weight.detach().double() * model.scaling.double()
    bias = -weight @ model.center.double()
    if model.linear.bias is not None:
        bias += model.linear.bias.detach().double()
    _save(folder / "head.safetensors", weight=weight, bias=bias)
    layer = tuned.base.checkpoint.layers
    loader = states_loader(tuned.reading, layer, tuned.pool)
    about = FROZEN.format(pool=tuned.pool)
    return tuned.written("head on the last layer", [about], loader, tokenizer)


def _write_generator(tuned: TrainedModel, tokenizer: Any, folder: Path) -> Written:
    """A language model that answers with a label."""
    assert isinstance(tuned.model, LabelReader)
    _save_backbone(tuned, tuned.model.backbone, tokenizer, folder)
    about = [GENERATES.format(weights=OF_ADAPTER if tuned.adapter else OF_MODEL)]
    task = tuned.task

    def call(beliefs: Callable[..., Any], item: int) -> np.ndarray:
        one = task.items[item]
        if tuned.has_classes:
            return beliefs([str(one.text)])[0].numpy()
        return beliefs(str(one.text), list(map(str, one.choices))).numpy()

    return Written(
        "language model",
        "peft" if tuned.adapter else "transformers",
        tuple(about),
        generate_loader(tuned.reading, task.choices, tuned.limit),
        tuned.base,
        call,
        {"output": "generate", **tuned.values},
    )


def _is_sequence_classifier(tuned: TrainedModel) -> bool:
    """Whether a class of transformers pools as the study did: the last token, then `score`."""
    from transformers.models.auto import modeling_auto as auto

    known = auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES
    checkpoint = tuned.base.checkpoint
    if tuned.weights != "own" or tuned.pool != "last" or not checkpoint.causal:
        return False
    return checkpoint.config.model_type in known and hasattr(_empty_classifier(tuned), "score")


def _empty_classifier(tuned: TrainedModel) -> Any:
    """A model for sequence classification of transformers, without weights."""
    import torch
    from transformers import AutoModelForSequenceClassification

    config = tuned.base.checkpoint.config
    if tuned.has_classes:
        config.id2label = dict(enumerate(tuned.task.choices))
        config.label2id = {name: at for at, name in enumerate(tuned.task.choices)}
    else:
        name = "reward" if tuned.task.kind == "preference" else "score"
        config.id2label, config.label2id = {0: name}, {name: 0}
    with torch.device("meta"):
        return AutoModelForSequenceClassification.from_config(config)


def _write_sequence_classifier(tuned: TrainedModel, tokenizer: Any, folder: Path) -> Written:
    """A model for sequence classification of transformers."""
    assert isinstance(tuned.model, Classifier)
    linear, about = tuned.model.linear, [SEQUENCE]
    whole = _empty_classifier(tuned)
    setattr(whole, whole.base_model_prefix, _merged(tuned.model.backbone))
    whole.score = linear
    bias, linear.bias = linear.bias, None
    _save_whole(whole, tokenizer, folder)
    if bias is not None:
        _save(folder / "bias.safetensors", bias=bias.detach())
        about.append(INTERCEPTS.format(low=bias.min().item(), high=bias.max().item()))
    if tuned.task.kind == "preference":
        about.append(REWARD)
    loader = sequence_loader(tuned.reading)
    return tuned.written("sequence classifier", about, loader, tokenizer)


def _write_backbone(tuned: TrainedModel, tokenizer: Any, folder: Path) -> Written:
    """The model without a head, or its adapter, and the head in a separate file."""
    assert isinstance(tuned.model, Classifier)
    _save_backbone(tuned, tuned.model.backbone, tokenizer, folder)
    linear = tuned.model.linear
    weight = linear.weight.detach()
    bias = weight.new_zeros(len(weight)) if linear.bias is None else linear.bias.detach()
    _save(folder / "head.safetensors", weight=weight, bias=bias)
    layer = tuned.base.checkpoint.layers
    about = STATES.format(weights=OF_ADAPTER if tuned.adapter else OF_MODEL, pool=tuned.pool)
    loader = states_loader(tuned.reading, layer, tuned.pool)
    form = "adapter and head" if tuned.adapter else "backbone and head"
    return tuned.written(form, [about], loader, tokenizer)


Form = tuple[Callable[[TrainedModel], bool], Callable[[TrainedModel, Any, Path], Written]]
FORMS: tuple[Form, ...] = (
    (lambda tuned: isinstance(tuned.model, GradientHead), _write_head),
    (lambda tuned: isinstance(tuned.model, LabelReader), _write_generator),
    (_is_sequence_classifier, _write_sequence_classifier),
    (lambda tuned: True, _write_backbone),
)
"""Forms of a folder: whether a model can have this form, and the function that writes it."""


def _save_backbone(tuned: TrainedModel, backbone: Any, tokenizer: Any, folder: Path) -> None:
    """Save a trained model, with its adapter merged, or the adapter alone."""
    if not tuned.adapter:
        _save_whole(_merged(backbone), tokenizer, folder)
        return
    adapter = backbone.peft_config["default"]
    adapter.base_model_name_or_path, adapter.revision = tuned.base.name, tuned.base.revision
    backbone.save_pretrained(folder, save_embedding_layers=False)


def _merged(backbone: Any) -> Any:
    """A model with its adapter merged in single precision; a model without adapters as it is."""
    merge = getattr(backbone, "merge_and_unload", None)
    return merge() if merge is not None and backbone.float() is backbone else backbone


def _save_whole(model: Any, tokenizer: Any, folder: Path) -> None:
    model.config.use_cache = True  # which the training does not need
    model.config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)


def _save(path: Path, **tensors: Any) -> None:
    """Save tensors in single precision."""
    from safetensors.torch import save_file

    save_file({name: one.float().cpu().contiguous() for name, one in tensors.items()}, path)
