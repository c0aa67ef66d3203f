"""Name of the only method in a Python file, found in its text, so that no code is run."""

from __future__ import annotations

import ast
from pathlib import Path

from truing.errors import UserError


def only_method(path: Path, text: str) -> str:
    """Name of the only method in a file: a registered one, or else the only public function.

    Args:
        path: path of the file, for messages.
        text: content of the file.

    Raises:
        UserError: the file is not Python, or contains no method or several.
    """
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError) as error:
        raise UserError(f"{path} is not Python: {error}") from None
    functions = [one for one in body if isinstance(one, ast.FunctionDef)]
    found = [name for one in functions for name in _registered(one)]
    if not found:
        found = [one.name for one in functions if not one.name.startswith("_")]
    if not found:
        raise UserError(f"{path} contains no method; decorate a function with @method(NAME)")
    if len(found) > 1:
        names = ", ".join(found)
        raise UserError(f"{path} contains {len(found)} methods: {names}; name one with --name")
    return found[0]


def _registered(function: ast.FunctionDef) -> list[str]:
    """Names under which a function is registered: `@method("smooth")`, `@truing.method(...)`."""
    calls = [one for one in function.decorator_list if isinstance(one, ast.Call)]
    return [
        str(one.args[0].value).partition("-{")[0]
        for one in calls
        if ast.unparse(one.func).rpartition(".")[2] == "method"
        and one.args
        and isinstance(one.args[0], ast.Constant)
    ]
