"""The MCP server: the operations of a door as tools of the Model Context Protocol."""

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
    "You are a researcher who works on an open problem of alignment research. Submit methods to a "
    "referee, which trains and scores them and releases few scores. Begin with describe_problem: "
    "it returns the problem, the rules and the allowed submissions. budget returns how many "
    "submissions are left."
)


class _Server(MCPServer):
    """The SDK's server, with error messages of one line, also for unknown arguments.

    The SDK ignores unknown arguments.

    Attributes:
        arguments: names of the arguments of each tool.
    """

    arguments: dict[str, tuple[str, ...]]

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """The answer of a tool; raises ToolError if an argument is unknown."""
        allowed = self.arguments.get(name, arguments)
        for given in arguments:
            if given not in allowed:
                shown = ", ".join(allowed) or "none"
                raise ToolError(f"{name}: unknown argument {given[:40]!r}; allowed: {shown}")
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


def serve_mcp(door: Door) -> None:
    """Serve a door over standard input and output until the client disconnects."""
    make_server(door).run("stdio")
