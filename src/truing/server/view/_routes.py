"""Routes of the dashboard. All pages only read; the owner can write tags and a note."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from truing.errors import DataError
from truing.report import audits_text, percent_text
from truing.runs import (
    GAME,
    LOGS,
    OVERSIGHT,
    REFEREE,
    REPORT,
    RESEARCH,
    STATUSES,
    STRESS,
    STUDY,
    Annotations,
    as_text,
    read_bytes,
    stamp,
    write_annotations,
)
from truing.server._forms import form_fields
from truing.server._pages import TEMPLATES, page
from truing.server.view._around import CHART, around, command, moment, object_in, path_text, when
from truing.server.view._compared import MOST, charts_beside, side_by_side
from truing.server.view._differences import differences
from truing.server.view._events import events, progress_line, state_of
from truing.server.view._hidden import hidden_text
from truing.server.view._index import Index
from truing.server.view._listing import (
    NEWEST,
    ORDERS,
    VERDICTS,
    Wanted,
    listed,
    options,
    paged,
    quantity,
)
from truing.server.view._oversight import SHOWN, ShownPlay, read_oversight, transcript_places
from truing.server.view._research import read_ledgers
from truing.server.view._shown import UNIT
from truing.server.view._stress import read_stress
from truing.server.view._study import read_study
from truing.server.view._summary import Summary
from truing.server.view._transcript import read_transcript, sight_of

PAGES = {
    STUDY.name: "view/study.html",
    OVERSIGHT.name: "view/oversight.html",
    RESEARCH.name: "view/research.html",
    REFEREE.name: "view/research.html",
    GAME.name: "view/game.html",
    STRESS.name: "view/stress.html",
}
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'none'"
)
"""Content security policy of files that are sent unchanged: no scripts, no requests."""
BUFFERED = 64  # parts of a page that are sent together

SHORTCUTS = {
    "?": "show this list",
    "g": "go to the list of runs",
    "/": "search, or go to a round of a transcript",
    "j k": "next or previous row",
    "Enter": "open the row",
    "x": "choose the run of the row",
    "c": "compare the chosen runs",
    "n p": "next or previous page, or transcript",
    "r": "show or hide private reasoning",
    "e": "edit tags and note",
    "Esc": "leave a field, or close this list",
}
"""Keyboard shortcuts, which static/keys.js implements."""

Asked = Annotated[str, Query(max_length=500)]
Chosen = Annotated[list[str] | None, Query()]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def view_pages(index: Index) -> APIRouter:
    """The pages of the dashboard."""
    for name in (*PAGES.values(), "view/runs.html"):
        TEMPLATES.get_template(name)  # compile now, so that the first visitor does not wait
    router = APIRouter()
    for path, answer in ROUTES.items():
        router.add_api_route(path, partial(answer, index), response_model=None)

    @router.post("/runs/{id}/notes")
    async def notes(request: Request, id: str) -> Response:
        """Store the tags and the note of a run. The guard has refused everyone but the owner."""
        given = form_fields(await request.body())
        return write_notes(index, id, given)

    return router


def runs(
    index: Index,
    q: Asked = "",
    kind: Asked = "",
    status: Asked = "",
    task: Asked = "",
    method: Asked = "",
    verdict: Asked = "",
    tag: Asked = "",
    sort: Asked = NEWEST,
    page_: Annotated[Number, Query(alias="page")] = 1,
) -> Response:
    """The list of runs."""
    found, wanted = index.runs(), Wanted(q, kind, status, task, method, verdict, tag, sort, page_)
    return page(
        "view/runs.html",
        shown=listed(found, wanted),
        wanted=wanted,
        offered=options(found),
        count=len(found),
        cut=index.cut,
        state=state_of(found),
        orders=ORDERS,
        verdicts=VERDICTS,
        roots=[path_text(one) for one in index.roots],
    )


def compare(index: Index, run: Chosen = None) -> Response:
    """The differences between several runs, and their values and charts side by side."""
    chosen = _chosen(index, run)
    runs, compared = chosen[:MOST], differences(chosen[:MOST])
    alike = compared.found or compared.why
    return page(
        "view/compare.html",
        found=side_by_side(runs),
        left_out=len(chosen[MOST:]),
        compared=compared,
        asked=urlencode([("run", one.id) for one in runs]),
        charts=charts_beside(runs),
        command=command("truing", "compare", *(one.folder for one in runs)) if alike else "",
    )


def chart_of_differences(index: Index, run: Chosen = None) -> Response:
    """The chart of the differences between several runs."""
    drawing = differences(_chosen(index, run)[:MOST]).drawing
    if not drawing:
        raise HTTPException(404)
    headers = {"content-security-policy": SANDBOX}
    return Response(drawing, media_type="image/svg+xml", headers=headers)


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
        if run.kind == STUDY.name:
            values["results"] = read_study(run)
        elif run.kind == OVERSIGHT.name:
            values |= _oversight_values(run, page_, protocol, outcome)
        elif run.kind in (RESEARCH.name, REFEREE.name):
            values["results"] = read_ledgers(run)
        elif run.kind == STRESS.name:
            values |= {"results": read_stress(run), "axis": UNIT}
        elif run.kind == GAME.name:
            values["outcome"] = as_text(json.dumps(object_in(run, GAME.results), indent=2))
    except DataError as error:
        values["trouble"] = str(error)
    return page(PAGES[run.kind], run=run, **around(run), **values)


def write_notes(index: Index, id: str, given: Mapping[str, str]) -> Response:
    """Store the tags and the note of a run."""
    run = _run(index, id)
    written = Annotations.written(given.get("tags", ""), given.get("note", ""))
    write_annotations(run.folder, written)
    index.outdate()
    return RedirectResponse(f"/runs/{run.id}", 303)


def transcript(index: Index, id: str, number: int) -> Response:
    """A transcript. It is sent while it is rendered, because it may be long."""
    run = _run(index, id)
    try:
        found, plays = read_transcript(run, number), read_oversight(run).plays
        alike = len(plays) == len(transcript_places(run))
    except DataError as error:
        raise HTTPException(404, str(error)) from None
    order = [one.number for one in plays] if alike else [number]
    place = order.index(number)
    play = plays[place] if alike else None
    hidden, no_hidden = hidden_text(run, play.question) if play else ("", "")
    stream = TEMPLATES.get_template("view/transcript.html").stream(
        run=run,
        transcript=found,
        sight=sight_of(found.protocol),
        play=play,
        hidden=hidden,
        no_hidden=no_hidden,
        place=place,
        count=len(order) if alike else 0,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place + 1 < len(order) else None,
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
    "/compare/differences.svg": chart_of_differences,
    "/events": changes,
    "/runs/{id}": one_run,
    "/runs/{id}/plays/{number}": transcript,
    "/runs/{id}/files/{name:path}": file,
}


def _chosen(index: Index, ids: Iterable[str] | None) -> list[Summary]:
    return [_run(index, one) for one in dict.fromkeys(ids or ())]


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


TEMPLATES.filters |= {"when": when, "moment": moment, "text": as_text, "state": state_of}
TEMPLATES.filters |= {"quantity": quantity, "share": percent_text, "audits": audits_text}
TEMPLATES.globals |= {"statuses": STATUSES, "progress_line": progress_line, "shortcuts": SHORTCUTS}
