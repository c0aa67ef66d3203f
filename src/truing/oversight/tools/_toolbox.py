"""Toolbox: the tools that one request may use, and the record of their use."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight.tools._calculator import calculate
from truing.oversight.tools._search import PASSAGE_WORDS, PASSAGES, search

CALCULATOR, PYTHON, SEARCH = TOOLS = ("calculator", "python", "search")
"""Names of all tools."""

TOOL_ROUNDS = 4
"""Maximum number of uses of tools in one request, one in each reply; then the model must answer."""

INPUTS = {CALCULATOR: "expression", PYTHON: "code", SEARCH: "query"}
"""Name of the argument of each tool."""

MEANINGS = {
    CALCULATOR: "Calculate the value of an arithmetic expression with + - * / // % ** and ().",
    SEARCH: f"Search the hidden text. Returns at most {PASSAGES} passages of at most "
    f"{PASSAGE_WORDS} words that contain words of the query.",
}
"""Description of each tool for the model; Inspect describes `python` itself."""

LONGEST_OUTPUT = 3000
"""Maximum number of bytes of a tool's output that a model reads."""


@dataclass(frozen=True)
class ToolUse:
    """One use of a tool.

    Attributes:
        name: name of the tool.
        input: expression, query or code.
        output: the text that the model read.
    """

    name: str
    input: str
    output: str


@dataclass(frozen=True)
class Toolbox:
    """The tools of a request.

    Attributes:
        names: names of the tools; empty for a request without tools.
        text: the hidden text that `search` searches; empty without `search`.

    Examples:
        >>> from truing.oversight.tools import Toolbox
        >>> Toolbox(("calculator",)).use("calculator", "6 * 7").output
        '42'
    """

    names: tuple[str, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        """Whether the request has a tool."""
        return bool(self.names)

    def use(self, name: str, given: str) -> ToolUse:
        """Use a tool that needs no sandbox.

        Args:
            name: name of the tool.
            given: expression or query.
        """
        if name not in self.names or name == PYTHON:
            return ToolUse(name, given, f"error: there is no tool {name!r} here")
        found = calculate(given) if name == CALCULATOR else search(self.text, given)
        return ToolUse(name, given, found)
