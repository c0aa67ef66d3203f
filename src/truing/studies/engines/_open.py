"""Open an engine by its name on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from truing.errors import UserError
from truing.studies.engines._engine import Engine
from truing.studies.engines._local import LocalEngine
from truing.studies.engines._ray import RayEngine


@contextmanager
def open_engine(
    name: str, workers: int | None = None, address: str | None = None
) -> Iterator[Engine]:
    """Open the engine `local` or `ray` for a block.

    Args:
        name: `local` or `ray`.
        workers: number of processes on this machine.
        address: address of the Ray cluster.

    Raises:
        UserError: an unknown name, incompatible arguments, or a cluster that does not answer.

    Examples:
        >>> from truing.studies.engines import open_engine
        >>> with open_engine("local", workers=2) as engine:
        ...     engine.slots
        2
    """
    if name == "local":
        if address is not None:
            raise UserError(f"the address {address} requires --engine ray")
        yield LocalEngine(workers)
    elif name == "ray":
        with RayEngine(address, workers) as engine:
            yield engine
    else:
        raise UserError(f"unknown engine {name!r}; allowed: local, ray")
