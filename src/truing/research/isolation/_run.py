"""Train students by a method that somebody untrusted wrote."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from truing.errors import MethodError
from truing.methods import Training, train
from truing.research.isolation._failure import UNLEARNABLE, Failure
from truing.research.isolation._folders import remove_leftovers
from truing.research.isolation._level import choose_level, recorded_name
from truing.research.isolation._limits import SandboxLimits
from truing.research.isolation._sandbox import Sandbox, SandboxEnded

NAME = re.compile(r"[\w-]{1,100}(,\w+=[^,\n]*){0,20}")


@dataclass(frozen=True)
class Lesson:
    """One training, without its method: what `truing.methods.Training` needs besides.

    Attributes:
        learn: (n,) indices of the items that the student learns from.
        labels: (n, k) their weak labels.
        clusters: (n,) their groups.
        l2: strength of the student's L2 penalty, 1 / C.
        chance: from which all randomness is drawn.
    """

    learn: np.ndarray
    labels: np.ndarray
    clusters: np.ndarray
    l2: float
    chance: str


@dataclass(frozen=True)
class Isolated:
    """What came of a submission; a failure is a result like any other.

    Attributes:
        beliefs: (S, N, k) float32 of the student of each lesson about all items; None if it failed.
        failure: why there are none, one of a fixed number of texts that a researcher may read;
            None if there are beliefs.
        level: of isolation that held.
        seconds: that it took, training included.
        output: the beginning of what the code printed, for the referee's eyes only.
        detail: the failed code's own words, for the owner of the research run alone.
    """

    beliefs: np.ndarray | None
    failure: str | None
    level: str
    seconds: float
    output: str
    detail: str = ""


class Isolation:
    """A way to train by methods that nobody vouches for, settled before the first of them comes.

    Making it removes the working folders that killed processes of this user left behind.

    Args:
        level: of isolation; `sealed` where none is named.
        limits: what the code of one submission may use.
        hide: files and folders that must stay unread though they lie in a package's folder.

    Attributes:
        level: its name as results record it, with `+namespaces` where this machine allows them.

    Raises:
        IsolationError: the machine cannot isolate at that level.
    """

    def __init__(
        self,
        level: str | None = None,
        limits: SandboxLimits = SandboxLimits(),  # noqa: B008  (frozen)
        hide: Iterable[Path] = (),
    ):
        self._chosen = choose_level(level)
        self.level = recorded_name(self._chosen)
        self.limits, self.hide = limits, tuple(hide)
        remove_leftovers()

    def run(
        self, code: str, name: str, features: np.ndarray, lessons: Sequence[Lesson]
    ) -> Isolated:
        """Train a student in every lesson by a submitted method, whose code runs locked up.

        The code sees what its method is asked with, and no more: weak labels and beliefs of a
        lesson's learning items, and their features if it prepares. It is not told which items they
        are, nor anything about other items or the truth, and the students are trained in this
        process: it returns targets and weights, not predictions. What no lock can stop is an author
        who knows public data by heart and recognises items by their features.

        Args:
            code: the file's text.
            name: of the method in it, with arguments if need be: `smooth,by=0.5`.
            features: (N, d), or (N, k, d) where items bring their own choices.
            lessons: S of them, with the same k; the same child answers for all.

        Raises:
            IsolationError: the lock did not close, and no submitted code was run.
        """
        if not NAME.fullmatch(name):
            why = f"{name[:120]!r} is no name of a method: it must read NAME[,ARGUMENT=VALUE ...]"
            return Isolated(None, why, self.level, 0.0, "")
        began = time.monotonic()
        with Sandbox(self._chosen, self.limits, self.hide) as sandbox:
            beliefs, failure = _train(sandbox, code, name, features, lessons)
        seconds = time.monotonic() - began
        if failure is None:
            return Isolated(beliefs, None, self.level, seconds, sandbox.output)
        return Isolated(None, failure.reason, self.level, seconds, sandbox.output, failure.detail)


def _train(
    sandbox: Sandbox, code: str, name: str, features: np.ndarray, lessons: Sequence[Lesson]
) -> tuple[np.ndarray | None, Failure | None]:
    try:
        method = sandbox.open(code, name)
        trainings = [Training(method, name, **vars(lesson)) for lesson in lessons]
        with np.errstate(all="ignore"):  # targets up to a million may overflow; train checks
            return np.stack(train(features, trainings, sandbox.deadline)), None
    except SandboxEnded as ended:
        return None, ended.why
    except TimeoutError:  # in the solver, where no code of the method runs
        return None, sandbox.timed_out
    except (MethodError, ArithmeticError, np.linalg.LinAlgError) as error:
        return None, sandbox.ended or Failure(UNLEARNABLE, str(error))
