"""Settings: how a transformer is fine-tuned, as `hf/NAME,argument=value` says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from truing.errors import UserError
from truing.specification import Specification

Adapter = Literal["full", "lora", "head"]
Output = Literal["classify", "generate"]
Pool = Literal["auto", "last", "mean", "cls"]

ALLOWED = {"adapter": get_args(Adapter), "output": get_args(Output), "pool": get_args(Pool)}
RATES = {"full": 1e-5, "lora": 1e-4, "head": 1e-2}
"""Learning rate by what is trained: Burns et al. 2023 (appendix A) take 1e-5 for whole models."""


@dataclass(frozen=True)
class Settings:
    """What may be chosen in a fine-tuning.

    Attributes:
        adapter: what is trained: the `full` model, low-rank adapters of all its linear layers
            (`lora`, Hu et al. 2021), or the linear `head` alone, on a frozen backbone.
        output: `classify` puts a linear layer on the pooled last layer; `generate` asks a language
            model for the label as text.
        pool: of the tokens' states under `classify`: `last`, `mean` or `cls` (the first); `auto` is
            last for causal models and mean for others.
        epochs: passes over the learning items.
        rate: learning rate at its highest; it warms up linearly and falls as a cosine. Zero stands
            for the adapter's own: full 1e-5, lora 1e-4, head 1e-2.
        batch: items a step.
        max_length: tokens of a text that are read, at most as many as the checkpoint can.
        rank: of the adapters under `lora`.
        decay: weight decay of AdamW.
        penalty: L2 penalty of a head that is trained alone, as that of heads on fixed features.
        gpus: that one model is spread over.
        template: whether texts that are lists of messages are written with the tokenizer's chat
            template (under `classify`).
    """

    adapter: Adapter = "full"
    output: Output = "classify"
    pool: Pool = "auto"
    epochs: int = 2
    rate: float = 0.0
    batch: int = 32
    max_length: int = 1024
    rank: int = 8
    decay: float = 0.0
    penalty: float = 1.0
    gpus: int = 1
    template: bool = False

    def __post_init__(self) -> None:
        for name, allowed in ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        if self.max_length < 8:
            raise ValueError(f"max_length must be 8 or more, not {self.max_length}")
        for name in ("epochs", "batch", "rank", "gpus"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not 0 < self.penalty < float("inf"):
            raise ValueError(f"penalty must be a number above 0, not {self.penalty}")
        for name in ("rate", "decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], not {getattr(self, name)}")
        if self.adapter == "head" and self.output == "generate":
            raise ValueError("adapter=head trains a linear head; with output=generate take lora")
        if self.template and self.output == "generate":
            raise ValueError(
                "template=true is for output=classify; output=generate has its own prompt"
            )

    @property
    def highest_rate(self) -> float:
        """The learning rate after the warm-up."""
        return self.rate or RATES[self.adapter]

    @property
    def identity(self) -> dict[str, Any]:
        """What tells the result from that of other settings, as JSON."""
        return asdict(replace(self, rate=self.highest_rate))

    @property
    def label(self) -> str:
        """The settings that are not the default, as they are typed, each with a comma before it."""
        plain = Settings()
        chosen = {one.name: getattr(self, one.name) for one in fields(self)}
        if chosen["rate"] == RATES[self.adapter]:
            chosen["rate"] = 0.0
        shown = {name: one for name, one in chosen.items() if one != getattr(plain, name)}
        return "".join(
            f",{name}={one:.12g}" if isinstance(one, float) else f",{name}={one}".lower()
            for name, one in shown.items()
        )


def parse_settings(specification: Specification) -> Settings:
    """Settings from the arguments of a specification.

    Raises:
        UserError: an argument that there is not, or a value that it may not have.
    """
    values = specification.read({one.name: type(one.default) for one in fields(Settings)})
    try:
        return Settings(**values)
    except ValueError as error:
        raise UserError(f"{str(specification)!r}: {error}") from error
