"""Events: changes of runs, sent to a page for as long as it is open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from truing.runs import STATUSES
from truing.server.view._index import Index
from truing.server.view._summary import Summary

PAUSE = 1.0  # seconds between two checks
BEAT = 15.0  # seconds between lines without a change, which detect that the page was closed


async def events(index: Index, only: str = "", seen: str = "") -> AsyncIterator[str]:
    """Server-sent events: `run` with the status and progress of each run that changed.

    Args:
        only: id of one run, whose state is sent immediately; by default changes of all runs.
        seen: `state_of` the runs when the page was rendered. If the runs have changed since, one
            event `stale` is sent, because the single changes are unknown. It is also sent if a run
            was removed.
    """
    known: dict[str, Any] = {}
    first, sent = True, 0.0
    while True:
        runs = [one for one in await asyncio.to_thread(index.runs) if only in ("", one.id)]
        found = {one.id: (one.stamp, one.status, one.progress, one.headline) for one in runs}
        changed = [one for one in runs if known.get(one.id) != found[one.id]]
        if first and not only:
            changed = [one for one in runs if one.status == "running"]
            if state_of(runs) != seen:
                yield "event: stale\ndata: {}\n\n"
        elif not only and known.keys() - found.keys():
            yield "event: stale\ndata: {}\n\n"
        for one in changed:
            yield f"event: run\ndata: {json.dumps(run_state(one))}\n\n"
        if changed or time.monotonic() - sent >= BEAT:
            sent = time.monotonic()
            yield ": \n\n"
        known, first = found, False
        await asyncio.sleep(PAUSE)


def state_of(runs: Sequence[Summary]) -> str:
    """Text that changes if anything but the progress of the runs changes; valid in this process."""
    return str(hash(tuple((one.id, one.stamp, one.status, one.headline) for one in runs)))


def run_state(run: Summary) -> dict[str, Any]:
    """State of a run as a page shows it."""
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


EARLY = 0.02  # completed share of a run below which no remaining time is estimated


def progress_line(run: Summary) -> str:
    """Progress of a run: `train: 12 of 40, 1:20 elapsed, about 3:05 left`."""
    at = run.progress
    if run.status != "running" or at is None:
        return ""
    if not at.total:
        return "started"
    spent = max(time.time() - at.began, 0)
    line = f"{at.what}: {at.done:,.0f} of {at.total:,.0f}, {clock(spent)} elapsed"
    if EARLY * at.total <= at.done < at.total:
        line += f", about {clock(spent / at.done * (at.total - at.done))} left"
    return line


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours if there are any: `1:20`, `2:05:00`."""
    minutes, rest = divmod(int(min(seconds, 3_600_000)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
