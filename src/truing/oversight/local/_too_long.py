"""Too long: the error of a prompt that a local model cannot read."""

from __future__ import annotations


class PromptTooLongError(ValueError):
    """A prompt with at least as many tokens as the model reads."""


def is_too_long(error: BaseException) -> bool:
    """Whether an error, or an error that led to it, is a prompt that is too long.

    Examples:
        >>> from truing.oversight.local import is_too_long
        >>> is_too_long(ValueError("another error"))
        False
    """
    at: BaseException | None = error
    while at is not None and not isinstance(at, PromptTooLongError):
        at = at.__cause__
    return at is not None
