"""Too long: the error of a prompt that a local model cannot read."""

from __future__ import annotations


class PromptTooLong(Exception):
    """A prompt with at least as many tokens as the model reads."""


def why_too_long(error: BaseException) -> str:
    """Message of the prompt that was too long, if this led to an error; else empty.

    Examples:
        >>> from truing.oversight.local import why_too_long
        >>> why_too_long(ValueError("another error"))
        ''
    """
    at: BaseException | None = error
    while at is not None and not isinstance(at, PromptTooLong):
        at = at.__cause__
    return "" if at is None else str(at)
