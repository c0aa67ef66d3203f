"""Cluster: reaching a Ray cluster or starting one here, and whether its nodes fit the plan.

Ray itself waits minutes for an address that does not answer and then ends the process, so that the
address is tried first. What a node has of code and libraries must be what this machine has: the
keys of the steps say that it is.
"""

from __future__ import annotations

import hashlib
import json
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

PATIENCE = 5.0  # seconds to wait for an answer
NODE_PATIENCE = 120.0  # seconds for a node to start a process and import what it needs
STATISTICS = "RAY_USAGE_STATS_ENABLED"
TOKEN = (
    "every machine needs the cluster's token: copy its ~/.ray/auth_token, or set RAY_AUTH_TOKEN "
    "(docs/cluster.md)"
)


def need_ray() -> None:
    """Raise UserError where Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError:
        raise UserError("--engine ray needs Ray: pip install 'truing[ray]'") from None


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[None]:
    """Ray's own connection, for as long as the block lasts; one that was open is left open.

    Args:
        address: `host:port`, `ray://host:port` or `auto`; None starts a cluster of this machine.
        workers: cores of a cluster that is started here.

    Raises:
        UserError: the address does not answer, or not as this machine can use it.
    """
    need_ray()
    import ray

    if ray.is_initialized():
        if address is not None:
            raise UserError("Ray is connected already; leave the address out, or ray.shutdown()")
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

    with tempfile.TemporaryFile() as said:
        try:
            with warnings.catch_warnings(), _written_to(said):
                warnings.simplefilter("ignore")
                ray.init(log_to_driver=False, logging_level="critical", **given)
        except Exception as error:  # of Ray, its client, or the network
            said.seek(0)
            told = " ".join(str(error).split())[:300]
            where = "here" if address is None else f"at {address}"
            hint = f"; {TOKEN}" if b"AuthToken" in said.read() or "token" in told.lower() else ""
            raise UserError(f"no Ray cluster can be used {where}: {told}{hint}") from None


@contextmanager
def _written_to(file: IO[bytes]) -> Iterator[None]:
    """What this process writes to standard error, Ray's own library included, in a file."""
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
    """Nothing is sent to Ray's makers, unless the user asked for it; put back at the end."""
    before = os.environ.get(STATISTICS)
    os.environ.setdefault(STATISTICS, "0")
    try:
        yield
    finally:
        if before is None:
            del os.environ[STATISTICS]


@contextmanager
def _no_messages() -> Iterator[None]:
    """Keep what Ray tells of dead workers off standard output, which may have to be one object.

    `log_to_driver` does not cover it, and Ray has no other switch. What matters is raised anyway.
    """
    from ray._private import worker

    before = getattr(worker, "print_to_stdstream", None)
    worker.print_to_stdstream = lambda *_, **__: None
    try:
        yield
    finally:
        worker.print_to_stdstream = before


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS = 4  # the kind of the first frame that a server of HTTP/2, as Ray's are, sends


def _check_answers(address: str) -> None:
    """Raise UserError where nothing that could be Ray answers at an address within seconds."""
    if address == "auto":  # Ray looks on this machine, which is quick
        return
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise UserError(f"a Ray address reads host:port, ray://host:port or auto, not {address!r}")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as line:
            if os.environ.get("RAY_USE_TLS", "0") != "1":
                line.settimeout(PATIENCE)
                line.sendall(GREETING)
                if line.recv(9)[3:4] != bytes([SETTINGS]):
                    raise OSError("something else than Ray is there")
    except OSError as error:
        told = str(error.strerror or error).lower()
        raise UserError(
            f"no Ray cluster answers at {address} ({told}); `ray start --head` prints its address"
        ) from None


def check_nodes(nodes: Sequence[str], store: Store, files: Iterable[str]) -> list[str]:
    """Ask each node for its code, and whether it sees the store and the files that work needs.

    Returns:
        The nodes that answered. One that died goes on being listed for some seconds; it is left
        out, since no work can come to it.

    Raises:
        UserError: a node that differs from this machine or does not see what it must.
    """
    import ray
    from ray.exceptions import NodeDiedError, TaskUnschedulableError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    marker = hashlib.sha256(os.urandom(16)).hexdigest()
    store.write_json(marker, "seen by every node")
    try:
        ask = ray.remote(num_cpus=0, max_retries=1)(_look)
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
            except Exception as error:  # of Ray, or of a truing that is not there or another
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


def _look(location: str, marker: str, files: Sequence[str], folder: str) -> dict[str, Any]:
    """What a node has and sees; runs there."""
    enter(folder)
    try:
        store = "" if marker in Store(location) else "what was written here is not there"
    except TruingError as error:
        store = str(error)
    missing = [one for one in files if not Path(one).exists()]
    return {"versions": describe_code(), "store": store, "missing": missing}


def _compare(host: str, seen: dict[str, Any], location: str) -> None:
    for name, wanted in describe_code().items():
        has = seen["versions"].get(name)
        if wanted != has:
            what = "other source code of truing" if name == "truing" else f"{name} {has}"
            here = "" if name == "truing" else f", and this machine {wanted}"
            raise UserError(f"the node {host} has {what}{here}; install the same on every node")
    if seen["store"]:
        raise UserError(
            f"the node {host} does not see the store {location} ({seen['store']}); --store must "
            "be a folder that every node shares, or a URL such as s3://bucket/truing"
        )
    if seen["missing"]:
        raise UserError(
            f"the node {host} does not see {seen['missing'][0]}; put it into a folder that every "
            "node shares"
        )


def describe_code() -> dict[str, str]:
    """Digest of truing's source, and the versions of what computes, where installed."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in TRAIN_LIBRARIES:
        try:  # builds for CPU and for CUDA are of one version
            found[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            continue
    digest = hashlib.sha256()
    for path in sorted(TRUING.rglob("*.py")):
        digest.update(json.dumps(str(path.relative_to(TRUING))).encode() + path.read_bytes())
    return {"truing": digest.hexdigest(), **found}


def enter(folder: str) -> None:
    """Work in a folder where this machine has it, so that relative paths mean the same."""
    if Path(folder).is_dir():
        os.chdir(folder)


def alive() -> dict[str, dict[str, float]]:
    """What each living node of the cluster has, by the node's id."""
    import ray

    return {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}


def check_room(asked: Iterable[Resources], nodes: Iterable[dict[str, float]]) -> None:
    """Raise UserError where no node is large enough for some work; it would wait forever."""
    held = list(nodes)
    for one in asked:
        wanted = {"CPU": one.cpus, "GPU": one.gpus, "memory": one.memory}
        if not any(all(node.get(k, 0) >= v for k, v in wanted.items()) for node in held):
            raise UserError(
                f"work asks for {one.cpus} CPUs, {one.gpus} GPUs and {one.memory} bytes of memory "
                "at a time; no node of the Ray cluster has that"
            )


def _host(node: str) -> str:
    import ray

    names = {one["NodeID"]: one["NodeManagerAddress"] for one in ray.nodes()}
    return names.get(node, node)
