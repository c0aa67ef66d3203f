"""Check nodes: their code, and their access to the store and to the files of the work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from truing.errors import TruingError, UserError
from truing.studies._store import Store
from truing.studies.engines.nodes._ask import ask_nodes, name_host
from truing.studies.engines.nodes._code import check_code, describe_code


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


def enter(folder: str) -> None:
    """Change to a folder if this machine has it, so that relative paths refer to it."""
    if Path(folder).is_dir():
        os.chdir(folder)
