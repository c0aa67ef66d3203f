"""Given protocols: a `Protocol`, or a function that returns one, in place of a name.

A protocol is a declaration, so it is kept as JSON. A function that the decorator registered may
have arguments, so the function itself is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from truing import given
from truing.errors import TruingError, UserError, in_one_line
from truing.given import GivenObject, shortened
from truing.oversight.rules import PROTOCOLS, Judge, Limits, Protocol, Speaker

KEPT = ".json"
NAME = "protocol"
BLIND = "blind"  # the protocol without help, with which all others are compared
ALLOWED = (
    "a name, a Protocol, a function that returns a Protocol, a dict that names these, or a list of "
    "these"
)


def give_protocols(protocols: object) -> list[str]:
    """Specifications of the protocols that a user gave, as names or objects.

    Args:
        protocols: a name, a `Protocol`, a function that returns a `Protocol` without arguments, a
            dict with a name in tables for each of these, or a list of these.

    Raises:
        UserError: an object cannot be a protocol, or there is none.

    Examples:
        >>> import truing
        >>> from truing.oversight.protocols import Speaker, give_protocols
        >>> rules = truing.Protocol((Speaker("Adviser", "adviser"),), assignment="open")
        >>> names = give_protocols(["blind", {"advice": rules}])
        >>> names[0], names[1].partition("@")[0]
        ('blind', 'advice')
    """
    found = list(_each_given(protocols))
    if not found:
        raise UserError(f"protocols must have one or more names, got {shortened(protocols)}")
    return found


def read_given(kept: GivenObject) -> Callable[[], Protocol]:
    """The factory of a kept protocol."""

    def make() -> Protocol:
        stated = json.loads(kept.files[KEPT])
        speakers = tuple(Speaker(**_tuples(one)) for one in stated["speakers"])
        judge, limits = Judge(**_tuples(stated["judge"])), Limits(**stated["limits"])
        return Protocol(**stated | {"speakers": speakers, "judge": judge, "limits": limits})

    return make


def _each_given(protocols: object) -> list[str]:
    registered = PROTOCOLS.given(protocols) if protocols != "" else None
    if registered is not None:
        return [registered]
    if isinstance(protocols, Protocol):
        return [_keep(NAME, protocols)]
    if isinstance(protocols, Mapping):
        return [_specification_of(name, one) for name, one in protocols.items()]
    if isinstance(protocols, list | tuple):
        return [name for one in protocols for name in _each_given(one)]
    if callable(protocols):
        name = getattr(protocols, "__name__", NAME)
        return [_keep(name, _as_protocol(name, protocols))]
    raise UserError(f"protocols must be {ALLOWED}; got {shortened(protocols)}")


def _specification_of(name: object, one: object) -> str:
    """Specification of a protocol to which a user gave a name."""
    if not isinstance(name, str) or name == BLIND:
        raise UserError(
            f"protocols: the keys of a dict are names, other than {BLIND}, got {shortened(name)}"
        )
    registered = PROTOCOLS.given(one) if one != "" else None
    if registered == BLIND:
        raise UserError(
            f"protocols: {BLIND} is the reference and keeps its name; write {BLIND!r} without a "
            "dict"
        )
    return (
        given.keep_alias(name, registered) if registered else _keep(name, _as_protocol(name, one))
    )


def _keep(name: str, rules: Protocol) -> str:
    return given.keep(name, {KEPT: json.dumps(asdict(rules), indent=2).encode()})


def _as_protocol(name: object, made: object) -> Protocol:
    """A protocol, or the protocol that a function returns."""
    if callable(made):
        try:
            made = made()
        except TruingError:
            raise
        except Exception as error:  # a user's function may raise anything
            raise UserError(f"the protocol {name} failed: {in_one_line(error)}") from error
    if not isinstance(made, Protocol):
        raise UserError(f"the protocol {name} must be a truing.Protocol, got {shortened(made)}")
    return made


def _tuples(stated: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values of a dataclass with tuples in place of lists."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in stated.items()}


PROTOCOLS.adapt = read_given
