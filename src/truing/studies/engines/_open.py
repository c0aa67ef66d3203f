"""Opening an engine by its name, as the command line names it."""

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
    """The engine `local` or `ray`, for as long as the block lasts.

    Args:
        workers: processes on this machine.
        address: of the Ray cluster.

    Raises:
        UserError: an unknown name, arguments that do not fit, or a cluster that does not answer.
    """
    if name == "local":
        if address is not None:
            raise UserError(f"the address {address} is a Ray cluster's; add --engine ray")
        yield LocalEngine(workers)
    elif name == "ray":
        with RayEngine(address, workers) as engine:
            yield engine
    else:
        raise UserError(f"unknown engine {name!r}; it must be local or ray")
