"""Settings of a fine-tuning, the arguments of `hf/NAME,argument=value`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

from truing.arguments import AtLeastOne, ShareOrZero, Within, limits_of, spelled
from truing.errors import UserError
from truing.specification import Specification

Adapter = Literal["full", "lora", "head"]
Output = Literal["classify", "generate"]
Pool = Literal["auto", "last", "mean", "cls"]
OptimizerName = Literal["adamw", "adamw8bit"]

LEARNING_RATES = {"full": 1e-5, "lora": 1e-4, "head": 1e-2}
"""Default learning rate by adapter. Burns et al. 2023 (appendix A) use 1e-5 for whole models."""

VALIDATION = 0.1  # default of `validation` with learning_rate=auto


@dataclass(frozen=True)
class Settings:
    """Settings of a fine-tuning.

    Attributes:
        adapter: trained parameters: the `full` model, low-rank adapters of all its linear layers
            (`lora`, Hu et al. 2021), or the linear `head` alone, on a frozen backbone.
        output: `classify` puts a linear layer on the pooled last layer; `generate` asks a language
            model for the label as text.
        pool: pooling of the tokens' states under `classify`: `last`, `mean` or `cls` (the first
            token). `auto` is `last` for causal models and `mean` for others.
        num_epochs: passes over the learning items.
        learning_rate: highest learning rate, reached by a linear warm-up and followed by a cosine
            decay. 0 selects the adapter's default: full 1e-5, lora 1e-4, head 1e-2. `auto`: the
            value with the lowest validation loss of five, the default times 0.1, 0.3, 1, 3 and 10.
        batch_size: items per step.
        max_length: maximum number of tokens per text, at most the checkpoint's context.
        lora_rank: rank of the adapters under `lora`.
        weight_decay: weight decay of AdamW.
        validation: share of the learning items that is kept out of training, in whole clusters.
            The weights with the lowest loss on these items' labels are used (early stopping). 0
            selects the default: 0, or 0.1 with learning_rate=auto.
        l2: strength of the L2 penalty of a head that is trained alone, the same objective as that
            of heads on fixed features.
        gpus: number of devices for one model.
        optimizer: `adamw`, whose moments have 32 bits, or torchao's `adamw8bit`, whose moments have
            8 bits (Dettmers et al. 2022).
        gradient_checkpointing: compute the activations of each block again in the backward pass
            instead of storing them (Chen et al. 2016). Results do not change.
        max_tokens: maximum number of tokens per forward pass, padding included; gradients are
            accumulated over the parts of a batch. 0 for whole batches.
        template: format texts that are lists of messages with the tokenizer's chat template
            (under `classify`).
        revision: branch, tag or commit of a hub id; empty for its main branch.

    Examples:
        >>> from truing.students.transformer import Settings
        >>> settings = Settings(adapter="lora", num_epochs=3)
        >>> settings.label, settings.peak_learning_rate
        (',adapter=lora,num_epochs=3', 0.0001)
    """

    adapter: Adapter = "full"
    output: Output = "classify"
    pool: Pool = "auto"
    num_epochs: AtLeastOne = 2
    learning_rate: Annotated[float | Literal["auto"], Within("[0, 1]")] = 0.0
    batch_size: AtLeastOne = 32
    max_length: Annotated[int, Within("[8, inf)")] = 1024
    lora_rank: AtLeastOne = 8
    weight_decay: ShareOrZero = 0.0
    validation: Annotated[float, Within("[0, 0.5]")] = 0.0
    l2: Annotated[float, Within("(0, inf)")] = 1.0
    gpus: AtLeastOne = 1
    optimizer: OptimizerName = "adamw"
    gradient_checkpointing: bool = False
    max_tokens: Annotated[int, Within("[0, inf)")] = 0
    template: bool = False
    revision: str = ""

    def __post_init__(self) -> None:
        for name, annotation in setting_types().items():
            if name == "learning_rate" and self.chooses_learning_rate:
                continue
            for limit in limits_of(annotation):
                limit.check(name, getattr(self, name))
        if self.adapter == "head" and self.output == "generate":
            raise ValueError(
                "adapter=head trains a linear head, which output=generate does not have; "
                "use adapter=lora"
            )
        if self.template and self.output == "generate":
            raise ValueError(
                "template=true requires output=classify; output=generate has its own prompt"
            )

    @property
    def chooses_learning_rate(self) -> bool:
        """Whether the learning rate is chosen by the validation loss."""
        return self.learning_rate == "auto"

    @property
    def peak_learning_rate(self) -> float:
        """Learning rate after the warm-up; it must have been chosen."""
        assert not isinstance(self.learning_rate, str), "the learning rate was chosen before"
        return self.learning_rate or LEARNING_RATES[self.adapter]

    @property
    def validation_share(self) -> float:
        """Share of the learning items that is kept out of training for validation."""
        return self.validation or (VALIDATION if self.chooses_learning_rate else 0.0)

    @property
    def identity(self) -> dict[str, Any]:
        """JSON values that determine the result; equal settings have equal identities."""
        stated = replace(self, validation=self.validation_share)
        if not self.chooses_learning_rate:
            stated = replace(stated, learning_rate=self.peak_learning_rate)
        values = asdict(stated)
        del values["gradient_checkpointing"]  # changes memory and time, but no result
        return values

    @property
    def label(self) -> str:
        """Arguments that differ from the defaults, as typed, each preceded by a comma."""
        default = Settings()
        chosen = {one.name: getattr(self, one.name) for one in fields(self)}
        if chosen["learning_rate"] == LEARNING_RATES[self.adapter]:
            chosen["learning_rate"] = 0.0
        if self.chooses_learning_rate and self.validation == VALIDATION:
            chosen["validation"] = 0.0
        shown = {name: one for name, one in chosen.items() if one != getattr(default, name)}
        return "".join(
            f",{name}={one:.12g}" if isinstance(one, float) else f",{name}={spelled(one)}"
            for name, one in shown.items()
        )


@cache
def setting_types() -> dict[str, Any]:
    """Annotation of each setting: its type, and its range or allowed names."""
    return get_type_hints(Settings, include_extras=True)


def parse_settings(specification: Specification) -> Settings:
    """Settings from the arguments of a specification.

    Raises:
        UserError: an unknown argument, or a value that is not allowed.
    """
    values = specification.read(setting_types())
    if values.get("learning_rate") == "auto" and values.get("validation") == 0:
        raise UserError(
            f"{str(specification)!r}: learning_rate=auto compares losses on validation items, so "
            "validation must be above 0, got 0; omit validation for a share of 0.1"
        )
    try:
        return Settings(**values)
    except ValueError as error:
        raise UserError(f"{str(specification)!r}: {error}") from error
