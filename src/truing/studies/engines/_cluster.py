"""Cluster: connect to a Ray cluster, or start one.

Ray waits minutes for an address that does not answer and then ends the process, so the address is
tried first.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

from truing.errors import UserError

PATIENCE = 5.0  # timeout for an answer, in seconds
STATISTICS = "RAY_USAGE_STATS_ENABLED"
TOKEN = (
    "every machine needs the cluster's token: copy its ~/.ray/auth_token, or set RAY_AUTH_TOKEN "
    "(docs/cluster.md)"
)


def need_ray() -> None:
    """Raise UserError if Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError:
        raise UserError("--engine ray needs Ray: pip install 'truing[ray]'") from None


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[None]:
    """Connect to Ray in a block; a connection that was open before is used and left open.

    Args:
        address: `host:port`, `ray://host:port` or `auto`; None starts a cluster on this machine.
        workers: number of cores of a cluster that is started here.

    Raises:
        UserError: the address does not answer, or this machine cannot use the cluster.
    """
    need_ray()
    import ray

    if ray.is_initialized():
        if address is not None:
            raise UserError(
                "Ray is already connected; omit the address, or call ray.shutdown() first"
            )
        yield
        return
    with ExitStack() as stack:
        given: dict[str, Any] = {"address": address}
        if address is None:
            stack.enter_context(_no_statistics())
            folder = tempfile.mkdtemp(prefix="truing-ray-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            given = {"address": "local", "num_cpus": workers, "_temp_dir": folder}
            given["include_dashboard"] = False
        else:
            _check_answers(os.environ.get("RAY_ADDRESS", address) if address == "auto" else address)
        stack.enter_context(_no_messages())
        stack.callback(ray.shutdown)
        _init(given, address)
        yield


def _init(given: dict[str, Any], address: str | None) -> None:
    import ray

    with tempfile.TemporaryFile() as output:
        try:
            with warnings.catch_warnings(), _written_to(output):
                warnings.simplefilter("ignore")
                ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **given)
        except Exception as error:  # of Ray, its client, or the network
            output.seek(0)
            message = " ".join(str(error).split())[:300]
            where = "on this machine" if address is None else f"at {address}"
            about_token = b"AuthToken" in output.read() or "token" in message.lower()
            hint = f"; {TOKEN}" if about_token else ""
            raise UserError(f"cannot use a Ray cluster {where}: {message}{hint}") from None


@contextmanager
def _written_to(file: IO[bytes]) -> Iterator[None]:
    """Redirect the standard error of this process, native libraries included, to a file."""
    sys.stderr.flush()
    before = os.dup(2)
    try:
        os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)
        os.close(before)


@contextmanager
def _no_statistics() -> Iterator[None]:
    """Turn off Ray's usage statistics in a block, unless the user turned them on."""
    before = os.environ.get(STATISTICS)
    os.environ.setdefault(STATISTICS, "0")
    try:
        yield
    finally:
        if before is None:
            del os.environ[STATISTICS]


@contextmanager
def _no_messages() -> Iterator[None]:
    """Suppress Ray's messages about dead workers, since standard output may have to be JSON.

    `log_to_driver` does not suppress them, and Ray has no other option. Failures are still raised.
    """
    from ray._private import worker

    before: Any = getattr(worker, "print_to_stdstream", None)
    worker.print_to_stdstream = lambda *_, **__: None
    try:
        yield
    finally:
        worker.print_to_stdstream = before


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS = 4  # type of the first frame from an HTTP/2 server, such as Ray's


def _check_answers(address: str) -> None:
    """Raise UserError if no server that could be Ray answers at an address within seconds."""
    if address == "auto":  # Ray searches this machine, which is quick
        return
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise UserError(
            f"a Ray address must be host:port, ray://host:port or auto, got {address!r}"
        )
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as line:
            if os.environ.get("RAY_USE_TLS", "0") != "1":
                line.settimeout(PATIENCE)
                line.sendall(GREETING)
                if line.recv(9)[3:4] != bytes([SETTINGS]):
                    raise OSError("the server is not Ray")
    except OSError as error:
        reason = str(error.strerror or error).lower()
        raise UserError(
            f"no Ray cluster answers at {address} ({reason}); `ray start --head` prints the address"
        ) from None
