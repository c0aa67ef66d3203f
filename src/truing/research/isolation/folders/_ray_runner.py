"""Run submitted folders on a Ray cluster, each run in a sandbox on its node.

Only the frozen folder, the inputs of the run, its limits and its surroundings travel. Ground truth,
secret and ledger stay with the referee.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truing.errors import EngineError, IsolationError, UserError
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    RunInputs,
    Surroundings,
)
from truing.research.isolation.folders._sandbox import FolderSandbox

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Place:
    """How a node runs folders: the arguments of its `FolderSandbox`."""

    isolation: str | None
    limits: FolderLimits
    python: str


@dataclass(frozen=True)
class Found:
    """What a node can do.

    Attributes:
        versions: its code, see `describe_code`.
        level: isolation level at which it runs folders.
        refusal: reason why it cannot run folders; empty if it can.
    """

    versions: Mapping[str, str]
    level: str = ""
    refusal: str = ""


class RayRunner:
    """Runs folders on the Ray cluster to which this process is connected.

    Every node must have the same code as this machine, and support the isolation level. Nodes that
    join later are checked before the next run. Several threads may run folders at the same time.

    Args:
        isolation: isolation level; `sealed` by default.
        limits: resource limits of each run; a run reserves as many cores as it may have threads,
            and as much memory as it may use.
        python: Python program on each node, see `FolderSandbox`.

    Attributes:
        level: the weakest isolation level of the nodes.
        parallel: number of runs for which the cluster has cores.

    Raises:
        UserError: a node has other code, or no node has the resources of a run.
        IsolationError: a node does not support the isolation level.
    """

    def __init__(
        self,
        isolation: str | None = None,
        limits: FolderLimits = FolderLimits(),  # noqa: B008  (frozen)
        python: str = "",
    ):
        self.limits, self._place = limits, Place(isolation, limits, python)
        self._levels: dict[str, str] = {}  # by node
        self._lock, self.level, self.parallel = threading.Lock(), "", 1
        self._check()

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        """Run a folder once, on any node.

        Raises:
            IsolationError: the restrictions could not be set, so no submitted code ran.
            EngineError: the node or its process was lost; the run may be repeated.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        self._check()
        # A repeated run is the referee's decision, so that every run is counted.
        remote = ray.remote(max_retries=0)(run_on_node).options(
            num_cpus=self.limits.threads, memory=self.limits.memory_mb * MEGABYTE
        )
        try:
            found = ray.get(remote.remote(self._place, folder, inputs, surroundings))
        except RayTaskError:
            raise  # an error of truing on the node, with its traceback
        except (RayError, ConnectionError) as error:
            message = " ".join(str(error).split())[:200]
            raise EngineError(f"a node of the Ray cluster was lost ({message})") from error
        if isinstance(found, str):
            raise IsolationError(found)
        return found

    def _check(self) -> None:
        """Check the nodes that joined the cluster."""
        from truing.studies import Resources
        from truing.studies.engines import nodes

        alive = nodes.alive()
        with self._lock:
            new = [node for node in alive if node not in self._levels]
            if new:
                needed = Resources(self.limits.threads, 0, self.limits.memory_mb * MEGABYTE)
                nodes.check_room([needed], alive.values())
                for node, found in nodes.ask_nodes(new, inspect_node, self._place).items():
                    nodes.check_code(nodes.name_host(node), found.versions)
                    if found.refusal:
                        raise IsolationError(_refuse(nodes.name_host(node), found.refusal))
                    self._levels[node] = found.level
            for node in self._levels.keys() - alive.keys():
                del self._levels[node]
            cores = sum(int(alive[node].get("CPU", 0)) for node in self._levels)
            self.parallel = max(1, cores // self.limits.threads)
            # Levels of nodes differ at most in their end: `sealed` or `sealed+namespaces`.
            self.level = min(self._levels.values(), key=len)


def run_on_node(
    place: Place, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings
) -> FolderRun | str:
    """The run of a folder on this node; a text if the node cannot run it."""
    import ray

    host = ray.util.get_node_ip_address()
    for name, path in inputs.models.items():
        if not Path(path).is_dir():
            return _refuse(host, f"the folder {path} of the model {name!r} is missing")
    try:
        return _sandbox(place).run(folder, inputs, surroundings)
    except IsolationError as error:
        return _refuse(host, str(error))


def inspect_node(place: Place) -> Found:
    """What this node can do."""
    from truing.studies.engines import nodes  # every sandboxed process imports this file

    versions = nodes.describe_code()
    try:
        return Found(versions, _sandbox(place).level)
    except UserError as error:  # also an unknown level
        return Found(versions, refusal=str(error))


@functools.cache
def _sandbox(place: Place) -> FolderSandbox:
    return FolderSandbox(place.isolation, place.limits, place.python)


def _refuse(host: str, why: str) -> str:
    return f"the node {host} cannot run submitted folders: {why}; remove the node, or repair it"
