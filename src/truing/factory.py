"""Factory: a function that builds an extension, and the name under which it is registered."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from truing.arguments import FilePath
from truing.errors import UserError
from truing.specification import Specification

T = TypeVar("T")
CITED = re.compile(r"\(([^()]*\b(?:1[89]|20)\d\d\b[^()]*)\)")  # (Burns et al. 2023, section 4)
CARRIED = re.compile(r"\{(?P<argument>\w+):(?P<shown>[\w+]+)\}")


@dataclass(frozen=True)
class Factory(Generic[T]):
    """A function that builds an extension, and its name.

    Attributes:
        form: the registered name. It may carry arguments, each with the placeholder that lists
            show: `pca-{size:K}` is listed as `pca-K`, and `pca-8` means `pca,size=8`.
        make: the function.

    Examples:
        >>> from truing.factory import Factory
        >>> def pca(size: int): ...
        >>> factory = Factory("pca-{size:K}", pca)
        >>> factory.shown(), factory.match("pca-8")
        ('pca-K', {'size': '8'})
    """

    form: str
    make: Callable[..., T]

    @property
    def name(self) -> str:
        """The name without the arguments that it carries: `pca`."""
        before, carries, _ = self.form.partition("{")
        return before[:-1] if carries else before

    @property
    def description(self) -> str:
        """First line of the function's docstring."""
        return (inspect.getdoc(self.make) or "").split("\n")[0]

    @property
    def source(self) -> str:
        """Cited papers: of the module's docstring, or else of the function's; may be empty."""
        module = sys.modules.get(self.make.__module__)
        for text in (inspect.getdoc(module) if module else None, inspect.getdoc(self.make)):
            cited = [" ".join(one.split()) for one in CITED.findall(text or "")]
            if cited:
                return "; ".join(dict.fromkeys(cited))
        return ""

    @property
    def annotations(self) -> dict[str, Any]:
        """Annotation of each argument; `inspect.Parameter.empty` if it has none."""
        return {one.name: one.annotation for one in self._parameters}

    @property
    def defaults(self) -> dict[str, Any]:
        """Default of each argument that has one."""
        return {one.name: one.default for one in self._parameters if one.default is not one.empty}

    @property
    def files(self) -> tuple[str, ...]:
        """Arguments that are paths of files."""
        return tuple(name for name, one in self.annotations.items() if one == FilePath)

    def shown(self, number: str = "") -> str:
        """The name as lists show it, `pca-K`.

        Args:
            number: digits that replace the placeholder of an integer: `8` gives `pca-8`.
        """

        def text(found: re.Match[str]) -> str:
            annotation = self.annotations.get(found["argument"])
            whole = getattr(annotation, "__origin__", annotation) is int  # with or without a range
            return number if number and whole else found["shown"]

        return CARRIED.sub(text, self.form)

    def match(self, name: str) -> dict[str, str] | None:
        """The arguments that a name such as `pca-8` carries; None if the name has another form."""
        texts = iter(CARRIED.split(self.form))
        pattern = re.escape(next(texts))
        for argument, _, text in zip(texts, texts, texts, strict=True):
            pattern += f"(?P<{argument}>.*){re.escape(text)}"
        found = re.fullmatch(pattern, name, re.DOTALL)
        return None if found is None else found.groupdict()

    def read(self, asked: Specification, carried: Mapping[str, str]) -> dict[str, Any]:
        """The values of all arguments, in the order of the signature.

        Args:
            asked: the specification.
            carried: arguments that the name carries.

        Raises:
            UserError: an argument is unknown or missing, or a value is not allowed.
        """
        values = self.defaults | asked.read(self.annotations, carried)
        missing = [name for name in self.annotations if name not in values]
        if missing:
            raise UserError(
                f"{str(asked)!r} needs {', '.join(missing)}: {asked.name},{missing[0]}=..."
            )
        return {name: values[name] for name in self.annotations}

    @cached_property
    def _parameters(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.make, eval_str=True).parameters.values())
