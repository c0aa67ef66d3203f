"""`truing referee audit`: flag suspicious submissions, with evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from truing.cli._once import Command
from truing.cli._options import json_option
from truing.cli._referee_folder import folder_option
from truing.cli._referee_workers import every_core_options, open_referee


@click.command("audit", short_help="Flag suspicious submissions, with evidence.", cls=Command)
@folder_option
@click.option(
    "--submission",
    "numbers",
    type=int,
    multiple=True,
    metavar="N",
    help="Number of a submission; repeat the option for several.",
)
@click.option("--all", "every", is_flag=True, help="Audit all submissions.")
@click.option(
    "--model",
    default="",
    metavar="MODEL",
    help="Inspect's name of a language model that compares each method card with the code.",
)
@every_core_options
@json_option
def audit(folder, numbers, every, model, as_json, **options) -> None:
    """Audit submissions: the finalists, or the best methods so far while the run is open.

    An audit runs each submitted folder again with changed inputs, seeds and surroundings, and
    reads its code. Flags never change a score or a verdict: read the evidence, and decide.

    You can stop the command at any time: finished audits are in the ledger, and the same command
    continues with the rest.
    """
    from truing.errors import UserError
    from truing.progress import working

    if numbers and every:
        raise UserError("--submission and --all exclude each other; give one of them")
    with open_referee(folder, every_core=True, **options) as (referee, count):
        submissions = referee.state.read().submissions.values()
        chosen = list(numbers) or (sorted(submissions) if every else None)
        with working("auditing"):
            audits = referee.audit(chosen, model, count)
    if as_json:
        print(json.dumps({"audits": [one.to_json() for one in audits]}))
        return
    print("\n".join(line for one in audits for line in _lines(one)) or "no submission to audit")


def _lines(found) -> Iterator[str]:
    """The audit as text: flags with evidence first, then the other checks in one line."""
    if not found.findings:
        yield f"submission {found.submission}: not audited, because it contains no code"
        return
    flags = ", ".join(found.flags) or "no flags"
    cost = f"{found.runs} runs, {found.usage.cpu:.1f} s of processor time"
    yield f"submission {found.submission}: {flags} ({cost})"
    for one in found.findings:
        if one.flagged:
            p = "" if one.p_holm is None else f" (p {one.p_holm:.2g}, Holm)"
            yield f"  {one.check}{p}: {one.evidence}"
            yield f"    A flag means: {one.meaning}"
    if found.passed:
        yield f"  not flagged: {', '.join(found.passed)}"
    if found.unmeasured:
        yield f"  no result: {', '.join(found.unmeasured)} (--json states why)"
