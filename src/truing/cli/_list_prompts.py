"""`truing list prompts`: the prompt templates, their variables and their text."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

from truing.cli._console import output_console, print_text
from truing.errors import UnknownNameError, UserError


def prompt_lines() -> dict[str, str]:
    """Each template with its description in one line."""
    from truing.oversight.prompts import TEMPLATES

    return {name: one.description for name, one in TEMPLATES.items()}


def template_json(name: str) -> dict[str, Any]:
    """A template as JSON: name, description, variables and text.

    Raises:
        UnknownNameError: there is no such template.
    """
    from truing.oversight.prompts import SHIPPED, TEMPLATES

    name = name.removesuffix(".md")
    if name not in TEMPLATES:
        raise UnknownNameError("prompt template", name, TEMPLATES)
    found = TEMPLATES[name]
    variables = dict(found.variables)
    text = SHIPPED.templates.sources[name]
    return {"name": name, "description": found.description, "variables": variables, "text": text}


def print_template(name: str) -> None:
    """Print a template's description, variables and text."""
    found = template_json(name)
    print(f"{found['name']} (prompt template)\n")
    print_text(f"{found['description']}.", "", "variables:")
    width = output_console().width
    for variable, meaning in found["variables"].items():
        line = f"{variable}: {meaning}"
        print(fill(line, width, initial_indent="  ", subsequent_indent="    "))
    print(f"\ntext:\n{found['text']}", end="")


def write_templates(kind: str | None, name: str | None, folder: Path) -> None:
    """Write the shipped templates to a folder, and print what was written.

    Raises:
        UserError: the command does not list prompts, or the folder contains templates.
    """
    from truing.oversight.prompts import write_prompts

    if kind != "prompts" or name is not None:
        raise UserError("--out writes the prompt templates: truing list prompts --out DIR")
    written = write_prompts(folder)
    print_text(f"{folder}: {len(written)} templates; truing oversee --prompts {folder} uses them")
