"""Code of nodes: every node has the same code and libraries as this machine.

The keys of steps contain the digests of the code and the versions of the libraries.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from truing.closure import TRUING
from truing.errors import UserError
from truing.studies.work._code import TRAIN_LIBRARIES


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
