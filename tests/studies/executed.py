"""Print, for each kind of step, the files of truing whose functions run when it is planned or done.

python -m tests.studies.executed STORE STUDY_AS_JSON
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

import truing
from truing.studies import Store, Study, make_plan
from truing.studies._complete import _batches, _ready
from truing.studies._step import Step
from truing.studies.work import _perform

ROOM = Path(truing.__file__).parent
LOADED = ("measures", "methods", "students", "supervisors", "tasks", "studies")

found: dict[str, set[str]] = defaultdict(set)
open_calls: list[set[str]] = []  # files run since each function that may return a step was called
planned: set[int] = set()


def is_function(frame: FrameType) -> bool:
    """Whether it is no body of a module or class, which runs when it is imported."""
    return bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)


def note(frame: FrameType, event: str, result: Any) -> None:
    """Assign what runs to the innermost function that makes a step."""
    if event not in ("call", "return") or not frame.f_code.co_filename.startswith(str(ROOM)):
        return
    if event == "call":
        if is_function(frame):
            for files in open_calls:
                files.add(frame.f_code.co_filename)
        open_calls.append({frame.f_code.co_filename} if is_function(frame) else set())
    else:
        files = open_calls.pop() if open_calls else set()
        if isinstance(result, Step) and id(result) not in planned:
            planned.add(id(result))
            found[result.kind] |= files


def main() -> None:
    """Plan a study, do its steps in this process and print what ran."""
    for name in LOADED:
        package = importlib.import_module(f"truing.{name}")
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(one.name)
    store, study = Store(sys.argv[1]), Study(**json.loads(sys.argv[2]))
    sys.setprofile(note)
    plan = make_plan(study)
    sys.setprofile(None)
    while missing := plan.missing(store):
        for batch in _batches(_ready(missing), 1):
            open_calls[:] = [found[batch.kind]]
            sys.setprofile(note)
            _perform.WORK[batch.kind](batch.jobs, store)
            sys.setprofile(None)
    shown = {
        kind: sorted(str(Path(one).relative_to(ROOM)) for one in found[kind]) for kind in found
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
