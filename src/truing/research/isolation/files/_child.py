"""The child process: it restricts itself, imports a submitted file, and answers for its method.

It has no ground truth and trains nothing. The launcher asks it for targets and weights, round by
round, and trains the students itself. If the submitted code manipulates this process, it can only
change its own answers.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from truing.errors import TruingError
from truing.methods import METHODS, Evidence, Method
from truing.research.isolation import _wire as wire
from truing.research.isolation._crash import crash_message, message_of
from truing.research.isolation._readable import PACKAGES
from truing.research.isolation.kernel._lock import lock
from truing.research.isolation.kernel._order import LockOrder
from truing.students import checked

FILE = "method.py"  # in the working folder
# Imported before the process is restricted. The first is needed by every method. All of them are
# needed if the process becomes another user without Landlock, because Python may be in root's home
# folder, which other users cannot read.
COMMON = ("array_api_compat.numpy", "scipy.optimize", "scipy.stats", "sklearn.neighbors")


def main() -> None:
    """Entry point of the child process; its argument is the file descriptor for answers."""
    answers = int(sys.argv[1])
    order = LockOrder.from_json(wire.read_question(_read)[0])
    METHODS.loaded = True  # built-in methods are loaded; plugins must not be loaded here
    # Must be active before any import: scikit-learn would import pandas, which starts threads.
    sys.meta_path.insert(0, _ImportGuard())
    needed_now = order.other_user and "landlock" not in order.needs
    for module in COMMON if needed_now else COMMON[:1]:
        import_module(module)
    try:
        lock(order)
    except OSError as error:
        _send(answers, wire.UNSEALED, str(error).encode())
        os._exit(1)
    _send(answers, wire.SEALED)
    try:
        _answer(answers, order.name)
    except BaseException as error:  # SystemExit too, so that every end of the code is reported
        _fail(answers, error)


class _BrokenContract(TruingError):
    """A method that cannot be trained, with the code of the reason in the protocol."""

    def __init__(self, code: bytes, words: str):
        super().__init__(words)
        self.code = code


class _ImportGuard:
    """Import hook with a clear error message for packages that the sandbox cannot read."""

    def __init__(self) -> None:
        here = Path(sysconfig.__file__).parent
        folders = [Path(one) for one in sys.path if one and here != Path(one)]
        found = {
            file.name.partition(".")[0] for one in folders if one.is_dir() for file in one.iterdir()
        }
        self.closed = found - set(PACKAGES) - sys.stdlib_module_names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in self.closed:
            allowed = ", ".join(PACKAGES)
            raise ModuleNotFoundError(
                f"the sandbox has no module {name!r}; a method may import the standard library, "
                f"{allowed}",
                name=name,
            )


def _answer(answers: int, name: str) -> None:
    wire.read_question(_read)  # the first question asks for the description
    made = _build(name)
    _check_trainable(made)
    described = (made.static, made.prepare is not None, made.peers, min(made.members, 1 << 31))
    _send(answers, wire.DESCRIBED, wire.DESCRIPTION.pack(*described))
    while True:
        fields, arrays = wire.read_question(_read)
        targets, weights = _values(made, name, wire.Question(**fields), arrays)
        _send(answers, wire.VALUES, targets.tobytes() + weights.tobytes())


def _build(name: str) -> Method:
    try:
        return METHODS.build(f"{FILE}:{name}").value
    except TruingError as error:
        raise _BrokenContract(wire.NO_METHOD, str(error)) from error.__cause__


def _check_trainable(made: Method) -> None:
    if made.labels != "weak":
        raise _BrokenContract(wire.ASKS_TRUTH, f"labels={made.labels!r}")
    if made.rungs is not None:
        raise _BrokenContract(wire.ASKS_CHAIN, "rungs is not None")
    if made.rounds is not None:
        raise _BrokenContract(wire.ASKS_ROUNDS, f"rounds={made.rounds!r}")


def _values(
    made: Method, name: str, asked: wire.Question, arrays: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets (n, k) and weights (n,), from the method's targets or from its preparation."""
    weak = arrays[0]
    if asked.asks == "prepare":
        prepare = made.prepare
        # The launcher asks only methods that prepare, and sends the state of the generator.
        assert prepare is not None
        assert asked.rng is not None
        rng = np.random.default_rng(0)
        rng.bit_generator.state = dict(asked.rng)
        evidence = Evidence(weak, arrays[1], arrays[2], rng)
        return checked(name, weak.shape, lambda: prepare(evidence))
    belief = arrays[-1]
    weak.flags.writeable = belief.flags.writeable = False
    return checked(name, weak.shape, lambda: made.rule(weak)(weak, belief, asked.progress))


def _fail(answers: int, error: BaseException) -> NoReturn:
    """Report why the code ended: it crashed, or broke the contract of methods."""
    own = error.__cause__ if isinstance(error, TruingError) else error
    if isinstance(own, MemoryError):
        _send(answers, wire.OUT_OF_MEMORY)
    elif own is None:
        code = error.code if isinstance(error, _BrokenContract) else wire.BAD_VALUES
        _send(answers, wire.BROKE_CONTRACT, code + message_of(error))
    else:
        _send(answers, wire.CRASHED, crash_message(own, FILE))
    os._exit(1)


def _send(answers: int, letter: bytes, payload: bytes = b"") -> None:
    left = memoryview(wire.ANSWER.pack(letter, len(payload)) + payload)
    while left:
        left = left[os.write(answers, left) :]


def _read(count: int) -> bytes:
    """Exactly `count` bytes of the questions. The process ends at the end of the questions."""
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
