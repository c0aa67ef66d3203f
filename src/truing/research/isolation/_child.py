"""The child process: it locks itself up, imports a submitted file, and answers for its method.

It holds no truth and trains nothing: the launcher asks for targets and weights, round by round, and
trains the students itself. Whatever the submitted code does to this process, it can change its own
answers only.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from truing.errors import TruingError
from truing.methods import METHODS, Evidence, Method
from truing.research.isolation import _wire as wire
from truing.research.isolation._lock import lock
from truing.research.isolation._order import LockOrder
from truing.research.isolation._readable import PACKAGES
from truing.students import checked

FILE = "method.py"  # in the working folder
# Imported before the lock closes: the first by every method; all of them where another user, whom
# no allow list of files helps, might find Python in root's closed home.
COMMON = ("array_api_compat.numpy", "scipy.optimize", "scipy.stats", "sklearn.neighbors")


def main() -> None:
    """Run from the command line of the child: the argument is the descriptor of the answers."""
    answers = int(sys.argv[1])
    order = LockOrder.from_json(wire.read_question(_read)[0])
    METHODS.loaded = True  # the built-in ones are; plugins have no business here
    # In force before anything is imported: scikit-learn would try pandas, and that starts threads.
    sys.meta_path.insert(0, _OtherPackages())
    needed_now = order.other_user and "landlock" not in order.needs
    for module in COMMON if needed_now else COMMON[:1]:
        import_module(module)
    try:
        lock(order)
    except OSError as error:
        _tell(answers, wire.UNSEALED, str(error).encode())
        os._exit(1)
    _tell(answers, wire.SEALED)
    try:
        _answer(answers, order.name)
    except BaseException as error:  # SystemExit too: whatever ends the code is reported
        _fail(answers, error)


class _BrokenContract(TruingError):
    """A method that cannot be trained, with the code of the reason on the wire."""

    def __init__(self, code: bytes, words: str):
        super().__init__(words)
        self.code = code


class _OtherPackages:
    """Says what may be imported, where the lock would say no more than that it refused to read."""

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
                f"no module {name!r} here; a method may import the standard library, {allowed}",
                name=name,
            )


def _answer(answers: int, name: str) -> None:
    wire.read_question(_read)  # each answer has its question; the first asks to be described
    made = _build(name)
    _check_trainable(made)
    described = (made.static, made.prepare is not None, made.peers, min(made.members, 1 << 31))
    _tell(answers, wire.DESCRIBED, wire.DESCRIPTION.pack(*described))
    while True:
        header, arrays = wire.read_question(_read)
        targets, weights = _values(made, name, header, arrays)
        _tell(answers, wire.VALUES, targets.tobytes() + weights.tobytes())


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
    made: Method, name: str, header: Mapping[str, Any], arrays: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets (n, k) and weights (n,), from the rule or from the preparation."""
    weak = arrays[0]
    if header["asks"] == "prepare":
        prepare = made.prepare
        assert prepare is not None  # the launcher asks methods that prepare
        rng = np.random.default_rng(0)
        rng.bit_generator.state = header["rng"]
        evidence = Evidence(weak, arrays[1], arrays[2], rng)
        return checked(name, weak.shape, lambda: prepare(evidence))
    belief = arrays[-1]
    weak.flags.writeable = belief.flags.writeable = False
    return checked(name, weak.shape, lambda: made.targets(weak, belief, header["progress"]))


def _fail(answers: int, error: BaseException) -> NoReturn:
    """Tell why it ended: a crash of the method's own code, or a contract it broke."""
    own = error.__cause__ if isinstance(error, TruingError) else error
    if isinstance(own, MemoryError):
        _tell(answers, wire.OUT_OF_MEMORY)
    elif own is None:
        code = error.code if isinstance(error, _BrokenContract) else wire.BAD_VALUES
        _tell(answers, wire.BROKE_CONTRACT, code + _words(error))
    else:
        words = f"{type(own).__name__[:200]}: ".encode("utf-8", "replace") + _words(own)
        _tell(answers, wire.CRASHED, wire.CRASH.pack(_line(own)) + words)
    os._exit(1)


def _line(error: BaseException) -> int:
    """The line of the submitted file at which an exception arose, 0 where there is none."""
    own = str(Path(FILE).resolve())
    if isinstance(error, SyntaxError) and error.filename == own:
        return error.lineno or 0
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == own]
    return lines[-1] if lines else 0


def _words(error: BaseException) -> bytes:
    try:
        text = str(error).replace(f"{Path.cwd()}/", "")
    except Exception:  # an exception class of the method's own may fail to describe itself
        text = "(no words)"
    return wire.one_line(text).encode("utf-8", "replace")


def _tell(answers: int, letter: bytes, payload: bytes = b"") -> None:
    left = memoryview(wire.ANSWER.pack(letter, len(payload)) + payload)
    while left:
        left = left[os.write(answers, left) :]


def _read(count: int) -> bytes:
    """Exactly so many bytes of the questions; the end of them is the end of the work."""
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
