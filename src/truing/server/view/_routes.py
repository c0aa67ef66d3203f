"""Routes of the dashboard; all pages only read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from truing.errors import DataError
from truing.runs import (
    GAME,
    LOGS,
    OVERSIGHT,
    REFEREE,
    REPORT,
    RESEARCH,
    STATUSES,
    STUDY,
    as_text,
    read_bytes,
    stamp,
)
from truing.server._pages import TEMPLATES, page
from truing.server.view._around import CHART, around, command, moment, object_in, path_text, when
from truing.server.view._compared import MOST, side_by_side
from truing.server.view._events import events, progress_line, state_of
from truing.server.view._index import Index
from truing.server.view._listing import SORTS, Wanted, listed, options, paged
from truing.server.view._oversight import SHOWN, ShownPlay, read_oversight, transcript_places
from truing.server.view._research import read_ledgers
from truing.server.view._study import read_study
from truing.server.view._summary import Summary
from truing.server.view._transcript import read_transcript, sight_of

PAGES = {
    STUDY.name: "view/study.html",
    OVERSIGHT.name: "view/oversight.html",
    RESEARCH.name: "view/research.html",
    REFEREE.name: "view/research.html",
    GAME.name: "view/game.html",
}
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'none'"
)
"""Content security policy of files that are sent unchanged: no scripts, no requests."""
BUFFERED = 64  # parts of a page that are sent together

Asked = Annotated[str, Query(max_length=500)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def view_pages(index: Index) -> APIRouter:
    """The pages of the dashboard."""
    for name in (*PAGES.values(), "view/runs.html"):
        TEMPLATES.get_template(name)  # compile now, so that the first visitor does not wait
    router = APIRouter()
    for path, answer in ROUTES.items():
        router.add_api_route(path, partial(answer, index), response_model=None)
    return router


def runs(
    index: Index,
    q: Asked = "",
    kind: Asked = "",
    status: Asked = "",
    task: Asked = "",
    method: Asked = "",
    sort: Asked = "newest",
    page_: Annotated[Number, Query(alias="page")] = 1,
) -> Response:
    """The list of runs."""
    found, wanted = index.runs(), Wanted(q, kind, status, task, method, sort, page_)
    return page(
        "view/runs.html",
        shown=listed(found, wanted),
        wanted=wanted,
        offered=options(found),
        count=len(found),
        cut=index.cut,
        state=state_of(found),
        sorts=list(SORTS),
        roots=[path_text(one) for one in index.roots],
    )


def compare(index: Index, run: Annotated[list[str] | None, Query()] = None) -> Response:
    """Several runs side by side."""
    chosen = [_run(index, one) for one in dict.fromkeys(run or ())]
    kinds = {one.kind for one in chosen}
    alike = len(chosen) > 1 and len(kinds) == 1 and kinds <= {STUDY.name, OVERSIGHT.name}
    return page(
        "view/compare.html",
        found=side_by_side(chosen[:MOST]),
        left_out=len(chosen[MOST:]),
        command=command("truing", "compare", *(one.folder for one in chosen)) if alike else "",
    )


def changes(index: Index, only: Asked = "", seen: Asked = "") -> Response:
    """Changes of runs, as server-sent events."""
    return StreamingResponse(events(index, only, seen), media_type="text/event-stream")


def one_run(
    index: Index,
    id: str,
    page_: Annotated[Number, Query(alias="page")] = 1,
    protocol: Asked = "",
    outcome: Asked = "",
) -> Response:
    """The page of a run: its results, or the reason why there are none."""
    run = _run(index, id)
    values: dict[str, Any] = {"trouble": "", "results": None, "outcome": "", "inspect": _logs(run)}
    try:
        if run.kind == STUDY.name and stamp(run.folder, STUDY.results):
            values["results"] = read_study(run)
        elif run.kind == OVERSIGHT.name:
            values |= _oversight_values(run, page_, protocol, outcome)
        elif run.kind in (RESEARCH.name, REFEREE.name):
            values["results"] = read_ledgers(run)
        elif run.kind == GAME.name:
            values["outcome"] = as_text(json.dumps(object_in(run, GAME.results), indent=2))
    except DataError as error:
        values["trouble"] = str(error)
    return page(PAGES[run.kind], run=run, **around(run), **values)


def play(index: Index, id: str, number: int) -> Response:
    """A transcript. It is sent while it is rendered, because it may be long."""
    run = _run(index, id)
    try:
        transcript, plays = read_transcript(run, number), read_oversight(run).plays
        alike = len(plays) == len(transcript_places(run))
    except DataError as error:
        raise HTTPException(404, str(error)) from None
    stream = TEMPLATES.get_template("view/transcript.html").stream(
        run=run,
        number=number,
        transcript=transcript,
        sight=sight_of(transcript.protocol),
        play=plays[number] if alike else None,
        last=len(plays) - 1,
    )
    stream.enable_buffering(BUFFERED)
    return StreamingResponse(_encoded(stream), media_type="text/html; charset=utf-8")


def file(index: Index, id: str, name: str) -> Response:
    """A chart or the report, unchanged; the browser does not run scripts in it."""
    run = _run(index, id)
    if not (name == REPORT or CHART.fullmatch(name)) or stamp(run.folder, name) is None:
        raise HTTPException(404)
    kind = "text/html; charset=utf-8" if name == REPORT else "image/svg+xml"
    headers = {"content-security-policy": SANDBOX, "content-type": kind}
    return Response(read_bytes(run.folder, name), headers=headers)


ROUTES: dict[str, Callable[..., Response]] = {
    "/": runs,
    "/compare": compare,
    "/events": changes,
    "/runs/{id}": one_run,
    "/runs/{id}/plays/{number}": play,
    "/runs/{id}/files/{name:path}": file,
}


def _run(index: Index, id: str) -> Summary:
    run = index.find(id)
    if run is None:
        raise HTTPException(404)
    return run


def _oversight_values(run: Summary, number: int, protocol: str, outcome: str) -> dict[str, Any]:
    results = read_oversight(run)
    try:
        readable = len(transcript_places(run)) == len(results.plays)
    except DataError:
        readable = False

    def admits(one: ShownPlay) -> bool:
        return protocol in ("", one.protocol) and outcome in ("", one.outcome)

    return {
        "results": results,
        "shown": paged([one for one in results.plays if admits(one)], number),
        "protocols": list(dict.fromkeys(one.protocol for one in results.plays)),
        "protocol": protocol,
        "outcome": outcome,
        "heads": SHOWN,
        "readable": readable,
    }


def _logs(run: Summary) -> str:
    """The command that shows a run's logs; empty if the run has no logs."""
    logs = run.folder / LOGS
    return command("inspect", "view", "--log-dir", logs) if logs.is_dir() else ""


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode(errors="replace")


TEMPLATES.filters |= {"when": when, "moment": moment, "text": as_text}
TEMPLATES.globals |= {"statuses": STATUSES, "progress_line": progress_line}
