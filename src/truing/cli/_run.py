"""`truing run`: a study, a stress test or an oversight run, from a Python file or a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._complete import complete_study
from truing.cli._once import Command
from truing.cli._stress import perform_stress
from truing.cli._study import perform, study_options
from truing.errors import TruingError, UserError

if TYPE_CHECKING:
    from truing.lab import Oversight, Replay
    from truing.oversight import Requests
    from truing.stress import StressTest
    from truing.studies import Study


@click.command("run", cls=Command)
@click.argument(
    "path", metavar="FILE.py|RUN", type=click.Path(path_type=Path), shell_complete=complete_study
)
@study_options
def command(path, **options) -> None:
    """Run a study or a stress test from a Python file, or any of these and an oversight run again.

    FILE.py has a function study(), which returns a truing.Study, or a function stress_test(), which
    returns a truing.StressTest. The run folder of a study, a stress test or `truing oversee` is run
    again and written into, unless --out names another folder. RUN/study.json, RUN/stress.json and
    RUN/oversight.json run into a new folder.

    For an oversight run, --dry-run prints an upper bound of the tokens, and runs nothing.
    """
    from truing.runs import OVERSIGHT

    configuration = path / OVERSIGHT.configuration if path.is_dir() else path
    if configuration.name == OVERSIGHT.configuration and configuration.is_file():
        _oversee(path, **options)
        return
    if path.is_dir():
        options["out"] = options["out"] or path
        path = _configuration_of(path)
    from truing.given import find_in_folder, found_by
    from truing.stress import StressTest

    with found_by(find_in_folder(path.parent)):
        found = _load(path)
        if isinstance(found, StressTest):
            perform_stress(found, **options)
        else:
            perform(found, **options)


def _oversee(
    path: Path,
    out: Path | None,
    name: str,
    overwrite: bool,
    as_json: bool,
    dry_run: bool,
    **computation: str | int | None,
) -> None:
    """Run the protocols of a run folder, or of its configuration, again, or estimate the costs."""
    from truing.cli._oversee import print_oversight_run, watch_oversight
    from truing.lab import read_requests, read_run
    from truing.runs import find_run

    for option, value in computation.items():
        if value not in (None, "local"):
            raise UserError(
                f"--{option} applies to studies and stress tests, and {path} is an oversight run; "
                f"leave out --{option}"
            )
    folder = path if path.is_dir() else path.parent
    run: Any = read_run(folder)
    requests, on_mute = read_requests(folder), find_run(folder).environment.on_mute
    if dry_run:
        _estimate(run, requests, as_json)
        return
    out = out or (path if path.is_dir() else None)
    placed = {"out": out, "name": name, "overwrite": overwrite, "on_mute": on_mute}
    print_oversight_run(watch_oversight(run, requests, **placed), run, {}, False, as_json)


def _estimate(run: Oversight | Replay, requests: Requests, as_json: bool) -> None:
    """Print an upper bound of the costs of an oversight run."""
    from truing.cli._costs import print_estimate, role_prices
    from truing.lab import Oversight

    if not isinstance(run, Oversight):
        raise UserError(
            "--dry-run must be given for new plays, and this run judges recorded plays; leave out "
            "--dry-run"
        )
    prices = role_prices(requests.prices, run.models)
    print_estimate(run, prices, requests.max_tokens, as_json)


def _configuration_of(folder: Path) -> Path:
    """The configuration file of the run folder of a study or a stress test.

    Raises:
        UserError: the folder contains neither.
    """
    from truing.runs import KINDS, OVERSIGHT, STRESS, STUDY

    for kind in (STUDY, STRESS):
        if (folder / kind.configuration).is_file():
            return folder / kind.configuration
    kinds = [one.name for one in KINDS.values() if (folder / one.configuration).exists()]
    wanted = "the run folder of a study, a stress test or protocols"
    what = f"{wanted}, but of kind {kinds[0]}" if kinds else "a run folder"
    raise UserError(
        f"{folder} is not {what}; name a folder that contains {STUDY.configuration}, "
        f"{STRESS.configuration} or {OVERSIGHT.configuration}"
    )


def _load(path: Path) -> Study | StressTest:
    if not path.is_file():
        raise UserError(
            f"{path}: no such file or folder; name a Python file with a function study() or "
            "stress_test(), or a run folder"
        )
    if path.suffix != ".json":
        return _made_by(path)
    try:
        given = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    if not isinstance(given, dict):
        raise UserError(f"{path} must be a JSON object")
    try:
        return _from_json(given)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _from_json(given: Mapping[str, Any]) -> Study | StressTest:
    """The study, or the stress test, which has plants."""
    from truing.stress import StressTest
    from truing.studies import Study

    if "plants" in given:
        return StressTest(**{name: one for name, one in given.items() if name != "planted"})
    return Study(**given)


def _made_by(path: Path) -> Study | StressTest:
    """What the function of a Python file returns."""
    from truing.sources import import_file
    from truing.stress import StressTest
    from truing.studies import Study

    module = import_file(path)
    for name, kind in (("study", Study), ("stress_test", StressTest)):
        make = getattr(module, name, None)
        if not callable(make):
            continue
        try:
            found = make()
        except TruingError:
            raise
        except Exception as error:  # any exception from a user's file is the user's mistake
            raise UserError(f"{path}: {name}() failed: {type(error).__name__}: {error}") from error
        if not isinstance(found, kind):
            raise UserError(
                f"{path}: {name}() must return a truing.{kind.__name__}, not {type(found).__name__}"
            )
        return found
    raise UserError(
        f"{path} has no function study() or stress_test(); it must return a truing.Study or a "
        "truing.StressTest"
    )
