"""Tools: what the models of a play may use before they reply."""

from truing.oversight.tools._calculator import calculate
from truing.oversight.tools._search import PASSAGE_WORDS, PASSAGES, search
from truing.oversight.tools._toolbox import (
    INPUTS,
    LONGEST_OUTPUT,
    MEANINGS,
    PYTHON,
    SEARCH,
    TOOL_ROUNDS,
    TOOLS,
    Toolbox,
    ToolUse,
)

__all__ = [
    "INPUTS",
    "LONGEST_OUTPUT",
    "MEANINGS",
    "PASSAGES",
    "PASSAGE_WORDS",
    "PYTHON",
    "SEARCH",
    "TOOLS",
    "TOOL_ROUNDS",
    "ToolUse",
    "Toolbox",
    "calculate",
    "search",
]
