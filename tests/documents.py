"""How documents are read: their fenced blocks, and what each of them says of itself.

A block's first line may hold, after its language:

- `title="FILE"`: the block is that file, in the folder that the page is followed in;
- `no-run="REASON"`: nobody runs it, for that reason; its commands are parsed all the same;
- `less="OPTIONS"`: added to each `truing` command of it when a test runs it, to be done sooner;
  these options replace the command's own values.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
COMMANDS = ("truing", "inspect", "python", "make", "pip")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what it says of itself, its text, and its line."""

    language: str
    says: dict[str, str] = field(compare=False)
    text: str
    line: int

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block, each on one line and without comments."""
        joined = self.text.replace("\\\n", " ")
        lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines()]
        return [line for line in lines if line.split(" ")[0] in COMMANDS]


def read_blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    return [
        Block(
            found[1],
            dict(re.findall(r'([\w-]+)="([^"]*)"', found[2])),
            found[3],
            text[: found.start()].count("\n") + 1,
        )
        for found in FENCE.finditer(text)
    ]


def blocks(language: str, text: str) -> list[str]:
    """The text of the blocks of a language that a reader may run as they stand."""
    return [one.text for one in read_blocks(text) if one.language == language and not one.says]


def inline_commands(text: str) -> list[str]:
    """Commands inside sentences that could be typed as they stand: without placeholders."""
    outside = FENCE.sub("", text)
    found = [" ".join(one.split()) for one in re.findall(r"`(truing [^`]+)`", outside)]
    return [one for one in found if not re.search(r"\b[A-Z]{2,}\b|\bN\b|\.\.\.", one)]


def parse_command(command: str) -> None:
    """Check a command's name, options and the form of its arguments, and run nothing.

    Raises:
        click.UsageError: it cannot be typed.
        AssertionError: it names a file, a target or an option that is not there.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&>")
    lexer.whitespace_split, lexer.commenters = True, ""
    words = list(takewhile(lambda word: not word or set(word) - set("|&>"), lexer))
    if words[0] == "truing":
        _parse_truing(words[1:])
    elif words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        assert set(words[1:]) <= set(targets), command
    elif words[0] == "python" and words[1].startswith(("benchmarks/", "examples/", "tools/")):
        source = (ROOT / words[1]).read_text()
        options = [word.partition("=")[0] for word in words[2:] if word.startswith("--")]
        assert all(f'"{option}"' in source for option in options), command


def _parse_truing(words: list[str]) -> None:
    import click

    from truing.cli._main import cli

    context, command = click.Context(cli, info_name="truing"), cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(context, words[0])
        if inner is None:
            if command.invoke_without_command:
                break
            raise click.UsageError(f"no command {words[0]!r} in {context.info_name}")
        context = click.Context(inner, parent=context, info_name=words[0])
        command, words = inner, words[1:]
    if "--help" not in words:
        command.make_context(context.info_name, list(words), parent=context.parent)
