"""The HTTP server of a referee: FastAPI, with its OpenAPI page at /docs.

A refusal is `{"error": "MESSAGE"}`, with a message of one line and one of these statuses:

    400 the body is not JSON, or both Content-Length and Transfer-Encoding are given
    401 the token is missing or unknown
    402 the budget is spent
    404 no such path or submission
    405 the path does not allow this method of request
    408 the body arrived too slowly
    409 another card for the same method, or the research run is closed
    413 the body is too large
    415 the Content-Type is not application/json
    422 not a method of the problem, or a malformed card
    500 the referee failed
    503 the ledger is locked, its disk is full, or there are too many connections: try again after
        Retry-After

A spent budget is 402 and not 429, because many clients repeat a request after 429 automatically.
Every request may be repeated: a repeated submission or finding returns the first answer again.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from truing.errors import NoSubmissionError
from truing.listening import listen, run_server
from truing.research import _answers as answers
from truing.research._referee import LONGEST_FINDING, Referee
from truing.research._submission import Submission
from truing.research.doors._contract import LARGEST, LocalDoor
from truing.research.doors._only_server import only_server
from truing.research.doors._operator import Operator
from truing.research.doors._page import CLOSED, write_page
from truing.research.doors._refusals import Refusal, answer_refusals, halt
from truing.research.doors._request_check import RequestCheck
from truing.research.doors._tokens import Tokens
from truing.research.doors._worker import Worker
from truing.research.ledger._receipt import Receipt

if TYPE_CHECKING:
    import uvicorn

LOCK_TIMEOUT = 0.8  # seconds to wait for a locked ledger; then a request is answered with 503


class SharedText(BaseModel):
    """A finding to share."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_FINDING)


def make_app(referee: Referee, tokens: Tokens, workers: int = 1) -> FastAPI:
    """The server of a referee, with workers that score submissions while the server runs.

    Args:
        referee: the referee.
        tokens: tokens of its researchers, usually in the same folder.
        workers: number of submissions that are scored at a time.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        referee.ledger.wait_at_most(LOCK_TIMEOUT)
        app.state.worker.start()
        yield
        app.state.worker.stop()

    # FastAPI's page would load scripts from other servers.
    app = FastAPI(
        title="truing referee",
        description=__doc__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.referee, app.state.operator = referee, Operator()
    app.state.broken, app.state.stop = None, None
    app.state.worker = Worker(referee, app.state.operator, lambda error: halt(app, error), workers)
    app.include_router(routes)
    answer_refusals(app)
    app.add_middleware(RequestCheck, tokens=tokens, operator=app.state.operator)
    return app


def _enter(request: Request) -> LocalDoor:
    return LocalDoor(request.app.state.referee, request.scope["researcher"], at_once=False)


Entered = Annotated[LocalDoor, Depends(_enter)]
Number = Annotated[int, Query(ge=0, le=LARGEST)]
# `RequestCheck` checks the tokens; the security scheme and the refusals here only document the API.
REFUSED: dict[int | str, dict[str, Any]] = {"4XX": {"model": Refusal}, "5XX": {"model": Refusal}}
routes = APIRouter(dependencies=[Depends(HTTPBearer(auto_error=False))], responses=REFUSED)


@routes.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """A page about the server."""
    return HTMLResponse(write_page(request.app.openapi()), headers=CLOSED)


@routes.get("/problem")
def describe_problem(door: Entered) -> dict[str, Any]:
    """The aim of the problem, the allowed submissions, the rules and the budget."""
    return dict(door.describe_problem())


@routes.post(
    "/submissions", responses={202: {"model": Receipt, "description": "accepted, not scored yet"}}
)
def submit_method(
    submission: Submission, door: Entered, request: Request, response: Response
) -> Receipt:
    """Submit a method. A repeated submission returns the same receipt and is not charged."""
    receipt = door.submit_method(submission)
    if receipt.status == "accepted":
        response.status_code = 202
        request.app.state.worker.wake()
    return receipt


@routes.get("/submissions/{number}")
def get_result(number: str, door: Entered) -> Receipt:
    """The receipt of one of your submissions."""
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise NoSubmissionError(f"you have no submission {number[:40]!r}; see your receipts")
    return door.get_result(int(number))


@routes.get("/leaderboard")
def leaderboard(door: Entered) -> answers.Leaderboard:
    """The methods that raised the best released score, latest first."""
    return door.leaderboard()


@routes.post("/findings")
def share_finding(finding: SharedText, door: Entered) -> answers.FindingNumber:
    """Share a finding in the forum."""
    return door.share_finding(finding.text)


@routes.get("/findings")
def read_findings(door: Entered, since: Number = 0) -> answers.FindingsPage:
    """Findings with a number above `since`, oldest first, and whether there are more."""
    return door.read_findings(since)


@routes.get("/budget")
def budget(door: Entered) -> answers.BudgetState:
    """Submissions and processor seconds that are spent and left."""
    return door.budget()


def serve_http(
    referee: Referee, host: str = "127.0.0.1", port: int = 8321, workers: int = 1
) -> None:
    """Serve a referee over HTTP until interrupted.

    Args:
        referee: the referee.
        host: address to listen on; with `0.0.0.0` other machines can connect.
        port: port to listen on; 0 for any free port.
        workers: number of submissions that are scored at a time.

    Raises:
        UserError: the address or the port cannot be used, or another process serves the folder.
        LedgerError: the ledger was changed or lost entries, and the server stopped.
    """
    tokens = Tokens(referee.folder)
    app = make_app(referee, tokens, workers)
    with only_server(referee.folder) as only, listen(host, port) as listener:
        only.state(_address(listener))
        run_server(
            lambda: _server(app, "warning"), listener, lambda: _greet(referee, tokens, listener)
        )
    if app.state.broken is not None:
        raise app.state.broken


@contextmanager
def serving(referee: Referee, workers: int = 1) -> Iterator[str]:
    """Context that serves a referee in a thread, and returns the address."""
    with listen("127.0.0.1", 0) as listener:
        server = _server(make_app(referee, Tokens(referee.folder), workers), "error")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _server(app: FastAPI, log_level: str) -> uvicorn.Server:
    import uvicorn

    from truing.research.doors._patience import CONNECTIONS, PatientProtocol

    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        limit_concurrency=CONNECTIONS,
        log_level=log_level,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    app.state.stop = lambda: setattr(server, "should_exit", True)
    return server


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _greet(referee: Referee, tokens: Tokens, listener: socket.socket) -> None:
    host = listener.getsockname()[0]
    print(f"referee of {referee.folder} at {_address(listener)} (its page is /docs)", flush=True)
    print(f"receipts are signed; public key {referee.signer.public_key}", flush=True)
    if not len(tokens):
        print(
            "no researcher has a token yet; run truing referee token NAME --folder "
            f"{referee.folder}",
            flush=True,
        )
    if not ipaddress.ip_address(host).is_loopback:
        print(
            "truing: warning: other machines can connect, and tokens are sent unencrypted; use a "
            "proxy with TLS",
            file=sys.stderr,
        )
