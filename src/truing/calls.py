"""Calls from Python with wrong arguments: one clear line in place of Python's TypeError."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ParamSpec, TypeVar

from truing.errors import CallError

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator that makes a call with an unknown, missing or surplus argument one clear line.

    Raises:
        CallError: when the decorated function is called, before it runs.

    Examples:
        >>> from truing.calls import checked
        >>> @checked
        ... def train(*, rounds=16): ...
        >>> try:
        ...     train(round=3)
        ... except TypeError as error:
        ...     print(error)
        unknown argument 'round' of train; did you mean rounds? (allowed: rounds)
    """
    form = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            form.bind(*args, **kwargs)
        except TypeError:
            name = function.__qualname__.removesuffix(".__init__")
            raise CallError(_reason(name, form, args, kwargs)) from None
        return function(*args, **kwargs)

    return call


def checked_class(made: C) -> C:
    """Decorator that makes a class check the arguments with which it is called; see `checked`."""
    made.__init__ = checked(made.__init__)  # type: ignore[misc]
    return made


def unknown_argument(name: str, owner: str, allowed: Iterable[str]) -> CallError:
    """The error for an argument that a function or class does not have."""
    allowed = list(allowed)
    near = get_close_matches(name, allowed, n=2, cutoff=0.5)
    known = f"allowed: {', '.join(allowed) or 'none'}"
    hint = f"did you mean {' or '.join(near)}? ({known})" if near else known
    return CallError(f"unknown argument {name!r} of {owner}; {hint}")


def _reason(
    owner: str, form: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> str:
    """What is wrong with the arguments, and what is allowed."""
    named = {k: one for k, one in form.parameters.items() if k != "self" and one.kind in NAMED}
    open_ended = any(one.kind is one.VAR_KEYWORD for one in form.parameters.values())
    needed = [name for name, one in named.items() if one.default is one.empty]
    extra = [name for name in kwargs if name not in named]
    missing = [name for name in needed if name not in kwargs]
    example = f"{owner}({', '.join(f'{name}=...' for name in needed or list(named)[:2])})"
    if extra and (not open_ended or get_close_matches(extra[0], missing)):
        return str(unknown_argument(extra[0], owner, named))
    positional = [k for k, one in form.parameters.items() if one.kind is not one.KEYWORD_ONLY]
    given = len(args) - ("self" in form.parameters)
    allowed = len([name for name in positional if name in named])
    if given > allowed:
        most = f"at most {allowed} positional arguments" if allowed else "named arguments only"
        return f"{owner} takes {most}, got {given}; write {example}"
    twice = [name for name in positional[: len(args)] if name in kwargs]
    if twice:
        return f"{owner} got two values of {twice[0]!r}; write {example}"
    lacking = [name for name in missing if name not in positional[: len(args)]]
    words = ", ".join(map(repr, lacking))
    return f"{owner} needs the argument{'s' * (len(lacking) > 1)} {words}; write {example}"
