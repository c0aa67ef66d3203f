"""The web application around all pages: guard, entrance, error pages and static files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from truing.errors import TruingError, UserError
from truing.server._guard import ENTRANCE, Guard, cookie_name
from truing.server._keys import Keys
from truing.server._pages import Files, page

LINES = {404: "There is no such page.", 405: "This page does not accept this kind of request."}


def make_app(
    routers: Collection[APIRouter],
    keys: Keys,
    hosts: Collection[str],
    *,
    home: str = "/",
    entered: Callable[[str], None] = lambda name: None,
) -> Guard:
    """The guarded application that serves some pages.

    Args:
        routers: the pages.
        keys: the codes and cookies that give access.
        hosts: allowed host names of the server, each with its port.
        home: path of the page that a visitor is sent to after the entrance.
        entered: called with the visitor's name each time a code is exchanged.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", Files())
    for router in routers:
        app.include_router(router)

    @app.get(ENTRANCE)
    def enter(request: Request, code: str = "") -> Response:
        """Exchange a code for a cookie."""
        if "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=503)  # a prefetch must not use up the code
        cookie = keys.exchange(code)
        if cookie is None and request.scope["visitor"] is None:
            line = "This link was already used, or it belongs to an earlier start of the server."
            advice = "The terminal in which the server was started shows the valid link."
            return page("error.html", 401, title="Invalid link", line=line, advice=advice)
        # No redirect: after a link on another site, a browser would not send the cookie with it.
        answer = page("enter.html", home=home)
        answer.headers["refresh"] = f"0; url={home}"
        if cookie is not None:
            answer.set_cookie(cookie_name(request.scope), cookie, httponly=True, samesite="strict")
            entered(keys.who(cookie) or "")
        return answer

    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(TruingError, _show_error)
    app.add_exception_handler(Exception, _show_failure)
    return Guard(app, keys, hosts)


def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    line = LINES.get(error.status_code, str(error.detail))
    return page("error.html", error.status_code, title="Page not available", line=line, advice="")


def _show_error(request: Request, error: Exception) -> Response:
    status = 422 if isinstance(error, UserError) else 500
    return page("error.html", status, title="Error", line=str(error), advice="")


def _show_failure(request: Request, error: Exception) -> Response:
    print(f"truing: {request.url.path}: {type(error).__name__}: {error}", file=sys.stderr)
    line = f"This page failed to load ({type(error).__name__}). Other pages are not affected."
    advice = "The terminal in which the server was started shows the error message."
    return page("error.html", 500, title="Internal error", line=line, advice=advice)
