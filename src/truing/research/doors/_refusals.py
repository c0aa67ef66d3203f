"""Refusals: a status and one line for each request that the server does not fulfill."""

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
    """The body of a refusal. A refused request changes nothing."""

    error: str


def answer_refusals(app: FastAPI) -> None:
    """Make an app answer every exception with a refusal."""
    app.exception_handler(TruingError)(_answer_error)
    app.exception_handler(RequestValidationError)(_answer_malformed)
    app.exception_handler(HTTPException)(_answer_http)
    app.exception_handler(Exception)(_answer_failure)


def halt(app: FastAPI, error: LedgerError) -> None:
    """Stop the server, so that it accepts no submission that is never scored."""
    app.state.broken = error
    if app.state.stop:
        app.state.stop()


def _answer(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(line.split())}, status)


def _answer_error(request: Request, error: TruingError) -> JSONResponse:
    if isinstance(error, LedgerUnavailableError):
        request.app.state.operator.report(error)
        answer = _answer(503, f"the referee cannot write now; try again after {RETRY_AFTER} s")
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer
    if isinstance(error, LedgerError):
        halt(request.app, error)
        return _answer(500, "the referee stopped: its ledger was changed or lost entries")
    if isinstance(error, StorageError | IsolationError):  # the operator's errors, not the client's
        return _answer_failure(request, error)
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return _answer(status, str(error))
    return _answer_failure(request, error)


def _answer_malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _answer(400, "the body is not valid JSON")
    if isinstance(error.body, bytes) and error.body:  # it was not read as JSON
        return _answer(415, "send the body with Content-Type: application/json")
    inner = {**first, "loc": first["loc"][1:]}  # without the word body or query
    return _answer(422, first_error([inner], "body"))


def _answer_http(request: Request, error: HTTPException) -> JSONResponse:
    lines = {
        400: "the body is not valid JSON",
        404: "unknown path; see /docs",
        405: "this path does not allow the request's method; see /docs",
    }
    answer = _answer(error.status_code, lines.get(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})  # among them the allowed methods
    return answer


def _answer_failure(request: Request, error: Exception) -> JSONResponse:
    """A refusal without the reason, which only the operator may read."""
    request.app.state.operator.report(error)
    return _answer(500, "the referee failed; accepted submissions are stored, try again later")
