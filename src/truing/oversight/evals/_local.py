"""Local: models of transformers on this machine, in Inspect's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspect_ai.model import GenerateConfig, Model

from truing.oversight._estimate import word_bound
from truing.oversight._model_specification import LOCAL, ModelSpecification

if TYPE_CHECKING:
    from truing.oversight.local._api import LocalModel


class BoundLocalModel(Model):
    """A local model with the settings of one role.

    Attributes:
        identity: text that identifies the weights and their type; cached replies of other weights
            at the same path are never used.
        bounded: whether the word limit of a request bounds the reply: the user states no
            `max_tokens`, and the model does not reason natively before its answer.
    """

    api: LocalModel
    bounded: bool

    @property
    def identity(self) -> str:
        """Text that identifies what computes the replies."""
        return self.api.weights.identity

    def most_tokens(self, max_words: int) -> int | None:
        """Maximum number of tokens of a reply with a word limit; None for the model's own."""
        if not (self.bounded and max_words):
            return None
        bound = word_bound(max_words)
        return min(bound, self.config.max_tokens or bound)


def local_model(asked: ModelSpecification, config: GenerateConfig) -> BoundLocalModel:
    """A local model; models with the same weights share them, and their calls are batched.

    Args:
        asked: the specification, with `dtype`, `device`, `revision`, `threads` and `batch_size`.
        config: settings of replies.

    Raises:
        UserError: a package is not installed, or the folder contains no model.
    """
    from truing.oversight.local import load_api  # imports PyTorch and transformers

    api = load_api(asked.name.removeprefix(LOCAL), asked.placement)
    # A batch takes as long as it takes: a timeout would only compute it again.
    made = BoundLocalModel(api, config.model_copy(update={"attempt_timeout": None}))
    made.bounded = "max_tokens" not in asked.sampling and not api.reasons
    return made
