"""Extensions found by name: built in, in a file, or brought by another package.

The name in a specification is a registered name (`confidence`), a registered name that carries
arguments (`pca-8`, `recorded:labels.jsonl`), or a factory in a file (`path/to/file.py:name`). What
is built remembers name and arguments, so that a run can be made again from its own files, and a
digest of the factory's source, so that a change of it is noticed.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from truing.arguments import spelled
from truing.errors import TruingError, UnknownNameError, UserError, WrongKindError
from truing.factory import Factory
from truing.sources import file_digest, import_file, is_installed, load_plugins, source_digest
from truing.specification import Specification

T = TypeVar("T")
FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[^,:]+)")


@dataclass(frozen=True)
class Built(Generic[T]):
    """Something made by a factory, and how to make it again.

    Attributes:
        name: as it was typed: `confidence`, `pca-8`, or `path/to/file.py:name`.
        factory: name under which the factory is registered, `pca`, also where it is in a file.
        arguments: every argument of the factory with its value, defaults included.
        files: those of the arguments that are paths of files.
        value: what the factory returned.
        digest: SHA-256 of the code that the factory and what it returns run.
        label: the shortest specification that builds the same; what tables show.
    """

    name: str
    factory: str
    arguments: Mapping[str, Any]
    files: tuple[str, ...]
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
        arguments |= {name: file_digest(arguments[name]) for name in self.files}
        arguments |= getattr(self.value, "provenance", {})
        return {"name": self.factory, "arguments": arguments, "source": self.digest}


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
    factories: dict[str, Factory[T]] = field(default_factory=dict)
    loaded: bool = False

    def register(self, form: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Decorator that puts a factory under a name; the docstring's first line describes it.

        Args:
            form: the name, with the arguments that it carries, as in `pca-{size:K}`; see `Factory`.
        """

        def keep(make: Callable[..., T]) -> Callable[..., T]:
            factory = Factory(form, make)
            known = self.factories.get(factory.name)
            if known and inspect.getsourcefile(known.make) != inspect.getsourcefile(make):
                raise UserError(
                    f"{factory.name!r} is the name of another {self.kind} too; rename one of them"
                )
            self.factories[factory.name] = factory
            return make

        return keep

    def describe(self) -> dict[str, str]:
        """Each name as it is typed (`pca-K`), with one line about it."""
        self._load()
        return {one.shown(): one.description for _, one in sorted(self.factories.items())}

    def holds(self, specification: str | Specification) -> bool:
        """Whether a specification names something here (its arguments may still be wrong)."""
        self._load()
        name = Specification.parse(specification).name
        return bool(FILE.fullmatch(name)) or self._resolve(name) is not None

    def find(self, name: str) -> tuple[Factory[T], dict[str, str]]:
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
        self._check_installed(name, found[0].make)
        return found

    def build(self, specification: str | Specification) -> Built[T]:
        """Make what a specification asks for.

        Raises:
            UnknownNameError: nothing has that name.
            UserError: a file that cannot be imported, an unknown argument, a value out of range.
        """
        asked = Specification.parse(specification)
        factory, carried = self.find(asked.name)
        arguments, defaults = factory.read(asked, carried), factory.defaults
        changed = {
            name: spelled(value)
            for name, value in arguments.items()
            if name in asked.arguments and not (name in defaults and value == defaults[name])
        }
        from_file = FILE.fullmatch(asked.name)
        files = [Path(from_file["path"])] if from_file else []
        return Built(
            name=asked.name,
            factory=factory.name,
            arguments=arguments,
            files=factory.files,
            value=self._make(asked, factory, arguments),
            digest=source_digest(*files, factory.make),
            label=str(Specification(asked.name, changed)),
        )

    def _make(self, asked: Specification, factory: Factory[T], arguments: dict[str, Any]) -> T:
        """What the factory returns.

        Raises:
            UserError: the factory refuses the arguments or fails.
            WrongKindError: the factory returns something else.
        """
        try:
            value = factory.make(**arguments)
        except TruingError:
            raise
        except ValueError as error:
            raise UserError(f"{str(asked)!r}: {error}") from error
        except Exception as error:  # whatever a plugin raises is told in one line
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise UserError(f"{str(asked)!r} failed: {told}") from error
        if not self.fits(value):
            raise WrongKindError(
                f"{asked.name!r} is no {self.kind}: its factory returned {value!r}"
            )
        return value

    def _resolve(self, name: str) -> tuple[Factory[T], dict[str, str]] | None:
        """A registered factory, and the arguments that the name carries."""
        if name in self.factories:
            return self.factories[name], {}
        matches = ((one, one.match(name)) for one in self.factories.values())
        return next(((one, carried) for one, carried in matches if carried is not None), None)

    def _typed_names(self, name: str) -> list[str]:
        """Names to offer, with the user's own number where a name carries one."""
        number = name.removeprefix(name.rstrip("0123456789"))
        return [one.shown(number) for _, one in sorted(self.factories.items())]

    def _from_file(self, path: Path, name: str) -> Factory[T]:
        if not path.is_file():
            raise UserError(f"{path}: no such file, so no {self.kind} {name!r} in it")
        known = dict(self.factories)
        module = import_file(path)
        added = {n: f for n, f in self.factories.items() if known.get(n) is not f}
        self.factories = known  # a file's names are found through the file alone
        if name in added:
            return added[name]
        make = getattr(module, name, None)
        if not callable(make):
            raise WrongKindError(
                f"{path} has no {self.kind} {name!r}; it has: {', '.join(added) or 'none'}"
            )
        return Factory(name, make)

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
