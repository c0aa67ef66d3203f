"""Settings of a fine-tuning, the arguments of `hf/NAME,argument=value`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from truing.errors import UserError
from truing.specification import Specification

Adapter = Literal["full", "lora", "head"]
Output = Literal["classify", "generate"]
Pool = Literal["auto", "last", "mean", "cls"]

ALLOWED = {"adapter": get_args(Adapter), "output": get_args(Output), "pool": get_args(Pool)}
LEARNING_RATES = {"full": 1e-5, "lora": 1e-4, "head": 1e-2}
"""Default learning rate by adapter. Burns et al. 2023 (appendix A) use 1e-5 for whole models."""


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
            decay. 0 selects the adapter's default: full 1e-5, lora 1e-4, head 1e-2.
        batch_size: items per step.
        max_length: maximum number of tokens per text, at most the checkpoint's context.
        lora_rank: rank of the adapters under `lora`.
        weight_decay: weight decay of AdamW.
        l2: strength of the L2 penalty of a head that is trained alone, the same objective as that
            of heads on fixed features.
        gpus: number of devices for one model.
        template: format texts that are lists of messages with the tokenizer's chat template
            (under `classify`).

    Examples:
        >>> from truing.students.transformer import Settings
        >>> settings = Settings(adapter="lora", num_epochs=3)
        >>> settings.label, settings.peak_learning_rate
        (',adapter=lora,num_epochs=3', 0.0001)
    """

    adapter: Adapter = "full"
    output: Output = "classify"
    pool: Pool = "auto"
    num_epochs: int = 2
    learning_rate: float = 0.0
    batch_size: int = 32
    max_length: int = 1024
    lora_rank: int = 8
    weight_decay: float = 0.0
    l2: float = 1.0
    gpus: int = 1
    template: bool = False

    def __post_init__(self) -> None:
        for name, allowed in ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be {', '.join(allowed[:-1])} or {allowed[-1]}, "
                    f"got {getattr(self, name)!r}"
                )
        if self.max_length < 8:
            raise ValueError(f"max_length must be 8 or more, got {self.max_length}")
        for name in ("num_epochs", "batch_size", "lora_rank", "gpus"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if not 0 < self.l2 < float("inf"):
            raise ValueError(f"l2 must be a finite number above 0, got {self.l2:g}")
        for name in ("learning_rate", "weight_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name):g}")
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
    def peak_learning_rate(self) -> float:
        """Learning rate after the warm-up."""
        return self.learning_rate or LEARNING_RATES[self.adapter]

    @property
    def identity(self) -> dict[str, Any]:
        """JSON values that determine the result; equal settings have equal identities."""
        return asdict(replace(self, learning_rate=self.peak_learning_rate))

    @property
    def label(self) -> str:
        """Arguments that differ from the defaults, as typed, each preceded by a comma."""
        default = Settings()
        chosen = {one.name: getattr(self, one.name) for one in fields(self)}
        if chosen["learning_rate"] == LEARNING_RATES[self.adapter]:
            chosen["learning_rate"] = 0.0
        shown = {name: one for name, one in chosen.items() if one != getattr(default, name)}
        return "".join(
            f",{name}={one:.12g}" if isinstance(one, float) else f",{name}={one}".lower()
            for name, one in shown.items()
        )


def parse_settings(specification: Specification) -> Settings:
    """Settings from the arguments of a specification.

    Raises:
        UserError: an unknown argument, or a value that is not allowed.
    """
    values = specification.read({one.name: type(one.default) for one in fields(Settings)})
    try:
        return Settings(**values)
    except ValueError as error:
        raise UserError(f"{str(specification)!r}: {error}") from error
