"""Nodes of a Ray cluster: their resources, code, and access to the store and to files.

Every node must have the same code and libraries as this machine, because the keys of steps contain
their digests and versions.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from truing.closure import TRUING
from truing.errors import TruingError, UserError
from truing.studies._step import Resources
from truing.studies._store import Store
from truing.studies.work._code import TRAIN_LIBRARIES

PATIENCE = 120.0  # timeout for a node to start a process and import truing, in seconds

T = TypeVar("T")


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
    marker = hashlib.sha256(os.urandom(16)).hexdigest()
    store.write_json(marker, "seen by every node")
    try:
        seen = ask_nodes(nodes, _inspect, store.location, marker, sorted(files), os.getcwd())
        for node, found in seen.items():
            _compare(name_host(node), found, store.location)
        return list(seen)
    finally:
        store.remove(marker)


def ask_nodes(nodes: Sequence[str], ask: Callable[..., T], *given: object) -> dict[str, T]:
    """The answers of a function that runs on each node, by node.

    Ray lists a dead node for some seconds; it is left out, since it receives no work.

    Args:
        nodes: ids of the nodes.
        ask: the function, from truing, so that only its name is sent.
        given: its arguments.

    Raises:
        UserError: a node has no truing, or another truing without the function.
    """
    import ray
    from ray.exceptions import NodeDiedError, TaskUnschedulableError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    remote: Any = ray.remote(num_cpus=0, max_retries=1)(ask)
    asked = {
        node: remote.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
        ).remote(*given)
        for node in nodes
    }
    answered = {}
    for node, answer in asked.items():
        try:
            answered[node] = ray.get(answer, timeout=PATIENCE)
        except (NodeDiedError, TaskUnschedulableError):
            continue
        except Exception as error:  # of Ray, or of a missing or different truing
            last = (str(error).strip() or type(error).__name__).splitlines()[-1]
            raise UserError(
                f"the node {name_host(node)} cannot be used ({last}); "
                "install the same truing on every node"
            ) from None
    return answered


@dataclass(frozen=True)
class _Inspected:
    """Code of a node, and its access to the store and to files.

    Attributes:
        versions: result of `describe_code` on the node.
        store_error: reason why the node cannot read the store; empty if it can.
        missing: paths of the work that the node cannot read.
    """

    versions: dict[str, str]
    store_error: str
    missing: list[str]


def _inspect(location: str, marker: str, files: Sequence[str], folder: str) -> _Inspected:
    """Inspect the node on which this runs."""
    enter(folder)
    error = ""
    try:
        if marker not in Store(location):
            error = "an entry written on this machine is missing there"
    except TruingError as raised:
        error = str(raised)
    missing = [path for path in files if not Path(path).exists()]
    return _Inspected(describe_code(), error, missing)


def _compare(host: str, seen: _Inspected, location: str) -> None:
    """Raise UserError if a node differs from this machine, or lacks the store or a file."""
    check_code(host, seen.versions)
    if seen.store_error:
        raise UserError(
            f"the node {host} cannot read the store {location} ({seen.store_error}); --store must "
            "be a folder that all nodes share, or a URL such as s3://bucket/truing"
        )
    if seen.missing:
        raise UserError(
            f"the node {host} cannot read {seen.missing[0]}; move it to a folder that all nodes "
            "share"
        )


def check_code(host: str, versions: Mapping[str, str]) -> None:
    """Raise UserError if the code of a node, see `describe_code`, differs from this machine's."""
    for name, wanted in describe_code().items():
        has = versions.get(name)
        if wanted != has:
            what = "other source code of truing" if name == "truing" else f"{name} {has}"
            here = "" if name == "truing" else f", but this machine has {wanted}"
            raise UserError(
                f"the node {host} has {what}{here}; install the same version on every node"
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


def name_host(node: str) -> str:
    """Address of a node."""
    import ray

    names = {entry["NodeID"]: entry["NodeManagerAddress"] for entry in ray.nodes()}
    return names.get(node, node)
