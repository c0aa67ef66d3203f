"""The HTTP server of a referee: FastAPI, with its OpenAPI page at /docs.

A refusal is `{"error": one line}` with one of these statuses:

    400 no JSON, or both Content-Length and Transfer-Encoding
                           401 token missing or unknown     402 budget spent
    404 no such thing      405 not in this way              408 body too slow
    409 another card, or closed                             413 body too large
    415 not sent as JSON   422 no method of the problem, a malformed card
    500 the referee itself failed                           503 try again after Retry-After

503 comes where the ledger is locked or its disk is full, and where there are too many visitors.

A spent budget is 402 and not 429: clients try a 429 again by themselves, and it would never end.
Any request may be repeated: what was done is answered as it was the first time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from truing.errors import (
    BudgetError,
    ConflictError,
    IsolationError,
    LedgerError,
    LedgerUnavailableError,
    NoSubmissionError,
    TruingError,
    UserError,
)
from truing.research._fault import tell_fault
from truing.research._receipt import Receipt
from truing.research._referee import LONGEST_FINDING, Referee
from truing.research._submission import Submission
from truing.research.doors._contract import LARGEST, Json, LocalDoor
from truing.research.doors._gate import Gate
from truing.research.doors._operator import Operator
from truing.research.doors._page import CLOSED, write_page
from truing.research.doors._tokens import Tokens
from truing.research.doors._worker import Worker

PATIENCE = 0.8  # seconds to wait for a locked ledger; then a request is answered with 503
RETRY_AFTER = 1  # second
STATUSES = {BudgetError: 402, NoSubmissionError: 404, ConflictError: 409, UserError: 422}


class Refusal(BaseModel):
    """What is told instead of an answer; nothing has changed then."""

    error: str


class Finding(BaseModel):
    """What a researcher shares."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_FINDING)


def make_app(referee: Referee, tokens: Tokens) -> FastAPI:
    """The server of a referee, whose worker runs as long as the server does.

    Args:
        referee: whose rules hold.
        tokens: of its researchers, in the same folder as a rule.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        referee.ledger.wait_at_most(PATIENCE)
        app.state.worker.start()
        yield
        app.state.worker.stop()

    # FastAPI's own page loads scripts from elsewhere.
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
    app.state.worker = Worker(referee, app.state.operator, lambda error: _halt(app, error))
    app.include_router(routes)
    app.add_exception_handler(TruingError, _tell)
    app.add_exception_handler(RequestValidationError, _tell_malformed)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(Exception, _tell_failure)
    app.add_middleware(Gate, tokens=tokens, operator=app.state.operator)
    return app


def _halt(app: FastAPI, error: LedgerError) -> None:
    """Stop the server: nothing may be accepted that is never scored."""
    app.state.broken = error
    if app.state.stop:
        app.state.stop()


def _enter(request: Request) -> LocalDoor:
    return LocalDoor(request.app.state.referee, request.scope["researcher"], at_once=False)


Entered = Annotated[LocalDoor, Depends(_enter)]
Number = Annotated[int, Query(ge=0, le=LARGEST)]
# The gate checks tokens before anything is read; these two are for the page alone.
REFUSED = {"4XX": {"model": Refusal}, "5XX": {"model": Refusal}}
routes = APIRouter(dependencies=[Depends(HTTPBearer(auto_error=False))], responses=REFUSED)


@routes.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """What the server can do, for a reader."""
    return HTMLResponse(write_page(request.app.openapi()), headers=CLOSED)


@routes.get("/problem")
def describe_problem(door: Entered) -> Json:
    """What is to be found out, what may be submitted, the rules and the budget."""
    return door.describe_problem()


@routes.post(
    "/submissions",
    response_model=Receipt,
    responses={202: {"model": Receipt, "description": "accepted, not scored yet"}},
)
def submit_method(
    submission: Submission, door: Entered, request: Request, response: Response
) -> Json:
    """Hand a method in. The same one again gives the same receipt and costs nothing."""
    receipt = door.submit_method(**submission.model_dump(mode="json"))
    if receipt["status"] == "accepted":
        response.status_code = 202
        request.app.state.worker.wake()
    return receipt


@routes.get("/submissions/{number}", response_model=Receipt)
def get_result(number: str, door: Entered) -> Json:
    """The receipt of a submission of yours."""
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise NoSubmissionError(f"you have no submission {number[:40]!r}")
    return door.get_result(int(number))


@routes.get("/leaderboard")
def leaderboard(door: Entered) -> Json:
    """The methods that beat the best before them, the latest first."""
    return door.leaderboard()


@routes.post("/findings")
def share_finding(finding: Finding, door: Entered) -> Json:
    """Put a finding into the forum."""
    return door.share_finding(finding.text)


@routes.get("/findings")
def read_findings(door: Entered, since: Number = 0) -> Json:
    """What researchers shared after a number, the oldest first, and whether there is more."""
    return door.read_findings(since)


@routes.get("/budget")
def budget(door: Entered) -> Json:
    """How many submissions are spent, and how many are left."""
    return door.budget()


def _answer(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(line.split())}, status)


def _tell(request: Request, error: TruingError) -> JSONResponse:
    if isinstance(error, LedgerUnavailableError):
        request.app.state.operator.tell(error)
        answer = _answer(503, f"the referee cannot write now; try again after {RETRY_AFTER} s")
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer
    if isinstance(error, LedgerError):
        _halt(request.app, error)
        return _answer(500, "the referee stopped: its ledger was changed or lost entries")
    if isinstance(error, IsolationError):  # the referee's, though a user can mend it
        return _tell_failure(request, error)
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return _answer(status, str(error))
    return _tell_failure(request, error)


def _tell_malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _answer(400, "the body is no JSON")
    if isinstance(error.body, bytes) and error.body:  # it was not read as JSON
        return _answer(415, "send the body with Content-Type: application/json")
    inner = {**first, "loc": first["loc"][1:]}  # without the word body or query
    return _answer(422, tell_fault([inner], "body"))


def _tell_http(request: Request, error: HTTPException) -> JSONResponse:
    lines = {
        400: "the body is no JSON",
        404: "there is no such place; see /docs",
        405: "not in this way; see /docs",
    }
    told = _answer(error.status_code, lines.get(error.status_code, str(error.detail)))
    told.headers.update(error.headers or {})  # the ways that there are
    return told


def _tell_failure(request: Request, error: Exception) -> JSONResponse:
    """Why is for the referee's eyes only."""
    request.app.state.operator.tell(error)
    return _answer(500, "the referee failed; what was accepted is kept, ask again later")


def serve(referee: Referee, host: str = "127.0.0.1", port: int = 8321) -> None:
    """Serve until interrupted.

    Args:
        host: where it listens; others than this machine reach it at `0.0.0.0`.
        port: 0 for any that is free.

    Raises:
        UserError: it cannot listen there.
        LedgerError: the ledger was changed or lost entries, and the server stopped.
    """
    tokens = Tokens(referee.folder)
    app = make_app(referee, tokens)
    with listen(host, port) as listener:
        _greet(referee, tokens, listener)
        run_server(_server(app, "warning"), listener)
    if app.state.broken is not None:
        raise app.state.broken


@contextmanager
def serving(referee: Referee) -> Iterator[str]:
    """A server on this machine for as long as the block lasts, in a thread; its address."""
    with listen("127.0.0.1", 0) as listener:
        server = _server(make_app(referee, Tokens(referee.folder)), "error")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _server(app: FastAPI, log_level: str) -> Any:
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


def run_server(server: Any, listener: socket.socket) -> None:
    """Run a uvicorn server until it stops.

    Its coroutine is closed in any case, so that an interrupt that arrives before the event loop
    exists leaves no warning about a coroutine that was never awaited.
    """
    with closing(server.serve(sockets=[listener])) as coroutine:
        asyncio.run(coroutine)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; UserError where it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(f"cannot listen at {host} port {port}: {why.lower()}") from None


def _greet(referee: Referee, tokens: Tokens, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"referee of {referee.folder} at http://{shown}:{port} (its page is /docs)", flush=True)
    print(f"receipts are signed; public key {referee.signer.public_key}", flush=True)
    if not len(tokens):
        print(f"no researcher yet: truing referee token NAME --folder {referee.folder}", flush=True)
    if not ipaddress.ip_address(host).is_loopback:
        print(
            "truing: warning: others than this machine can reach it, and tokens come unencrypted; "
            "put a proxy with TLS before it",
            file=sys.stderr,
        )
