"""Events: what changes among the runs, told to a page for as long as it is open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from truing.runs import STATUSES
from truing.server.view._index import Index
from truing.server.view._summary import Summary

PAUSE = 1.0  # seconds between two looks
BEAT = 15.0  # seconds after which a line is sent though nothing changed: the page may be gone


async def events(index: Index, only: str = "", seen: str = "") -> AsyncIterator[str]:
    """Server-sent events: `run` with the status and progress of each run that changed.

    Args:
        only: the id of one run, which is told of at once; by default all are listened to.
        seen: `state_of` the runs that the page was made of. Where they have changed since, there is
            one event `stale`: in what, nobody knows any more.
    """
    known: dict[str, Any] = {}
    first, sent = True, 0.0
    while True:
        runs = [one for one in await asyncio.to_thread(index.runs) if only in ("", one.id)]
        found = {one.id: (one.stamp, one.status, one.progress) for one in runs}
        changed = [one for one in runs if known.get(one.id) != found[one.id]]
        if first and not only:
            changed = [one for one in runs if one.status == "running"]
            if state_of(runs) != seen:
                yield "event: stale\ndata: {}\n\n"
        for one in changed:
            yield f"event: run\ndata: {json.dumps(told(one))}\n\n"
        if changed or time.monotonic() - sent >= BEAT:
            sent = time.monotonic()
            yield ": \n\n"
        known, first = found, False
        await asyncio.sleep(PAUSE)


def state_of(runs: Sequence[Summary]) -> str:
    """The same as long as nothing changes but the progress of runs, and this server runs."""
    return str(hash(tuple((one.id, one.stamp, one.status) for one in runs)))


def told(run: Summary) -> dict[str, Any]:
    """A run's state as a page shows it."""
    at = run.progress if run.status == "running" else None
    return {
        "id": run.id,
        "status": run.status,
        "label": STATUSES[run.status],
        "changed": state_of([run]),
        "what": at.what if at else "",
        "done": at.done if at else 0,
        "total": at.total if at else 0,
        "line": progress_line(run),
    }


EARLY = 0.02  # of a run, before which its start alone would tell how long it takes


def progress_line(run: Summary) -> str:
    """How far a run is, in words: `train: 12 of 40, for 1:20, about 3:05 left`."""
    at = run.progress
    if run.status != "running" or at is None:
        return ""
    if not at.total:
        return "begun"
    spent = max(time.time() - at.began, 0)
    line = f"{at.what}: {at.done:,.0f} of {at.total:,.0f}, for {clock(spent)}"
    if EARLY * at.total <= at.done < at.total:
        line += f", about {clock(spent / at.done * (at.total - at.done))} left"
    return line


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any: `1:20`, `2:05:00`."""
    minutes, rest = divmod(int(min(seconds, 3_600_000)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
