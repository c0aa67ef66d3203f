"""The command `truing`. Modules of commands are imported on use, so that help is fast."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from truing.cli._once import Group

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SECTIONS = {
    "Weak-to-strong studies": {
        "demo": "Run weak-to-strong studies on 1,797 handwritten digits (one minute).",
        "w2s": "Run a weak-to-strong study: supervisors x students x methods x seeds.",
        "run": "Run a study from a Python file or a run folder.",
        "items": "Print a task's items as students see them, without ground truth.",
    },
    "Oversight": {
        "oversee": "Compare oversight protocols on the same questions, with any models.",
        "judge": "Open a page on which people judge, helped by models.",
        "game": "Play an offline oversight game with an exact answer.",
        "export-env": "Export a protocol as a training environment with a reward function.",
    },
    "Research": {
        "research": "Let programs search for methods; a referee on this machine scores them.",
        "referee": "Serve a referee, which scores the methods that researchers submit.",
        "ledger": "Verify or print the ledger of a research run.",
    },
    "Client of a referee": {
        "problem": "Print a referee's problem, rules and budget.",
        "submit": "Submit a method to a referee.",
        "result": "Print the receipt of a submission.",
        "leaderboard": "Print the methods that improved the released score.",
        "findings": "Read and share findings of a research run.",
        "mcp": "Run an MCP server whose tools are a referee's operations.",
    },
    "Stress tests": {
        "stress": "Plant misbehaviour next to honest twins; measure which monitor detects it."
    },
    "Results": {
        "show": "Print what a run folder contains: finding, results, status and command.",
        "view": "Open the dashboard: live runs, results and transcripts in a browser.",
        "compare": "Compare runs, or logs of Inspect: paired result differences.",
        "report": "Draw report.html and the charts of a run folder again.",
        "export": "Export a trained model or the weak labels of a study for Hugging Face.",
        "measure": "Compute measures with intervals from recorded results.",
    },
    "Tools": {
        "list": "List registered names, or describe one: tasks, methods, protocols, games, ...",
        "doctor": "Print what this machine offers: packages, GPU, store, sandbox, browser.",
    },
}
"""Commands with a line of help each, by section of `truing --help`."""
VERBS = {name: line for section in SECTIONS.values() for name, line in section.items()}


class _Verbs(Group):
    """The group of all commands; imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        return importlib.import_module(f"truing.cli._{name.replace('-', '_')}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, VERBS))
        for heading, verbs in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:<{width}}", line) for name, line in verbs.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [name for name in VERBS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=VERBS[name]) for name in found] + options

    def resolve_command(self, ctx: click.Context, args: list[str]):
        from difflib import get_close_matches

        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            near = get_close_matches(name, VERBS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"commands: {', '.join(VERBS)}"
            raise click.UsageError(f"unknown command {name!r}; {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="truing", message="truing %(version)s")
def cli() -> None:
    """An open laboratory for superalignment: can weak supervision keep strong models truthful?"""


def main() -> None:
    """Run the command line. Errors are printed as one line; truing.errors lists the exit codes.

    If the reader of a pipe stops reading (`| head -1`), the exit code is 1, without a message.
    """
    from truing.data_notes import shown_notes
    from truing.errors import OF_THE_DISK, TruingError

    _open_streams()
    if "_TRUING_COMPLETE" in os.environ:
        from truing.cli._shells import add_shells

        add_shells()
    warnings.showwarning = _warn
    try:
        with shown_notes():
            code = cli.main(prog_name="truing", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _leave("stopped; finished work is stored; run the same command again to continue", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _leave(_of_usage(error), 2)
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


def _of_usage(error: click.ClickException) -> str:
    """Message for a wrong command line, with the command that prints the help."""
    message = error.format_message().replace("valid integer range", "valid integer")
    ctx = getattr(error, "ctx", None)
    return message.rstrip(".") + (f"; see {ctx.command_path} --help" if ctx else "")


def _of_the_disk(error: OSError) -> str:
    """Message for an error of the disk, with advice."""
    where = f"{error.filename}: " if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    advice = "free some space" if full else "correct the permissions or name another location"
    return f"{where}{(error.strerror or 'refused').lower()}; {advice} and run the command again"


def _open_streams() -> None:
    """Open the null device for each closed standard stream (`>&-`).

    Otherwise the first opened files would take the place of the streams and receive their output.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _discard_output() -> None:
    """Discard buffered standard output, so that flushing it at exit does not fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _leave(message: str, code: int) -> None:
    print(f"truing: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning in one line."""
    print(f"truing: warning: {' '.join(str(message).split())}", file=sys.stderr)
