"""`truing doctor`: what this machine offers, and how to install what is missing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from truing.cli._console import print_described
from truing.cli._once import Command
from truing.cli._options import json_option

if TYPE_CHECKING:
    from truing.cli._machine import Machine, StoreState

MIB, GIB = 2**20, 2**30


@click.command("doctor", cls=Command)
@json_option
def command(as_json: bool) -> None:
    """Print what this machine offers: packages, GPU, store, sandbox and browser.

    The exit code is 0 if truing is usable: all required packages are installed, and the store is
    writable. Extras, a GPU, a sandbox and a browser are optional.
    """
    from truing.cli._machine import inspect_machine

    found = inspect_machine()
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print_described(dict(_lines(found)))
    sys.exit(0 if found.usable else 1)


def _lines(found: Machine) -> list[tuple[str, str]]:
    memory = f", {found.memory / GIB:.1f} GiB of memory" if found.memory else ""
    lines = [
        ("truing", f"{found.truing}, Python {found.python}, {found.platform}"),
        ("machine", f"{found.cores} cores{memory}"),
    ]
    if found.missing:
        lines.append(("packages", f"missing: {', '.join(found.missing)}; pip install truing"))
    for extra, missing in found.extras.items():
        advice = f"missing: {', '.join(missing)}; pip install 'truing[{extra}]'"
        lines.append((extra, advice if missing else "installed"))
    return [
        *lines,
        ("PyTorch", found.torch or "not installed"),
        ("GPU", "; ".join(found.gpus) or "none (NVIDIA)"),
        ("store", _store_text(found.store)),
        ("isolation", _isolation_text(found)),
        ("browser", found.browser or "none; only screenshots of reports and the tests need one"),
        ("usable", "yes" if found.usable else "no"),
    ]


def _store_text(store: StoreState) -> str:
    if store.entries is None or store.bytes is None:
        return f"{store.location} (not contacted)"
    count = f"{store.entries:,} files, {store.bytes / MIB:,.1f} MiB"
    writable = "writable" if store.writable else "not writable; set TRUING_STORE"
    return f"{store.location}: {'' if store.complete else 'over '}{count}, {writable}"


def _isolation_text(found: Machine) -> str:
    level = found.isolation or "none; submitted Python files cannot be run"
    return f"{level} ({found.isolation_problem})" if found.isolation_problem else level
