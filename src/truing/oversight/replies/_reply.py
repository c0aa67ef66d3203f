"""Reply: a model's text, its stop reason and its native reasoning."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight.tools import ToolUse


@dataclass(frozen=True)
class Reply:
    """The reply of a model.

    Attributes:
        text: the text, without reasoning that the provider returns separately.
        stop_reason: stop reason as Inspect names it: `stop`, `max_tokens`, `model_length`,
            `tool_calls`, `content_filter` (also for a refusal that the provider marks) or
            `unknown`.
        reasoning: native reasoning, which no other role may read.
        tool_uses: tools that the model used before this reply, in order; no other role reads them.
        calls: number of requests; a reply that uses tools takes another request.
        log_probabilities: log-probability of each of the request's letters as the reply; None if
            none was requested, or if the reply is not one of them.
    """

    text: str
    stop_reason: str = "stop"
    reasoning: str = ""
    tool_uses: tuple[ToolUse, ...] = ()
    calls: int = 1
    log_probabilities: tuple[float, ...] | None = None

    @property
    def truncated(self) -> bool:
        """Whether the reply was cut off at a token limit."""
        return self.stop_reason in ("max_tokens", "model_length")
