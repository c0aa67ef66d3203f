"""Reply: what a model wrote, why it stopped, and what it reasoned in private."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """The reply of a model.

    Attributes:
        text: the text, without reasoning that the provider returns apart from it.
        stop_reason: as Inspect names it: `stop`, `max_tokens`, `model_length`, `tool_calls`,
            `content_filter` (also for a refusal that the provider marks) or `unknown`.
        reasoning: native reasoning, which no other role may see.
    """

    text: str
    stop_reason: str = "stop"
    reasoning: str = ""

    @property
    def truncated(self) -> bool:
        """Whether the reply was cut off at a token limit."""
        return self.stop_reason in ("max_tokens", "model_length")
