"""Registry of protocols, and the decorator that registers a protocol."""

from __future__ import annotations

from collections.abc import Callable

from truing.oversight.rules._protocol import Protocol
from truing.registry import Registry

PROTOCOLS: Registry[Protocol] = Registry(
    "protocol", "truing.oversight.protocols", lambda made: isinstance(made, Protocol)
)
"""All registered protocols."""


def protocol(form: str) -> Callable[[Callable[..., Protocol]], Callable[..., Protocol]]:
    """Decorator that registers a protocol. The docstring's first line is its description.

    The decorated function takes the protocol's arguments and returns a `Protocol`.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import truing
        >>> from truing.oversight.protocols import Judge, Speaker
        >>> @truing.protocol("advice")
        ... def advice(rounds: int = 1):
        ...     "One adviser argues for the answer that it believes."
        ...     adviser = Speaker("Adviser", "adviser", sees_hidden=True)
        ...     return truing.Protocol((adviser,), Judge(), rounds=rounds, assignment="open")
        >>> advice(rounds=2).roles
        ('adviser', 'judge')
    """
    return PROTOCOLS.register(form)
