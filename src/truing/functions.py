"""Given functions: what a script, a notebook cell or standard input defines, in place of a name.

A function is kept as its pickle (`.pkl`, by cloudpickle), as its source text (`.py`), and with the
names that it uses (`.uses`). The pickle contains what the function uses from its script or notebook
and from local modules, by value; so worker processes and other machines need neither.
"""

from __future__ import annotations

import functools
import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FunctionType
from typing import Any

import cloudpickle

from truing.errors import UserError, in_one_line
from truing.failure import keep_lines
from truing.function_identity import CACHED, function_digest, used_values
from truing.function_source import names_used, readable_source, source_lines
from truing.given import USES, GivenObject, keep
from truing.imports import is_local

PICKLE = ".pkl"
FACTORY = ".factory.pkl"  # of a function that a decorator registered: it returns the extension


def keep_function(function: object, name: str | None = None, *, factory: bool = False) -> str:
    """Keep a function for this process and return its specification, `NAME@DIGEST`.

    The digest covers the compiled code, and all functions and values that the function uses from
    its script, notebook or local modules. A changed function, helper or value has another digest.
    The same text in another process has the same digest, in a file and on standard input alike.

    Args:
        function: a function, a callable object, or an object that contains functions.
        name: readable name; by default the function's own.
        factory: whether a decorator registered the function, so that it returns an extension.

    Raises:
        UserError: the function uses a value that cannot be sent to another process.

    Examples:
        >>> from truing.functions import keep_function, load_function
        >>> from truing.given import find
        >>> def smooth(weak, belief, progress):
        ...     return 0.9 * weak + 0.1 * belief, weak[:, 0] * 0 + 1
        >>> specification = keep_function(smooth)
        >>> specification.partition("@")[0]
        'smooth'
        >>> load_function(find(specification)).__name__
        'smooth'
    """
    name = name or function_name(function)
    try:
        identity, pickled = function_digest(function), _pickle(function)
    except Exception as error:  # objects may raise anything when they are pickled
        raise UserError(
            f"the function {name} cannot be sent to other processes: it uses "
            f"{_unsendable(function)}, which cannot be pickled ({in_one_line(error)}); create it "
            "inside the function"
        ) from error
    files = {
        FACTORY if factory else PICKLE: pickled,
        ".py": readable_source(function).encode(),
        USES: names_used(function).encode(),
    }
    return keep(name, files, identity.encode())


def load_function(given: GivenObject) -> Any:
    """The function that was kept: a copy, which shares no variables with the original.

    Raises:
        UserError: the function was kept by another version of Python, or needs a missing package.
    """
    return _load(given.specification, given.files.get(FACTORY) or given.files[PICKLE])


def is_function(given: GivenObject) -> bool:
    """Whether a given object was kept by `keep_function`, and not as a factory."""
    return PICKLE in given.files


def is_factory(given: GivenObject) -> bool:
    """Whether a given object is a function that a decorator registered."""
    return FACTORY in given.files


def function_name(function: Any) -> str:
    """Readable name of a function or a callable object; a partial function has its arguments.

    Examples:
        >>> from functools import partial
        >>> from truing.functions import function_name
        >>> def mix(weak, belief, progress, share): ...
        >>> function_name(mix), function_name(partial(mix, share=0.3))
        ('mix', 'mix-share-0.3')
    """
    if isinstance(function, functools.partial):
        words = [str(one) for pair in function.keywords.items() for one in pair]
        words += [str(one) for one in function.args]
        return re.sub(r"[^\w.+-]+", "-", "-".join([function_name(function.func), *words]))[:60]
    name = getattr(function, "__name__", None) or type(function).__name__
    return "lambda" if name == "<lambda>" else str(name)


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with some number of arguments and needs no more.

    A function without a signature, as some functions in C, is assumed to take them.

    Examples:
        >>> from truing.functions import takes
        >>> takes(lambda weak, belief, progress: weak, 3), takes(lambda items: items, 2)
        (True, False)
    """
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return count > 0
    return True


@lru_cache(maxsize=256)
def _load(specification: str, pickled: bytes) -> Any:
    try:
        function, texts = cloudpickle.loads(pickled)
    except Exception as error:  # unpickling runs code of other packages
        raise UserError(
            f"the function {specification} cannot be loaded here ({in_one_line(error)}); it needs "
            "the same version of Python, and the packages that it imports"
        ) from error
    for one in texts:
        keep_lines(*one)
    return function


class _Pickler(cloudpickle.Pickler):
    """Pickles cached functions too: by the function inside."""

    def reducer_override(self, one: Any) -> Any:
        if isinstance(one, CACHED):
            return functools.lru_cache(**one.cache_parameters()), (one.__wrapped__,)
        return super().reducer_override(one)


def _pickle(function: object) -> bytes:
    into = io.BytesIO()
    with _local_modules_by_value():
        _Pickler(into).dump((function, source_lines(function)))
    return into.getvalue()


@contextmanager
def _local_modules_by_value() -> Iterator[None]:
    local = [
        module
        for name, module in list(sys.modules.items())
        if name != "__main__" and getattr(module, "__name__", None) == name and is_local(module)
    ]
    known = cloudpickle.list_registry_pickle_by_value()
    added = [module for module in local if module.__name__ not in known]
    for module in added:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in added:
            cloudpickle.unregister_pickle_by_value(module)


def _unsendable(function: object) -> str:
    """Name of the value that a function uses and that cannot be pickled."""
    values = used_values(function) if isinstance(function, FunctionType) else {}
    for name, value in values.items():
        try:
            function_digest(value)
            _pickle(value)
        except Exception:
            return repr(name)
    return "a value"
