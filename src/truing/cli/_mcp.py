"""`truing mcp`: a referee's operations as tools of the Model Context Protocol (MCP)."""

from __future__ import annotations

import click

from truing.cli._door import door_options
from truing.cli._once import Command


@click.command("mcp", cls=Command)
@door_options
def command(**where) -> None:
    """Run an MCP server on standard input and output, with a referee's operations as tools.

    Entry for the configuration of an MCP client:

    \b
    {"mcpServers": {"truing": {
      "command": "truing", "args": ["mcp"],
      "env": {"TRUING_URL": "http://127.0.0.1:8321",
              "TRUING_TOKEN": "..."}}}}
    """
    from truing.research.doors import open_door, serve_mcp

    serve_mcp(open_door(**where))
