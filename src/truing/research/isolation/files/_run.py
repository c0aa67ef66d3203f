"""Train students with an untrusted method."""

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
from truing.research.isolation._level import choose_level, recorded_name
from truing.research.isolation._working_folder import remove_leftovers
from truing.research.isolation.files._sandbox import Sandbox, SandboxEnded
from truing.research.isolation.kernel._limits import SandboxLimits
from truing.students import L2

NAME = re.compile(r"[\w-]{1,100}(,\w+=[^,\n]*){0,20}")


@dataclass(frozen=True)
class Lesson:
    """The data of one training, without the method; see `truing.methods.Training`.

    Attributes:
        learn: (n,) indices of the items from which the student learns.
        labels: (n, k) weak labels of these items.
        clusters: (n,) clusters of these items.
        l2: strength of the student's squared-norm penalty, 1 / C, or `auto`.
        chance: text that seeds all randomness.
    """

    learn: np.ndarray
    labels: np.ndarray
    clusters: np.ndarray
    l2: L2
    chance: str


@dataclass(frozen=True)
class Isolated:
    """The result of running a submitted method.

    Attributes:
        beliefs: (S, N, k) float32, beliefs of each lesson's student about all items; None if the
            method failed.
        failure: reason of the failure, one of a fixed number of texts that a researcher may read;
            None if there was none.
        level: isolation level at which the code ran.
        seconds: duration in seconds, including training.
        output: start of the printed output, for the owner of the research run only.
        detail: error message of the failed code, for the owner of the research run only.
    """

    beliefs: np.ndarray | None
    failure: str | None
    level: str
    seconds: float
    output: str
    detail: str = ""


class Isolation:
    """Trains students with untrusted methods at a fixed isolation level.

    The constructor also removes working folders of this user's processes that were killed.

    Args:
        level: isolation level; `sealed` by default.
        limits: resource limits for the code of one submission.
        hide: files and folders inside a package's folder that must not be readable.

    Attributes:
        level: name of the level in results, with `+namespaces` if this machine allows namespaces.

    Raises:
        IsolationError: this machine does not support the level.
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
        """Train a student on every lesson with a submitted method, whose code runs in a sandbox.

        The code sees only the arguments of its method: weak labels and beliefs of a lesson's
        learning items and, if the method prepares, their features. It does not learn which items
        they are, and receives nothing about other items or the ground truth. It returns targets and
        weights, not predictions, and this process trains the students. No sandbox can prevent an
        author who knows public data by heart from recognizing items by their features.

        Args:
            code: text of the file.
            name: name of the method in the file, with optional arguments: `smooth,by=0.5`.
            features: (N, d), or (N, k, d) if each item has separate choices.
            lessons: S lessons with the same k; one sandboxed process answers for all.

        Raises:
            IsolationError: the restrictions could not be set, so no submitted code ran.
        """
        if not NAME.fullmatch(name):
            why = f"name must read NAME[,ARGUMENT=VALUE ...], got {name[:120]!r}"
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
    except TimeoutError:  # raised by the solver, not by the method
        return None, sandbox.timed_out
    except (MethodError, ArithmeticError, np.linalg.LinAlgError) as error:
        return None, sandbox.ended or Failure(UNLEARNABLE, str(error))
