"""`truing referee publish`: publish a closed research run as a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._once import Command
from truing.cli._options import json_option
from truing.cli._referee_folder import folder_option

COST = (
    "The secret of the run is public now: anyone can rerun submissions exactly, and the sealed "
    "items of this run must not score later methods."
)


@click.command(
    "publish", short_help="Publish a closed run as a bundle that anyone can verify.", cls=Command
)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@folder_option
@click.option("--name", default="", metavar="TEXT", help="Title of the board.")
@click.option(
    "--keep-secret",
    is_flag=True,
    help="Leave out the secret of the run. Reruns then draw other seeds and items.",
)
@click.option(
    "--data",
    is_flag=True,
    help="Include the files of tasks that were read from files. Check their licenses first.",
)
@json_option
def publish(out, folder, name, keep_secret, data, as_json) -> None:
    """Write a bundle of a closed research run into the new folder OUT.

    The bundle is a static page with the method cards, the submitted code, the receipts, the ledger
    with all true scores, and the verdicts. Any web server can host it. Anyone can check it: truing
    ledger verify OUT. Researchers' names, their code and error messages become public.

    By default the bundle reveals the secret of the run, so that anyone can draw the same seeds and
    items again. Then the sealed items are spent: they are known, and must not score later methods.
    """
    from truing.research.bundle import publish as write_bundle

    made = write_bundle(folder, out, name=name, keep_secret=keep_secret, data=data)
    if as_json:
        stated = {"bundle": str(out), "files": len(made.files), "entries": made.entries}
        stated |= {"head": made.head, "public_key": made.public_key, "secret": not keep_secret}
        print(json.dumps(stated))
        return
    print(f"{out}: {len(made.files) + 1} files, {made.entries} entries")
    print(f"key: {made.public_key}")
    print(f"head: {made.head}")
    if not keep_secret:
        print(COST)
    print("Announce the key and the head where the host of the bundle cannot change them.")
