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
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from truing.errors import NoSubmissionError, UserError
from truing.research._receipt import Receipt
from truing.research._referee import LONGEST_FINDING, Referee
from truing.research._submission import Submission
from truing.research.doors._contract import LARGEST, Json, LocalDoor
from truing.research.doors._gate import Gate
from truing.research.doors._operator import Operator
from truing.research.doors._page import CLOSED, write_page
from truing.research.doors._refusals import Refusal, answer_refusals, halt
from truing.research.doors._tokens import Tokens
from truing.research.doors._worker import Worker

PATIENCE = 0.8  # seconds to wait for a locked ledger; then a request is answered with 503


class SharedText(BaseModel):
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
    app.state.worker = Worker(referee, app.state.operator, lambda error: halt(app, error))
    app.include_router(routes)
    answer_refusals(app)
    app.add_middleware(Gate, tokens=tokens, operator=app.state.operator)
    return app


def _enter(request: Request) -> LocalDoor:
    return LocalDoor(request.app.state.referee, request.scope["researcher"], at_once=False)


Entered = Annotated[LocalDoor, Depends(_enter)]
Number = Annotated[int, Query(ge=0, le=LARGEST)]
# The gate checks tokens before anything is read; these two are for the page alone.
REFUSED: dict[int | str, dict[str, Any]] = {"4XX": {"model": Refusal}, "5XX": {"model": Refusal}}
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
    receipt = door.submit_method(submission)
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
def share_finding(finding: SharedText, door: Entered) -> Json:
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
