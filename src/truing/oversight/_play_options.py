"""Play options: settings of how all protocols of a run are played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from truing.errors import UserError

VerdictForm = Literal["text", "logprobs"]


@dataclass(frozen=True)
class PlayOptions:
    """Settings of how all protocols of a run are played.

    Attributes:
        verdict: form of the judge's verdict: probabilities that the judge writes (`text`), or the
            log-probabilities of the answers' letters (`logprobs`).
        prompts: specification of a folder of prompt templates; empty for the shipped prompts.
        sandbox: Inspect's sandbox in which the tool `python` runs: `docker`, `local` or another
            type that is installed; empty for no sandbox. `local` runs the code of models on this
            machine without isolation.

    Raises:
        UserError: a setting is not allowed.

    Examples:
        >>> from truing.oversight import PlayOptions
        >>> PlayOptions().to_json()
        {'verdict': 'text', 'prompts': '', 'sandbox': ''}
    """

    verdict: VerdictForm = "text"
    prompts: str = ""
    sandbox: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in get_args(VerdictForm):
            allowed = " or ".join(get_args(VerdictForm))
            raise UserError(f"verdict must be {allowed}, got {self.verdict!r}")

    def to_json(self) -> dict[str, Any]:
        """JSON form, with one key for each attribute."""
        return asdict(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> PlayOptions:
        """Read the JSON form; missing settings take their defaults."""
        return cls(**{name: stated[name] for name in cls.__dataclass_fields__ if name in stated})
