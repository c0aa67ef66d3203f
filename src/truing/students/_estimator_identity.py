"""Identity of an estimator: its class, all its parameters, and their source text."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from truing.errors import UserError, in_one_line

PLAIN = (bool, int, float, complex, str, bytes, type(None))


def identity_of(value: Any) -> bytes:
    """SHA-256 of an estimator or of the value of a parameter, equal in all processes.

    Raises:
        UserError: a value that cannot be sent to another process.

    Examples:
        >>> from sklearn.linear_model import LogisticRegression
        >>> from truing.students import identity_of
        >>> identity_of(LogisticRegression()) == identity_of(LogisticRegression(C=1.0))
        True
        >>> identity_of(LogisticRegression()) == identity_of(LogisticRegression(C=2.0))
        False
    """
    if isinstance(value, PLAIN):
        content = repr(value).encode()
    elif isinstance(value, np.ndarray) and value.dtype != object:
        content = f"{value.dtype} {value.shape} ".encode() + value.tobytes()
    elif isinstance(value, Mapping):
        content = b" ".join(identity_of(one) for pair in value.items() for one in pair)
    elif isinstance(value, list | tuple):
        content = b" ".join(map(identity_of, value))
    elif inspect.isroutine(value) or isinstance(value, type):
        content = _source(value)
    elif hasattr(value, "get_params"):
        content = _source(type(value)) + identity_of(value.get_params(deep=False))
    else:
        content = _pickled(value)
    return hashlib.sha256(f"{type(value).__qualname__} ".encode() + content).digest()


def libraries_of(estimator: Any) -> dict[str, str]:
    """Versions of the libraries that define the classes of an estimator and of its parts."""
    packages = {type(one).__module__.partition(".")[0] for one in _parts(estimator)}
    found = {name: getattr(sys.modules.get(name), "__version__", "") for name in packages}
    return {name: str(version) for name, version in sorted(found.items()) if version}


def _parts(estimator: Any) -> Iterator[Any]:
    """An estimator and all estimators among its parameters."""
    yield estimator
    for one in estimator.get_params(deep=True).values():
        if hasattr(one, "get_params") and not isinstance(one, type):
            yield one


def _source(value: Any) -> bytes:
    """Name of a function or class, with its source text unless it is in an installed package."""
    name = f"{value.__module__}.{value.__qualname__}"
    if getattr(sys.modules.get(str(value.__module__).partition(".")[0]), "__version__", ""):
        return name.encode()  # `libraries_of` has its version
    try:
        return f"{name} {inspect.getsource(value)}".encode()
    except (OSError, TypeError):  # no source text, as with `python -c`
        return name.encode() + _pickled(value)


def _pickled(value: Any) -> bytes:
    import cloudpickle

    try:
        return cloudpickle.dumps(value)
    except Exception as error:  # pickle raises errors of many types
        raise UserError(
            f"a parameter of the estimator cannot be sent to a worker process "
            f"({in_one_line(error)})"
        ) from None
