"""The command `truing`: verbs are imported when they are called, so that help comes at once."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import warnings
from typing import Any

import click

VERBS = {
    "demo": "Weak-to-strong on 1,797 real handwritten digits, in a minute.",
    "w2s": "A grid of supervisors, students, methods and seeds, from options.",
    "run": "The study that a Python file or a run folder describes.",
    "items": "A task's items as students see them, without truth.",
    "oversee": "Protocols of oversight on the same questions, with any models.",
    "judge": "A page on which people judge, helped by models.",
    "game": "An offline game of oversight with an exact answer.",
    "research": "A researcher looks for methods here, under a referee.",
    "ledger": "Whether the record of a research was changed, and what is in it.",
    "referee": "Serve a research: a referee that scores what others hand in.",
    "problem": "What a referee's researchers are to find out.",
    "submit": "Hand a method in to a referee.",
    "result": "What became of a submission.",
    "leaderboard": "The methods that beat the best before them, and what is left to spend.",
    "findings": "The forum of a research.",
    "mcp": "A referee as tools of any agent that speaks MCP.",
    "compare": "What differs between runs: configuration, and results with paired intervals.",
    "view": "The runs of this machine in a browser: live, their figures, their transcripts.",
    "report": "Draw the page and the charts of a run folder again.",
    "list": "Tasks, features, supervisors, methods, protocols, researchers, a line each.",
    "measure": "Figures with intervals from results that anybody recorded.",
}


class _Verbs(click.Group):
    """Knows its commands by name and one line; the file of a verb is imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        return importlib.import_module(f"truing.cli._{name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]):
        from difflib import get_close_matches

        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            near = get_close_matches(name, VERBS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"commands: {', '.join(VERBS)}"
            raise click.UsageError(f"unknown command {name!r}; {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="truing", message="truing %(version)s")
def cli() -> None:
    """The open laboratory for superalignment: can weak supervision keep a stronger model true?"""


def main() -> None:
    """Run the command line; an error is one line, with the exit code of its kind (truing.errors).

    Where the reader of a pipe stops reading (`| head -1`), the exit code is 1, without a message.
    """
    from truing.cli._data_notes import shown_notes
    from truing.errors import OF_THE_DISK, TruingError

    _open_streams()
    warnings.showwarning = _warn
    try:
        with shown_notes():
            code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _leave("stopped; what was computed is kept, run it again to go on", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _leave(" ".join(error.format_message().split()), 2)
    except TruingError as error:
        _leave(str(error), error.exit_code)
    except OSError as error:
        if error.errno not in (errno.EPIPE, *OF_THE_DISK):
            raise
        _discard_output()
        if error.errno == errno.EPIPE:
            sys.exit(1)
        _leave(_of_the_disk(error), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _of_the_disk(error: OSError) -> str:
    """What the operating system refused, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    advice = "free some" if full else "mend its permissions, or name another place"
    return f"{where}{(error.strerror or 'refused').lower()}; {advice} and run the command again"


def _open_streams() -> None:
    """Open the null device where standard input, output or error is closed (`>&-`).

    Otherwise the first files that are opened would take their place and receive what is printed.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _discard_output() -> None:
    """Have what standard output has buffered go nowhere, so that the exit does not fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _leave(message: str, code: int) -> None:
    print(f"truing: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning is one line, like a mistake."""
    print(f"truing: warning: {' '.join(str(message).split())}", file=sys.stderr)
