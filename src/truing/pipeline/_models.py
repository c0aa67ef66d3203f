"""Models: activations and fine-tuning of a transformer in a folder that the run may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from truing.errors import UserError
from truing.methods import Method, Training, plan_tunings
from truing.pipeline._given import Given
from truing.pipeline._training import make_training
from truing.specification import Specification
from truing.students.features import FEATURES
from truing.tasks import Item, Kind, Task

Texts = Sequence[str] | Sequence[Sequence[str]]


def activations(
    texts: Texts,
    model: str | Path,
    layer: int,
    *,
    pool: Literal["last", "mean"] = "last",
    max_length: int = 512,
) -> np.ndarray:
    """Hidden states of a frozen transformer at one layer, float32: (n, d), or (n, k, d).

    Args:
        texts: n texts, or n lists of texts (one per choice); NaN for absent choices.
        model: folder of the model, such as `given.models["small"]`.
        layer: 0 for the embeddings, then the output of each block.
        pool: the last token, for causal language models, or the mean over the tokens, for encoders.
        max_length: maximum number of tokens per text; a longer text is truncated at its beginning.

    Raises:
        UserError: a folder that is not a model, or too little memory.
        DataError: the model has no such layer.
    """
    own = not isinstance(texts[0], str)
    k = max(len(one) for one in texts) if own else 1
    task = _task("preference" if own else "classification", texts, tuple(map(str, range(k))))
    given = {"pool": pool, "max_length": str(max_length)}
    return FEATURES.build(Specification(f"hf/{model}@layer-{layer}", given)).value(task)


def fine_tune(
    given: Given, method: str | Method = "naive", *, model: str | Path, **settings: Any
) -> np.ndarray:
    """Fine-tune a transformer on the weak labels; returns beliefs (m, k) about `given.predict`.

    Args:
        given: inputs of the run, a task of texts.
        method: see `train_method`.
        model: folder of the model.
        settings: settings of the training, such as `adapter="lora"`, `num_epochs=3` or
            `learning_rate=1e-4`; see `truing.students.transformer.Settings`.

    Raises:
        UserError: an unknown setting, or a value that is not allowed.
        MethodError: the method broke its contract.
    """
    from truing.students.transformer import (
        Validation,
        finetune,
        parse_transformer,
        validation_items,
    )

    spelled = {name: str(value) for name, value in settings.items()}
    transformer = parse_transformer(Specification(f"hf/{model}", spelled))
    if transformer.settings.chooses_learning_rate:
        raise UserError("learning_rate must be a number here, got 'auto'; try several in run.py")
    n, m = len(given.learn), len(given.predict)
    task = _task(cast(Kind, given.kind), [*given.learn, *given.predict], given.choices)
    training = make_training(given, method, 1.0)
    share, where = transformer.settings.validation_share, "the learning items"
    out = validation_items(training.clusters, share, training.chance, where)
    prepares = training.method.prepare is not None
    tunings = plan_tunings(
        transformer,
        task,
        _without(training, out),
        np.arange(n, n + m),
        transformer.activations.value(task) if prepares else None,
        Validation(training.learn[out], training.labels[out]) if out.any() else None,
    )
    found = [finetune(one, _NoState(), lambda done, steps, items: None) for one in tunings]
    return np.concatenate([one.beliefs for one in found]).mean(axis=0, dtype=np.float64)


class _NoState:
    """Storage of a training that never saves its state."""

    def load(self) -> None:
        return None

    def due(self) -> bool:
        return False

    def save(self, arrays: Any) -> None:
        raise AssertionError("no state is due")


def _without(training: Training, out: np.ndarray) -> Training:
    """The training without some of its items (n,)."""
    kept = ~out
    return replace(
        training,
        learn=training.learn[kept],
        labels=training.labels[kept],
        clusters=training.clusters[kept],
    )


def _task(kind: Kind, texts: Sequence[Any], choices: tuple[str, ...]) -> Task:
    """A task of texts, whose items have neither ground truth nor names."""
    items = tuple(
        Item(str(at), one, choices) if isinstance(one, str) else Item(str(at), "", tuple(one))
        for at, one in enumerate(texts)
    )
    return Task("this run", kind, items, choices, "")
