"""Write a page for each command from its help: docs/commands/, and the navigation of the site.

python tools/command_pages.py            # `make pages`
python tools/command_pages.py --check    # lists pages that differ, and changes nothing
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from truing.cli._main import cli

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "commands"
SITE = ROOT / "zensical.toml"
BEGIN, END = '  { "Commands" = [\n', "  ] },\n"
EXAMPLE = '```sh no-run="an example from the help; the guides run such commands"'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="Compare, and change nothing.")
    check = parser.parse_args().check
    wanted = contents()
    differ = outdated(wanted)
    for path in differ:
        print(f"{path.relative_to(ROOT)} {'differs' if check else 'is written again'}")
        if not check and path in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path])
        elif not check:
            path.unlink()
    sys.exit(1 if check and differ else 0)


def outdated(wanted: dict[Path, str]) -> list[Path]:
    """The files that differ from their wanted content, and pages of no command."""
    changed = [path for path, text in wanted.items() if read(path) != text]
    return sorted([*changed, *(set(FOLDER.glob("*.md")) - wanted.keys())])


def contents() -> dict[Path, str]:
    """The content of all pages and of the site's configuration, by path."""
    root = click.Context(cli, info_name="truing")
    commands = {name: cli.get_command(root, name) for name in cli.list_commands(root)}
    known = {name: command for name, command in commands.items() if command}
    pages = {
        FOLDER / f"{name}.md": "".join(page(command, name, root)) for name, command in known.items()
    }
    lines = {name: " ".join(one.get_short_help_str(200).split()) for name, one in known.items()}
    return {**pages, FOLDER / "index.md": overview(lines), SITE: navigation(list(known))}


def overview(lines: dict[str, str]) -> str:
    rows = "".join(f"| [truing {name}]({name}.md) | {line} |\n" for name, line in lines.items())
    return (
        "# Commands\n\nEach page shows what `truing COMMAND --help` prints. "
        "Most commands have `--json`, which prints one JSON object.\n\n"
        f"| command | purpose |\n|---|---|\n{rows}"
    )


def navigation(names: list[str]) -> str:
    """The site's configuration with all pages of commands."""
    before, _, rest = SITE.read_text().partition(BEGIN)
    entries = [("Overview", "index"), *((f"truing {name}", name) for name in names)]
    lines = "".join(f'    {{ "{title}" = "commands/{name}.md" }},\n' for title, name in entries)
    return before + BEGIN + lines + END + rest.partition(END)[2]


def page(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    """The page of a command, with a section for each of its subcommands."""
    context = click.Context(command, info_name=name, parent=parent)
    yield f"{'#' if parent.parent is None else '##'} {context.command_path}\n"
    yield from paragraphs(command)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n```text\nUsage: {context.command_path} {usage}\n```\n"
    yield from options(command, context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield "\n"
            yield from page(found, inner, context)


def paragraphs(command: click.Command) -> Iterator[str]:
    """The text of the help: paragraphs, and examples as code."""
    for part in inspect.cleandoc(command.help or "").split("\n\n"):
        if part.startswith("\b\n"):
            yield f"\n{EXAMPLE}\n{part[2:].strip()}\n```\n"
        else:
            yield f"\n{' '.join(part.split())}\n"


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """A table of the options and their meaning."""
    records = [one.get_help_record(context) for one in command.get_params(context)]
    rows = [one for one in records if one and one[1] and "--help" not in one[0]]
    if rows:
        yield "\n| option | meaning |\n|---|---|\n"
    for name, meaning in rows:
        yield f"| `{cell(name)}` | {cell(meaning)} |\n"


def cell(text: str) -> str:
    """A text for a cell of a table."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


if __name__ == "__main__":
    main()
