"""Ask nodes: the living nodes of a Ray cluster, their resources, and functions that run on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from truing.errors import UserError
from truing.studies._step import Resources

PATIENCE = 120.0  # timeout for a node to start a process and import truing, in seconds

T = TypeVar("T")


def alive() -> dict[str, dict[str, float]]:
    """Resources of each living node of the cluster, by node id."""
    import ray

    return {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}


def name_host(node: str) -> str:
    """Address of a node."""
    import ray

    names = {entry["NodeID"]: entry["NodeManagerAddress"] for entry in ray.nodes()}
    return names.get(node, node)


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
