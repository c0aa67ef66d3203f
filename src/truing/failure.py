"""The line of a user's function that failed, for messages."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path

from truing.closure import TRUING
from truing.errors import in_one_line
from truing.imports import INSTALLED, LIBRARY

LONGEST = 120  # characters of a line of source that a message shows


def failure_line(error: BaseException) -> str:
    """Type and message of an error, and the user's line where it was raised, in one line.

    Examples:
        >>> from truing.failure import failure_line
        >>> def smooth(weak):
        ...     return weak / 0
        >>> try:
        ...     smooth(1)
        ... except ZeroDivisionError as error:
        ...     print(failure_line(error))
        ZeroDivisionError: division by zero (in smooth, line 2: return weak / 0)
    """
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_users(one.filename)]
    if not frames:
        return in_one_line(error)
    last = frames[-1]
    name = "a lambda function" if last.name == "<lambda>" else last.name
    line = f": {last.line[:LONGEST]}" if last.line else ""
    return f"{in_one_line(error)} (in {name}, line {last.lineno}{line})"


def _is_users(file: str) -> bool:
    """Whether code of the user is in a file: not of truing, the library or a package."""
    path = Path(file)
    return not (
        file.startswith("<frozen")
        or path.is_relative_to(TRUING)
        or path.is_relative_to(LIBRARY)
        or INSTALLED & set(path.parts)
    )


def keep_lines(file: str, first: int, text: str) -> None:
    """Show the source text of a function in messages although its file is elsewhere.

    Args:
        file: name of the file, or of the notebook cell.
        first: number of the text's first line there.
        text: source text.
    """
    if Path(file).is_file():
        return
    lines = list(linecache.getlines(file))
    lines += ["\n"] * (first - 1 - len(lines))
    own = text.splitlines(keepends=True)
    if lines[first - 1 : first - 1 + len(own)] == own:
        return
    lines[first - 1 : first - 1 + len(own)] = own
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
