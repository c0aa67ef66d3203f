"""Cluster: connect to a Ray cluster or start one, and check its nodes.

Ray waits minutes for an address that does not answer and then ends the process, so the address is
tried first. Every node must have the same code and libraries as this machine, because the keys of
steps contain their digests and versions.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from truing.closure import TRUING
from truing.errors import TruingError, UserError
from truing.studies._step import Resources
from truing.studies._store import Store
from truing.studies.work._code import TRAIN_LIBRARIES

PATIENCE = 5.0  # timeout for an answer, in seconds
NODE_PATIENCE = 120.0  # timeout for a node to start a process and import truing, in seconds
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


def check_nodes(nodes: Sequence[str], store: Store, files: Iterable[str]) -> list[str]:
    """Check the code of each node, and its access to the store and to the files of the work.

    Args:
        nodes: ids of the nodes.
        store: the store.
        files: paths that the work reads.

    Returns:
        The nodes that answered. Ray lists a dead node for some seconds; it is left out, since it
        receives no work.

    Raises:
        UserError: a node that differs from this machine, or that lacks the store or a file.
    """
    import ray
    from ray.exceptions import NodeDiedError, TaskUnschedulableError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    marker = hashlib.sha256(os.urandom(16)).hexdigest()
    store.write_json(marker, "seen by every node")
    try:
        ask = ray.remote(num_cpus=0, max_retries=1)(_inspect)
        asked = {
            node: ask.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
            ).remote(store.location, marker, sorted(files), os.getcwd())
            for node in nodes
        }
        answered = []
        for node, answer in asked.items():
            try:
                seen = ray.get(answer, timeout=NODE_PATIENCE)
            except (NodeDiedError, TaskUnschedulableError):
                continue
            except Exception as error:  # of Ray, or of a missing or different truing
                last = (str(error).strip() or type(error).__name__).splitlines()[-1]
                raise UserError(
                    f"the node {_host(node)} cannot be used ({last}); "
                    "install the same truing on every node"
                ) from None
            _compare(_host(node), seen, store.location)
            answered.append(node)
        return answered
    finally:
        store.remove(marker)


def _inspect(location: str, marker: str, files: Sequence[str], folder: str) -> dict[str, Any]:
    """Versions, access to the store, and missing files of the node on which this runs."""
    enter(folder)
    try:
        store = (
            "" if marker in Store(location) else "an entry written on this machine is missing there"
        )
    except TruingError as error:
        store = str(error)
    missing = [path for path in files if not Path(path).exists()]
    return {"versions": describe_code(), "store": store, "missing": missing}


def _compare(host: str, seen: dict[str, Any], location: str) -> None:
    for name, wanted in describe_code().items():
        has = seen["versions"].get(name)
        if wanted != has:
            what = "other source code of truing" if name == "truing" else f"{name} {has}"
            here = "" if name == "truing" else f", but this machine has {wanted}"
            raise UserError(
                f"the node {host} has {what}{here}; install the same version on every node"
            )
    if seen["store"]:
        raise UserError(
            f"the node {host} cannot read the store {location} ({seen['store']}); --store must be "
            "a folder that all nodes share, or a URL such as s3://bucket/truing"
        )
    if seen["missing"]:
        raise UserError(
            f"the node {host} cannot read {seen['missing'][0]}; move it to a folder that all nodes "
            "share"
        )


def describe_code() -> dict[str, str]:
    """Digest of truing's source, and versions of Python and of the numerical libraries."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in TRAIN_LIBRARIES:
        try:  # builds for CPU and for CUDA have the same version
            found[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            continue
    digest = hashlib.sha256()
    for path in sorted(TRUING.rglob("*.py")):
        digest.update(json.dumps(str(path.relative_to(TRUING))).encode() + path.read_bytes())
    return {"truing": digest.hexdigest(), **found}


def enter(folder: str) -> None:
    """Change to a folder if this machine has it, so that relative paths refer to it."""
    if Path(folder).is_dir():
        os.chdir(folder)


def alive() -> dict[str, dict[str, float]]:
    """Resources of each living node of the cluster, by node id."""
    import ray

    return {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}


def check_room(asked: Iterable[Resources], nodes: Iterable[dict[str, float]]) -> None:
    """Raise UserError if no node has the resources of some work, which would wait forever."""
    available = list(nodes)
    for needed in asked:
        wanted = {"CPU": needed.cpus, "GPU": needed.gpus, "memory": needed.memory}
        if not any(all(node.get(k, 0) >= v for k, v in wanted.items()) for node in available):
            raise UserError(
                f"a step needs {needed.cpus} CPUs, {needed.gpus} GPUs and {needed.memory} bytes of "
                "memory; no node of the Ray cluster has these resources"
            )


def _host(node: str) -> str:
    import ray

    names = {entry["NodeID"]: entry["NodeManagerAddress"] for entry in ray.nodes()}
    return names.get(node, node)
