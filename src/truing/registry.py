"""Registries: find extensions by name, whether built in, in a file, or in another package.

The name in a specification is a registered name (`confidence`), a registered name that carries
arguments (`pca-8`, `recorded:labels.jsonl`), or a factory in a file (`path/to/file.py:name`). The
result of `build` stores name and arguments, so that a run can be repeated from its run folder, and
a digest of the factory's source, so that changes of the source are noticed.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

from truing.arguments import spelled
from truing.errors import TruingError, UnknownNameError, UserError, WrongKindError
from truing.factory import Factory
from truing.failure import failure_line
from truing.functions import is_factory, keep_function, load_function
from truing.given import GivenObject, find, is_object, meant, shown
from truing.sources import (
    file_digest,
    import_file,
    is_installed,
    load_plugins,
    object_digest,
    source_digest,
)
from truing.specification import Specification

T = TypeVar("T")
FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[^,:]+)")


class Identity(TypedDict):
    """Name, arguments and source of an extension, as JSON in the keys of steps."""

    name: str
    arguments: dict[str, Any]
    source: str


@dataclass(frozen=True)
class Built(Generic[T]):
    """The value that a factory returned, and the specification that builds it again.

    Attributes:
        name: name as typed: `confidence`, `pca-8`, or `path/to/file.py:name`.
        factory: name under which the factory is registered, `pca`; in a file, the name in the file.
        arguments: all arguments of the factory with their values, including defaults.
        files: names of the arguments that are paths of files.
        value: return value of the factory.
        digest: SHA-256 of the code that the factory and its return value run.
        label: shortest specification that builds the same value, as tables show it.

    Examples:
        >>> from truing.methods import METHODS
        >>> built = METHODS.build("confidence,warmup=0.2,alpha_max=0.75")
        >>> built.label, built.arguments
        ('confidence,alpha_max=0.75', {'alpha_max': 0.75, 'warmup': 0.2})
    """

    name: str
    factory: str
    arguments: Mapping[str, Any]
    files: tuple[str, ...]
    value: T
    digest: str
    label: str

    @property
    def identity(self) -> Identity:
        """Name, arguments and source as JSON; different extensions have different identities.

        A file counts by its content, not by its path. So does a checkpoint: a value that is made
        from a checkpoint has a `provenance`, which replaces its arguments.

        Raises:
            UserError: a file does not exist.
        """
        arguments = dict(self.arguments)
        arguments |= {name: file_digest(arguments[name]) for name in self.files if arguments[name]}
        arguments |= getattr(self.value, "provenance", {})
        return {"name": self.factory, "arguments": arguments, "source": self.digest}


@dataclass
class Registry(Generic[T]):
    """Factories of one kind.

    Attributes:
        kind: kind of extension, as messages name it: `method`.
        package: module whose import registers the built-in factories.
        fits: function that checks whether a factory's return value is of this kind.
        adapt: function that makes a factory from a given object; None if this kind takes only
            functions that its decorator registered.

    Examples:
        >>> from truing.methods import METHODS
        >>> METHODS.contains("confidence"), METHODS.contains("confidense")
        (True, False)
    """

    kind: str
    package: str
    fits: Callable[[Any], bool]
    adapt: Callable[[GivenObject], Callable[..., Any]] | None = None
    factories: dict[str, Factory[T]] = field(default_factory=dict)
    loaded: bool = False

    def register(self, form: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Decorator that registers a factory; the docstring's first line is its description.

        Args:
            form: the name with the arguments that it carries, `pca-{size:K}`; see `Factory`.
        """

        if not isinstance(form, str):
            word = self.kind.replace(" ", "_")
            raise UserError(f'the decorator needs a name: @truing.{word}("my-name"), got {form!r}')

        def add(make: Callable[..., T]) -> Callable[..., T]:
            factory = Factory(form, make)
            known = self.factories.get(factory.name)
            if known and not _redefines(known.make, make):
                raise UserError(
                    f"the {self.kind} {factory.name!r} is already registered; rename one of the two"
                )
            self.factories[factory.name] = factory
            return make

        return add

    def given(self, one: object) -> str | None:
        """Specification of an extension that a script, a notebook or a local module registered.

        Every process can build it: it names the function as a given object. A later definition of
        the same name has another specification.

        Args:
            one: a specification, or a function that the decorator of this registry returned.

        Returns:
            The specification of a given object; the same specification if every process knows its
            name; None for any other object.

        Raises:
            UserError: the function cannot be sent to other processes.

        Examples:
            >>> import truing
            >>> from truing.methods import METHODS
            >>> @truing.method("follow-{share:S}")
            ... def follow(share: float):
            ...     return truing.Method(targets=truing.methods.follow)
            >>> METHODS.given("follow-0.5").partition("@")[0], METHODS.given("naive")
            ('follow', 'naive')
        """
        if not isinstance(one, str):
            names = [name for name, known in self.factories.items() if known.make is one]
            return self.given(names[0]) if names else None
        asked = Specification.parse(one)
        found = self._resolve(asked.name)
        if found is None or _is_installed(found[0].make):
            return one
        name = keep_function(found[0].make, found[0].name, factory=True)
        return str(Specification(name, {**found[1], **asked.arguments}))

    def describe(self) -> dict[str, str]:
        """Each name (`pca-K`) with its description in one line."""
        self._load()
        return {one.shown(): one.description for _, one in sorted(self.factories.items())}

    def contains(self, specification: str | Specification) -> bool:
        """Whether a specification names an extension of this kind; does not check its arguments."""
        self._load()
        name = Specification.parse(specification).name
        if is_object(name):
            return self.adapt is not None or is_factory(find(name))
        return bool(FILE.fullmatch(name)) or self._resolve(name) is not None

    def find(self, name: str) -> tuple[Factory[T], dict[str, str]]:
        """The factory with a name, or in a file, and the arguments that the name itself carries.

        Raises:
            UnknownNameError: the name is not registered.
            UserError: the file cannot be imported.
        """
        self._load()
        if (other := meant(name)) is not None:
            asked = Specification.parse(other)
            factory, carried = self.find(asked.name)
            return factory, {**carried, **asked.arguments}
        if is_object(name):
            return self._from_object(find(name)), {}
        from_file = FILE.fullmatch(name)
        if from_file:
            return self._from_file(Path(from_file["path"]), from_file["name"]), {}
        found = self._resolve(name)
        if found is None and name.endswith(".py"):
            raise UserError(f"{name} is a file; write FILE:NAME for the {self.kind}: {name}:NAME")
        if found is None and self._resolve(Specification.parse_nested(name).name):
            written = Specification.parse_nested(name)
            raise UserError(f"unknown {self.kind} {name!r}; arguments follow a comma: {written}")
        if found is None:
            raise UnknownNameError(self.kind, name, self._typed_names(name))
        return found

    def build(self, specification: str | Specification) -> Built[T]:
        """Build the extension that a specification names.

        Raises:
            UnknownNameError: the name is not registered.
            UserError: the file cannot be imported, an argument is unknown, or a value is out of
                range.
        """
        asked = Specification.parse(specification)
        factory, carried = self.find(asked.name)
        arguments, defaults = factory.read(asked, carried), factory.defaults
        changed = {
            name: spelled(value)
            for name, value in arguments.items()
            if name in asked.arguments and not (name in defaults and value == defaults[name])
        }
        name = Specification.parse(meant(asked.name) or asked.name).name
        from_file = FILE.fullmatch(name)
        files = [Path(from_file["path"])] if from_file else []
        return Built(
            name=asked.name,
            factory=factory.name,
            arguments=arguments,
            files=factory.files,
            value=self._call_factory(asked, factory, arguments),
            digest=_digest(name, files, factory.make),
            label=str(Specification(asked.name, changed)),
        )

    def _call_factory(
        self, asked: Specification, factory: Factory[T], arguments: dict[str, Any]
    ) -> T:
        """The return value of the factory.

        Raises:
            UserError: the factory refuses the arguments or fails.
            WrongKindError: the factory returns something else.
        """
        try:
            value = factory.make(**arguments)
        except TruingError:
            raise
        except ValueError as error:
            raise UserError(f"{shown(str(asked))!r}: {error}") from error
        except Exception as error:  # a plugin may raise anything: show it in one line
            raise UserError(f"{shown(str(asked))!r} failed: {failure_line(error)}") from error
        if not self.fits(value):
            raise WrongKindError(
                f"{shown(asked.name)!r} is not a {self.kind}: it returned {value!r}; it must "
                f"return a {self.kind}"
            )
        return value

    def _resolve(self, name: str) -> tuple[Factory[T], dict[str, str]] | None:
        """A registered factory, and the arguments that the name carries."""
        if name in self.factories:
            return self.factories[name], {}
        matches = ((one, one.match(name)) for one in self.factories.values())
        return next(((one, carried) for one, carried in matches if carried is not None), None)

    def _typed_names(self, name: str) -> list[str]:
        """Registered names to suggest, with the number that the user typed: `pca-8`."""
        number = "" if "/" in name else name.removeprefix(name.rstrip("0123456789"))
        return [one.shown(number) for _, one in sorted(self.factories.items())]

    def _from_file(self, path: Path, name: str) -> Factory[T]:
        if not path.is_file():
            raise UserError(
                f"{path}: no such file; name the Python file of the {self.kind} {name!r}"
            )
        known = dict(self.factories)
        module = import_file(path)
        added = {n: f for n, f in self.factories.items() if known.get(n) is not f}
        self.factories = known  # names in a file are found only through the file
        if name in added:
            return added[name]
        make = getattr(module, name, None)
        if not callable(make):
            has = f"it has: {', '.join(added)}" if added else f"define a function {name}() in it"
            raise WrongKindError(f"{path} has no {self.kind} {name!r}; {has}")
        return Factory(name, make)

    def _from_object(self, given: GivenObject) -> Factory[T]:
        if is_factory(given):
            return Factory(given.specification, load_function(given))
        if self.adapt is None:
            raise WrongKindError(
                f"{given.name} is not a {self.kind}; register a function with the decorator of a "
                f"{self.kind}"
            )
        return Factory(given.specification, self.adapt(given))

    def _load(self) -> None:
        if self.loaded:
            return
        self.loaded = True
        importlib.import_module(self.package)
        load_plugins()


def _redefines(known: Callable[..., Any], make: Callable[..., Any]) -> bool:
    """Whether a function replaces a registered one: in the same file, script or notebook."""
    if known.__module__ == make.__module__ and not _is_installed(make):
        return True
    return inspect.getsourcefile(known) == inspect.getsourcefile(make)


def _is_installed(make: Callable[..., Any]) -> bool:
    """Whether every process knows a registered function: it is in truing or a plugin."""
    return is_installed(make.__module__ or "__main__")


def _digest(name: str, files: list[Path], make: Callable[..., Any]) -> str:
    """Digest of the code that a factory runs; for a given object, of its content."""
    if not is_object(name) and not files and not _is_installed(make):
        name = keep_function(make, factory=True)
    return object_digest(find(name)) if is_object(name) else source_digest(*files, make)


def check_unchanged(built: Built, identity: Identity) -> None:
    """Raise UserError if a file has changed since the study was planned."""
    if built.identity != identity:
        raise UserError(f"{shown(built.label)} changed while the study ran; run it again")
