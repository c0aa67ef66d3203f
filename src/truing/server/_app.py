"""App: the shell that all pages stand in: the guard, the entrance, errors, and our own files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from truing.errors import TruingError, UserError
from truing.server._guard import ENTRANCE, Guard, cookie_name
from truing.server._keys import Keys
from truing.server._pages import Files, page

LINES = {404: "There is no such page.", 405: "Not in this way."}


def make_app(
    routers: Collection[APIRouter],
    keys: Keys,
    hosts: Collection[str],
    *,
    home: str = "/",
    entered: Callable[[str], None] = lambda who: None,
) -> Guard:
    """An application of some pages, guarded.

    Args:
        routers: the pages.
        keys: whose cookies let in.
        hosts: what the server may be called, with its port.
        home: where somebody who came in is sent.
        entered: told whose code was spent, whenever one is.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", Files())
    for one in routers:
        app.include_router(one)

    @app.get(ENTRANCE)
    def enter(request: Request, code: str = "") -> Response:
        """Exchange a code for a cookie."""
        if "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=503)  # nobody has come yet: the code is not spent for it
        cookie = keys.exchange(code)
        if cookie is None and request.scope["visitor"] is None:
            line = "This link was used before, or is of another start of the server."
            mend = "The terminal where the server was started has the one that is good now."
            return page("error.html", 401, title="No way in", line=line, mend=mend)
        # No redirect: a browser that came by another site's link would not send the cookie there.
        answer = page("enter.html", home=home)
        answer.headers["refresh"] = f"0; url={home}"
        if cookie is not None:
            answer.set_cookie(cookie_name(request.scope), cookie, httponly=True, samesite="strict")
            entered(keys.who(cookie) or "")
        return answer

    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(TruingError, _tell)
    app.add_exception_handler(Exception, _tell_failure)
    return Guard(app, keys, hosts)


def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    line = LINES.get(error.status_code, str(error.detail))
    return page("error.html", error.status_code, title="Not found", line=line, mend="")


def _tell(request: Request, error: Exception) -> Response:
    status = 422 if isinstance(error, UserError) else 500
    return page("error.html", status, title="That did not work", line=str(error), mend="")


def _tell_failure(request: Request, error: Exception) -> Response:
    print(f"truing: {request.url.path}: {type(error).__name__}: {error}", file=sys.stderr)
    line = f"This page could not be made ({type(error).__name__}); the others are not affected."
    mend = "The terminal where the server was started says more."
    return page("error.html", 500, title="A fault of ours", line=line, mend=mend)
