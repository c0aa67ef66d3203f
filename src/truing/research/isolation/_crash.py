"""What a crash of submitted code says: the line of the submitted file, and a short message."""

from __future__ import annotations

import traceback
from pathlib import Path

from truing.research.isolation import _wire as wire


def crash_message(error: BaseException, file: str) -> bytes:
    """Line number, class and text of an exception, in the format of `_wire.CRASH`.

    Args:
        error: the exception.
        file: path of the submitted file, relative to the working folder.
    """
    words = f"{type(error).__name__[:200]}: ".encode("utf-8", "replace") + message_of(error)
    return wire.CRASH.pack(_line(error, file)) + words


def no_module(report: bytes) -> bool:
    """Whether a report of the sandboxed process says that a module was not found."""
    return report[:1] == wire.CRASHED and report[1 + wire.CRASH.size :].startswith(
        ModuleNotFoundError.__name__.encode()
    )


def message_of(error: BaseException) -> bytes:
    """The text of an exception in one line, without the path of the working folder."""
    try:
        text = str(error).replace(f"{Path.cwd()}/", "")
    except Exception:  # the exception class may be defined in the submission and fail here
        text = "(no message)"
    return wire.one_line(text).encode("utf-8", "replace")


def _line(error: BaseException, file: str) -> int:
    """The line of the submitted file that raised an exception; 0 if there is none."""
    own = str(Path(file).resolve())
    if isinstance(error, SyntaxError) and error.filename == own:
        return error.lineno or 0
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == own]
    return lines[-1] if lines else 0
