r"""Extensions found by name: built in, in a file, or brought by another package.

A specification is `NAME[,ARGUMENT=VALUE ...]`. NAME is a registered name (`confidence`), a name
with its size (`pca-8`), a name with its path (`file:activations.npy`), a name with a checkpoint and
its layer (`hf/OWNER/MODEL@layer-6`), or a factory in a file (`path/to/file.py:name`). A comma in a
path is written `\,`. What is built remembers name and arguments, so that a run can be made again
from its own files, and a digest of the factory's source, so that a change of it is noticed.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from truing.errors import TruingError, UnknownNameError, UserError, WrongKindError
from truing.sources import file_digest, import_file, is_installed, load_plugins, source_digest
from truing.specification import (
    LARGEST,
    NUMBERS,
    WIDEST,
    Within,
    join_specification,
    read_number,
    split_specification,
)

T = TypeVar("T")
FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[^,:]+)")


@dataclass(frozen=True)
class Built(Generic[T]):
    """Something made by a factory, and how to make it again.

    Attributes:
        name: registered name, or `path/to/file.py:name`.
        arguments: every argument of the factory with its value, defaults included.
        value: what the factory returned.
        digest: SHA-256 of the code that the factory and what it returns run.
        label: the shortest specification that builds the same; what tables show.
    """

    name: str
    arguments: Mapping[str, Any]
    value: T
    digest: str
    label: str

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this from any other, as JSON: name, arguments and source.

        A file counts by what is in it and not by where it lies. So does a checkpoint: what is made
        of one has a `provenance`, which stands in place of its arguments.

        Raises:
            UserError: a file that does not exist.
        """
        arguments = dict(self.arguments)
        if "path" in arguments:
            arguments["path"] = file_digest(arguments["path"])
        name = self.name.rpartition(":")[2] if FILE.fullmatch(self.name) else self.name
        if "path" in arguments:
            name = name.partition(":")[0]
        if "checkpoint" in arguments:
            name = name.partition("/")[0]
            arguments |= getattr(self.value, "provenance", {})
        return {"name": name, "arguments": arguments, "source": self.digest}


@dataclass
class Registry(Generic[T]):
    """Factories of one kind.

    Attributes:
        kind: what is made, as messages name it: `method`.
        package: module whose import registers the built-in factories.
        fits: whether something that a factory returned is of this kind.
    """

    kind: str
    package: str
    fits: Callable[[Any], bool]
    factories: dict[str, Callable[..., T]] = field(default_factory=dict)
    loaded: bool = False

    def register(self, name: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Decorator that puts a factory under a name; the docstring's first line describes it."""

        def keep(factory: Callable[..., T]) -> Callable[..., T]:
            known = self.factories.get(name)
            if known is not None and inspect.getsourcefile(known) != inspect.getsourcefile(factory):
                raise UserError(
                    f"{name!r} is the name of another {self.kind} too; rename one of them"
                )
            self.factories[name] = factory
            return factory

        return keep

    def describe(self) -> dict[str, str]:
        """Each name as it is typed (`pca-K`), with one line about it."""
        self._load()
        lines = {}
        for name, factory in sorted(self.factories.items()):
            parameters = inspect.signature(factory).parameters
            typed = name + ("-K" if "size" in parameters else "")
            typed += ":PATH" if "path" in parameters else ""
            typed += "/NAME@layer-K" if "checkpoint" in parameters else ""
            lines[typed] = (inspect.getdoc(factory) or "").split("\n")[0]
        return lines

    def holds(self, specification: str) -> bool:
        """Whether a specification names something here (its arguments may still be wrong)."""
        self._load()
        name = split_specification(specification)[0]
        return bool(FILE.fullmatch(name)) or self._resolve(name) is not None

    def find(self, name: str) -> tuple[Callable[..., T], dict[str, str]]:
        """A factory by its name, or in a file, and the arguments that the name itself carries.

        Raises:
            UnknownNameError: nothing has that name.
            UserError: a file that cannot be imported.
        """
        self._load()
        from_file = FILE.fullmatch(name)
        if from_file:
            return self._from_file(Path(from_file["path"]), from_file["name"]), {}
        found = self._resolve(name)
        if found is None:
            raise UnknownNameError(self.kind, name, self._typed_names(name))
        self._check_installed(name, found[0])
        return found

    def build(self, specification: str) -> Built[T]:
        """Make what a specification asks for.

        Raises:
            UnknownNameError: nothing has that name.
            UserError: a file that cannot be imported, an unknown argument, a value out of range.
        """
        name, *pairs = split_specification(specification)
        factory, given = self.find(name)
        plain = dict(given)
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise UserError(f"{specification!r}: {pair!r} must read argument=value")
            given[key.strip()] = value.strip()
        return self._make(specification, name, factory, given, plain)

    def _make(
        self, specification: str, name: str, factory: Callable[..., T], given: dict, plain: dict
    ) -> Built[T]:
        parameters = inspect.signature(factory).parameters
        hints = get_type_hints(factory, include_extras=True)
        for key in given:
            if key not in parameters:
                allowed = ", ".join(parameters) or "none"
                raise UserError(f"{specification!r}: no argument {key!r}; allowed: {allowed}")
        arguments = {
            key: _convert(specification, key, hints.get(key), v) for key, v in given.items()
        }
        missing = [p.name for p in parameters.values() if p.default is p.empty]
        missing = [name for name in missing if name not in arguments]
        if missing:
            raise UserError(
                f"{specification!r} needs {', '.join(missing)}: {name},{missing[0]}=..."
            )
        bound = {p: arguments.get(p, parameters[p].default) for p in parameters}
        try:
            value = factory(**bound)
        except TruingError:
            raise
        except ValueError as error:
            raise UserError(f"{specification!r}: {error}") from error
        except Exception as error:  # whatever a plugin raises is told in one line
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise UserError(f"{specification!r} failed: {told}") from error
        if not self.fits(value):
            raise WrongKindError(f"{name!r} is no {self.kind}: its factory returned {value!r}")
        shown = [
            f"{key}={_spelled(arguments[key])}"
            for key, parameter in parameters.items()
            if key in given and key not in plain and arguments[key] != parameter.default
        ]
        from_file = FILE.fullmatch(name)
        named = [Path(from_file["path"])] if from_file else []
        digest = source_digest(*named, factory)
        return Built(name, bound, value, digest, join_specification([name, *shown]))

    def _resolve(self, name: str) -> tuple[Callable[..., T], dict[str, str]] | None:
        if name in self.factories:
            return self.factories[name], {}
        base, colon, path = name.partition(":")
        if colon and "path" in _parameters(self.factories.get(base)):
            return self.factories[base], {"path": path}
        base, slash, rest = name.partition("/")
        checkpoint, at, layer = rest.rpartition("@layer-")
        if slash and at and "checkpoint" in _parameters(self.factories.get(base)):
            return self.factories[base], {"checkpoint": checkpoint, "layer": layer}
        base, dash, size = name.rpartition("-")
        if dash and size.isdigit() and "size" in _parameters(self.factories.get(base)):
            return self.factories[base], {"size": size}
        return None

    def _typed_names(self, name: str) -> list[str]:
        """Names to offer, with the user's own size where one is due."""
        size = re.search(r"\d+$", name)
        own = f"-{size[0]}" if size else "-K"
        return [typed.replace("-K", own) for typed in self.describe()]

    def _from_file(self, path: Path, name: str) -> Callable[..., T]:
        if not path.is_file():
            raise UserError(f"{path}: no such file, so no {self.kind} {name!r} in it")
        known = dict(self.factories)
        module = import_file(path)
        added = {n: f for n, f in self.factories.items() if known.get(n) is not f}
        factory = added.get(name) or getattr(module, name, None)
        self.factories = known  # a file's names are found through the file alone
        if not callable(factory):
            raise WrongKindError(
                f"{path} has no {self.kind} {name!r}; it has: {', '.join(added) or 'none'}"
            )
        return factory

    def _check_installed(self, name: str, factory: Callable) -> None:
        """Refuse a factory that a worker process cannot find by its name.

        Raises:
            UserError: a script, a notebook cell or a module that is no plugin registered it.
        """
        module = getattr(factory, "__module__", None) or "__main__"
        if is_installed(module):
            return
        script = module == "__main__"
        where = "a script or a notebook cell" if script else f"the module {module}"
        raise UserError(
            f"the {self.kind} {name!r} was registered in {where}, where worker processes cannot "
            f"find it; put it in a file of its own and name it path/to/file.py:{name}"
        )

    def _load(self) -> None:
        if self.loaded:
            return
        self.loaded = True
        importlib.import_module(self.package)
        load_plugins()


def check_unchanged(built: Built, identity: Mapping[str, Any]) -> None:
    """Raise UserError where a file is not any more what the plan was made with."""
    if built.identity != identity:
        raise UserError(f"{built.label} changed while the study ran; run it again")


def _parameters(factory: Callable | None) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(factory).parameters if factory else {}


def _convert(specification: str, key: str, hint: Any, text: str) -> Any:
    """A value typed at the command line, as the factory's annotation asks."""
    ranges: tuple[Within, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        ranges = tuple(note for note in notes if isinstance(note, Within))
    try:
        value = _read(key, hint, text, WIDEST if ranges else LARGEST)
        for one in ranges:
            one.check(key, value)
    except ValueError as error:
        raise UserError(f"{specification!r}: {error}") from None
    return value


def _read(key: str, hint: Any, text: str, largest: int) -> Any:
    """A value as its type asks; ValueError where the text is none."""
    if hint in NUMBERS:
        return read_number(key, hint, text, largest)
    if hint is bool:
        known = {"true": True, "yes": True, "false": False, "no": False}
        if text.lower() not in known:
            raise ValueError(f"{key} must be true or false, not {text!r}")
        return known[text.lower()]
    if get_origin(hint) is Literal and text in get_args(hint):
        return text
    if hint is None or get_args(hint):  # not told, or one of several: as it reads
        return _plain(text)
    return text


def _spelled(value: Any) -> str:
    """A value as it is typed, the same however it was typed."""
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _plain(text: str) -> Any:
    """A number, true, false or none where the text reads so, else the text."""
    with contextlib.suppress(json.JSONDecodeError):
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    return None if text.lower() == "none" else text
