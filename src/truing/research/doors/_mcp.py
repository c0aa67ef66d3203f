"""The MCP server: the door as tools of any agent that speaks the Model Context Protocol."""

from __future__ import annotations

import inspect
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from truing.research._validation import first_error
from truing.research.doors._contract import Door
from truing.research.doors._tools import AgentTools

INSTRUCTIONS = (
    "A referee scores methods for an open problem of alignment research. It trains and scores what "
    "is submitted, and releases as little of the score as it must. describe_problem says what the "
    "problem is; budget says what may be spent."
)


class _Server(MCPServer):
    """The SDK's, with refusals of one line, also of unknown arguments, which the SDK ignores.

    Attributes:
        arguments: names of each tool's arguments.
    """

    arguments: dict[str, tuple[str, ...]]

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """What a tool answers; ToolError for an argument that it does not have."""
        allowed = self.arguments.get(name, arguments)
        for given in arguments:
            if given not in allowed:
                shown = ", ".join(allowed) or "none"
                raise ToolError(f"{name} has no argument {given[:40]!r}; allowed: {shown}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            raise ToolError(first_error(error.__cause__.errors(), name)) from None


def make_server(door: Door) -> MCPServer:
    """A server whose tools are the operations of a door."""
    server = _Server("truing", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = AgentTools(door, ToolError).functions
    server.arguments = {one.__name__: tuple(inspect.signature(one).parameters) for one in tools}
    for tool in tools:
        server.add_tool(tool)
    return server


def serve(door: Door) -> None:
    """Serve over standard input and output until the client leaves."""
    make_server(door).run("stdio")
