"""The programs that run in a container: the supervisor of a run, and a description.

A runtime passes on the standard streams only. So the supervisor reads its order from the standard
input, reports to the standard output, and the run prints to the standard error. Other programs have
the streams open too, so the report does not end with its stream, but says how long it is.
"""

from __future__ import annotations

import json
import os
import sys

from truing import __version__
from truing.research.isolation._readable import data_with_truth
from truing.research.isolation.kernel._landlock import interface_version
from truing.research.isolation.kernel._system_calls import DUMPABLE, prctl
from truing.research.isolation.kernel._trials import filter_works

RUN = "from truing.research.isolation.folders._container_child import main; main()"
DESCRIBE = "from truing.research.isolation.folders._container_child import describe; describe()"
ORDERS, REPORTS, PRINTS = 0, 1, 2


def main() -> None:
    """Supervise a run; the argument is whether all installed packages may be read."""
    from truing.research.isolation.folders import _child as child
    from truing.research.isolation.folders._preload import preload

    prctl(DUMPABLE, 0)  # so that the run cannot open the descriptors of this process
    answers = os.dup(REPORTS)
    os.dup2(PRINTS, REPORTS)
    preload(
        sys.argv[1] == "True", models=False
    )  # PyTorch needs a temporary folder: the run has one
    child.main(answers, os.getppid())
    while os.read(ORDERS, 1):  # the launcher reads what the container used before it ends it
        continue
    os._exit(0)


def describe() -> None:
    """Print what the container has, as JSON; see `Inside`."""
    found = {
        "version": __version__,
        "kernel": os.uname().release,
        "seccomp": filter_works(),
        "landlock": interface_version() > 0,
        "with_truth": [str(one) for one in data_with_truth() if one.is_dir()],
    }
    print(json.dumps(found))
