"""learning_rate=auto: the learning rate of a fine-tuning, chosen by its validation loss.

For each value a model is trained naively on the labels, except on the validation items, and the
lowest validation loss of this training is the loss of the value. The value with the lowest loss is
chosen. Each of these trainings equals a training with `learning_rate=VALUE,validation=SHARE`.
"""

from __future__ import annotations

from dataclasses import replace

from truing.students.transformer.training._settings import LEARNING_RATES, Adapter
from truing.students.transformer.training._transformer import Transformer

FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)  # of the adapter's default learning rate


def learning_rates(adapter: Adapter) -> tuple[float, ...]:
    """Values of learning_rate=auto, in increasing order.

    Examples:
        >>> from truing.students.transformer import learning_rates
        >>> learning_rates("lora")
        (1e-05, 3e-05, 0.0001, 0.0003, 0.001)
    """
    # Rounded as in a label, so that a value equals the number that a user types.
    return tuple(float(f"{factor * LEARNING_RATES[adapter]:.12g}") for factor in FACTORS)


def with_learning_rate(transformer: Transformer, value: float) -> Transformer:
    """The transformer with a learning rate in place of `auto`, and the same validation items."""
    settings = transformer.settings
    chosen = replace(settings, learning_rate=value, validation=settings.validation_share)
    return replace(transformer, settings=chosen)
