"""Refusals: how the server answers what it does not do, with a status and one line."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from truing.errors import (
    BudgetError,
    ConflictError,
    IsolationError,
    LedgerError,
    LedgerUnavailableError,
    NoSubmissionError,
    StorageError,
    TruingError,
    UserError,
)
from truing.research._validation import first_error

RETRY_AFTER = 1  # second
STATUSES = {BudgetError: 402, NoSubmissionError: 404, ConflictError: 409, UserError: 422}


class Refusal(BaseModel):
    """What is told instead of an answer; nothing has changed then."""

    error: str


def answer_refusals(app: FastAPI) -> None:
    """Have an app answer every exception by a refusal."""
    app.exception_handler(TruingError)(_tell)
    app.exception_handler(RequestValidationError)(_tell_malformed)
    app.exception_handler(HTTPException)(_tell_http)
    app.exception_handler(Exception)(_tell_failure)


def halt(app: FastAPI, error: LedgerError) -> None:
    """Stop the server: nothing may be accepted that is never scored."""
    app.state.broken = error
    if app.state.stop:
        app.state.stop()


def _answer(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(line.split())}, status)


def _tell(request: Request, error: TruingError) -> JSONResponse:
    if isinstance(error, LedgerUnavailableError):
        request.app.state.operator.tell(error)
        answer = _answer(503, f"the referee cannot write now; try again after {RETRY_AFTER} s")
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer
    if isinstance(error, LedgerError):
        halt(request.app, error)
        return _answer(500, "the referee stopped: its ledger was changed or lost entries")
    if isinstance(error, StorageError | IsolationError):  # the referee's, though a user can mend it
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
    return _answer(422, first_error([inner], "body"))


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
