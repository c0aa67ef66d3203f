"""Given extensions: names, functions and objects of one kind, as a user passes them from Python."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function, takes
from truing.given import GivenObject, keep_alias, shortened
from truing.registry import Registry
from truing.specification import Specification


@dataclass(frozen=True)
class GivenExtensions:
    """Extensions of a kind whose objects have an attribute `kind`, such as plants and monitors.

    Attributes:
        registry: registry of the kind.
        argument: name of the argument that takes them, for messages: `plants`.
        form: what is allowed, for messages.
        parameters: names of the parameters of a bare function.
        main: attribute of an object that is its function, whose name is that of the object.
        wrap: bare function -> object.
    """

    registry: Registry[Any]
    argument: str
    form: str
    parameters: tuple[str, ...]
    main: str
    wrap: Callable[[Any], Any]

    def give(self, given: object) -> list[str]:
        """Specifications of names, functions and objects: one, a list, or a dict with names.

        Raises:
            UserError: an object of another kind, or that other processes cannot receive.
        """
        if isinstance(given, Mapping):
            return [self._specification_of(name, one) for name, one in given.items()]
        if isinstance(given, list | tuple):
            return [name for one in given for name in self.give(one)]
        return [self._registered(given) or self._keep(given)]

    def adapt(self, given: GivenObject) -> Callable[..., Any]:
        """Factory of a given object: a bare function, an object, or a function that returns one."""
        loaded = load_function(given)
        if hasattr(loaded, "kind"):
            return lambda: loaded
        return loaded if takes(loaded, 0) else lambda: self.wrap(loaded)

    def _specification_of(self, name: object, one: object) -> str:
        """Specification of an extension to which a user gave a name."""
        if not isinstance(name, str):
            raise UserError(f"{self.argument}: the keys of a dict are names, got {shortened(name)}")
        registered = self._registered(one)
        return self._keep(one, name) if registered is None else keep_alias(name, registered)

    def _registered(self, one: object) -> str | None:
        """Specification of a name or of a registered function; None for any other object."""
        found = self.registry.given(one)
        asked = Specification.parse(found or "")
        if found is None or asked.arguments or not self.registry.contains(found):
            return found
        factory = self.registry.find(asked.name)[0]
        if set(factory.annotations) == set(self.parameters):  # file.py:name of a bare function
            return keep_function(factory.make, factory.name)
        return found

    def _keep(self, one: Any, name: str = "") -> str:
        """Keep a function or an object; returns its specification."""
        if isinstance(one, type):
            raise UserError(
                f"{one.__name__} is a class; pass an object, {one.__name__}(...); {self.form}"
            )
        if hasattr(one, "kind"):
            return keep_function(one, name or function_name(getattr(one, self.main, one)))
        kind = self.registry.kind
        if not callable(one):
            raise UserError(
                f"{self.argument} must be a name, a function, a {kind}, a list of these or a dict "
                f"that names them, got {shortened(one)}; {self.form}"
            )
        if not (takes(one, len(self.parameters)) or takes(one, 0)):
            own = f"{function_name(one)}{inspect.signature(one)}"
            raise UserError(f"{own} is not a {kind}; {self.form}")
        return keep_function(one, name or None)
