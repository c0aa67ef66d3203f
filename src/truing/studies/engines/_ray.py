"""The Ray engine: run a plan on a cluster, with a store that every node can read and write."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from truing.calls import checked
from truing.errors import EngineError, TruingError, UserError
from truing.registry import FILE
from truing.specification import Specification
from truing.studies._step import Batch, Resources
from truing.studies._store import Store
from truing.studies.engines._cluster import connected
from truing.studies.engines._machine import check_workers
from truing.studies.engines.nodes import alive, check_nodes, check_room, enter
from truing.studies.work import perform

RETRIES = 1  # retries by Ray of a batch whose worker or node died; after that `complete` retries


class RayEngine:
    """Runs batches on a Ray cluster, in a `with` block.

    Args:
        address: `host:port`, `ray://host:port` or `auto`. By default a cluster is started on this
            machine, and shut down at the end. An open connection is used.
        workers: number of cores of a cluster that is started here.

    Raises:
        UserError: on entering the block, the address does not answer.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> with truing.RayEngine() as engine:  # doctest: +SKIP
        ...     result = truing.run(study, engine=engine, store=truing.Store("s3://bucket/truing"))
    """

    @checked
    def __init__(self, address: str | None = None, workers: int | None = None):
        if address is not None and workers is not None:
            raise UserError("a cluster has its own workers; omit --workers or --address")
        check_workers(workers)
        self.address, self.workers = address, workers
        self._open: ExitStack | None = None
        self._checked: set[tuple[str, str, frozenset[str]]] = set()

    def __enter__(self) -> RayEngine:
        with ExitStack() as stack:
            stack.enter_context(connected(self.address, self.workers))
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None

    @property
    def slots(self) -> int:
        """Number of batches that can run in parallel: the cluster's cores."""
        return max(1, int(sum(node.get("CPU", 0) for node in self._nodes().values())))

    def run(
        self, batches: Sequence[Batch], store: str
    ) -> Iterator[tuple[Batch, TruingError | None]]:
        """Yield every batch when it is done, with its error or None.

        Raises:
            EngineError: the workers of a batch died repeatedly, or the connection was lost.
            UserError: a node differs from this machine or cannot read the store or a file, or no
                node has the resources for a batch.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        waiting: dict[Any, Batch] = {}
        try:
            self._check(batches, store)
            remote = ray.remote(max_retries=RETRIES)(_perform)
            for batch in batches:
                sent = remote.options(**_options(batch.resources)).remote(batch, store, os.getcwd())
                waiting[sent] = batch
            while waiting:
                (done, *_), _ = ray.wait(list(waiting))
                error = ray.get(done)
                yield waiting.pop(done), error
        except RayTaskError:
            raise  # an error in the work itself, raised with its traceback
        except (RayError, ConnectionError) as error:
            message = " ".join(str(error).split())[:200]
            raise EngineError(f"a worker of the Ray cluster was lost ({message})") from error
        finally:
            for sent in waiting:
                ray.cancel(sent, force=True)

    def _check(self, batches: Sequence[Batch], store: str) -> None:
        nodes, files = self._nodes(), frozenset(_files(batches))
        check_room({batch.resources for batch in batches}, nodes.values())
        new = [node for node in nodes if (node, store, files) not in self._checked]
        if new:
            answered = check_nodes(new, Store(store), files)
            self._checked |= {(node, store, files) for node in answered}

    def _nodes(self) -> dict[str, dict[str, float]]:
        if self._open is None:
            raise UserError("RayEngine must be used in a block: `with RayEngine() as engine:`")
        return alive()


def _perform(batch: Batch, store: str, folder: str) -> TruingError | None:
    warnings.simplefilter("ignore")  # the planning process has shown them
    enter(folder)
    return perform(batch, store)


def _options(needed: Resources) -> dict[str, int | None]:
    return {"num_cpus": needed.cpus, "num_gpus": needed.gpus, "memory": needed.memory or None}


def _files(batches: Sequence[Batch]) -> set[str]:
    """Existing files and folders that the specifications of the batches name."""
    names = {
        Specification.parse(text).name
        for batch in batches
        for job in batch.jobs
        for text in job.payload.specifications
    }
    return {path for name in names if (path := _path(name)) and Path(path).exists()}


def _path(name: str) -> str:
    """Path in `mine.py:name`, `file:PATH` or `hf/PATH@layer-6`; empty if there is none."""
    in_file = FILE.fullmatch(name)
    if in_file:
        return in_file["path"]
    if name.startswith("hf/"):
        return name.removeprefix("hf/").partition("@")[0]
    return name.partition(":")[2]
