"""`run`: run a study, oversight, research, a game or a stress test, and write its run folder."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any, overload

from truing.calls import checked, unknown_argument
from truing.errors import CallError, UserError
from truing.lab._game import Game, run_game
from truing.lab._oversight import Oversight
from truing.lab._oversight_result import OversightResult
from truing.lab._played_game import PlayedGame
from truing.lab._progress import Shown, show_progress
from truing.lab._replay import Replay, run_replay
from truing.lab._research import ResearchRun
from truing.lab._research_result import ResearchResult
from truing.lab._result import Result
from truing.lab._run_oversight import run_oversight
from truing.lab._run_research import run_research
from truing.lab._stress import run_stress
from truing.lab._stress_result import StressResult
from truing.lab._study import run_study
from truing.oversight import Requests
from truing.oversight.games import Watcher as PlainWatcher
from truing.runs import OnMute
from truing.stress import StressTest
from truing.studies import Engine, Store, Study, Watcher
from truing.tasks import announce

RUNNERS: dict[type, Callable[..., Any]] = {
    Study: run_study,
    Oversight: run_oversight,
    Replay: run_replay,
    ResearchRun: run_research,
    Game: run_game,
    StressTest: run_stress,
}


@overload
def run(
    what: Study,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
    progress: bool | None = None,
) -> Result: ...
@overload
def run(
    what: Oversight | Replay,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    requests: Requests | None = None,
    watch: PlainWatcher | None = None,
    on_mute: OnMute = "exclude",
    progress: bool | None = None,
) -> OversightResult: ...
@overload
def run(
    what: ResearchRun,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: PlainWatcher | None = None,
    requests: Requests | None = None,
    seconds: float | None = None,
    progress: bool | None = None,
) -> ResearchResult: ...
@overload
def run(
    what: Game,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    watch: PlainWatcher | None = None,
    progress: bool | None = None,
) -> PlayedGame: ...
@overload
def run(
    what: StressTest,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
    progress: bool | None = None,
) -> StressResult: ...
@checked
def run(what: Any, *, progress: bool | None = None, **options: Any) -> Any:
    """Run a study, oversight, research, a game or a stress test, and write its run folder.

    Results that are in the store or in the run folder are not computed again.

    Args:
        what: a Study, Oversight, Replay, ResearchRun, Game or StressTest.
        progress: whether to show the size of each task (`80 items, 2 classes, majority 0.62, 40
            clusters`), and the progress of a run of more than two seconds. By default both are
            shown in notebooks and on terminals, unless `watch` is given.
        options: `out`, the run folder (by default a folder under `runs/` in the working
            directory); `name`, a readable name of the run; `overwrite=True` to replace another run
            in the run folder; `watch`, a callback for progress; for a study, a stress test and for
            research also `engine` and `store`, for oversight also `requests` and `on_mute`, for
            research with agents also `requests` and `seconds`, a time limit. A study and a stress
            test call `watch(kind, done, total, reused)`: kind of work, finished steps, all steps,
            and steps found in the store. Other runs call `watch(what, done, total)`:
            description, finished units, and all units.

    Returns:
        The result, with its run folder as `folder`.

    Raises:
        UserError: the configuration is invalid, or the folder contains another run.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> result = truing.run(study, out="runs/example")
        >>> result.folder.name
        'example'
    """
    if type(what) not in RUNNERS:
        kinds = ", ".join(kind.__name__ for kind in RUNNERS)
        raise UserError(f"cannot run {type(what).__name__}; run takes one of {kinds}")
    runner = RUNNERS[type(what)]
    _, *allowed = signature(runner).parameters
    for name in options:
        if name not in allowed:
            owner = f"run({type(what).__name__}, ...)"
            if name == "workers" and "engine" in allowed:
                raise CallError(
                    f"unknown argument 'workers' of {owner}; "
                    f"pass engine=truing.LocalEngine({options[name]!r})"
                )
            raise unknown_argument(name, owner, [*allowed, "progress"])
    if not isinstance(options.get("out"), str | Path | None):
        raise UserError(f"out must be the path of a folder, got {options['out']!r}")
    if not callable(options.get("watch") or print):
        raise UserError(f"watch must be a function, got {options['watch']!r}")
    _check("engine", options.get("engine"), hasattr(options.get("engine"), "run"), "LocalEngine")
    _check("store", options.get("store"), isinstance(options.get("store"), Store), "Store")
    if options.get("watch"):
        return runner(what, **options)
    with show_progress(progress) as shown:
        watch = _steps(shown) if shown and isinstance(what, Study | StressTest) else shown
        if shown and isinstance(what, Oversight):  # its questions were loaded before
            announce(what.loaded.name, what.loaded.summary)
        return runner(what, **options | {"watch": watch})


def _steps(shown: Shown) -> Watcher:
    """Callback of a study that shows the number of steps."""

    def watch(kind: str, done: int, total: int, reused: int) -> None:
        shown("steps", done, total, f"{reused} reused; {kind}")

    return watch


def _check(option: str, given: object, fits: bool, example: str) -> None:
    """Raise UserError if an option is given and does not fit."""
    if given is not None and not fits:
        raise UserError(f"{option} must be an object such as truing.{example}(), got {given!r}")
