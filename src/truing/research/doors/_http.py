"""The door to a served referee, as a client of its HTTP server."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any, TypeVar, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from pydantic import TypeAdapter

from truing.errors import (
    AccessError,
    BudgetError,
    ConflictError,
    NoSubmissionError,
    ServerError,
    UserError,
)
from truing.research import _answers as answers
from truing.research._submission import Submission
from truing.research.doors._machine import is_loopback
from truing.research.ledger._receipt import Receipt

REFUSALS = {401: AccessError, 402: BudgetError, 404: NoSubmissionError, 409: ConflictError}
BUSY = 503
PAUSES = (0.1, 0.4, 1.2)  # seconds after a failed connection; requests are idempotent
PAUSE = 1.0  # seconds after a 503 without Retry-After
WAIT = 30.0  # seconds during which a request that was answered with 503 is repeated
TIMEOUT = 60.0

T = TypeVar("T")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, because a token is valid for one host only."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class HttpDoor:
    """The door to a referee at an address; see `Door` for what it offers.

    Attributes:
        url: address that `truing referee serve` prints, such as `http://127.0.0.1:8321`.
        token: token of the researcher.

    Raises:
        UserError: the address or the token is malformed.
    """

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # the port is not a number
            known = False
        if not known or parts.query or parts.fragment or parts.username:
            raise UserError(f"url must read http://HOST:PORT, got {self.url!r}")
        if not self.token.isascii() or not self.token.isprintable() or not self.token:
            raise UserError("the token is malformed; `truing referee token NAME` makes a token")

    def describe_problem(self) -> answers.Description:
        return cast(answers.Description, self._ask(dict[str, Any], "problem"))

    def submit_method(self, submission: Submission) -> Receipt:
        return self._ask(Receipt, "submissions", submission.model_dump(mode="json"))

    def get_result(self, number: int) -> Receipt:
        return self._ask(Receipt, f"submissions/{number:d}")

    def leaderboard(self) -> answers.Leaderboard:
        return self._ask(answers.Leaderboard, "leaderboard")

    def share_finding(self, text: str) -> answers.FindingNumber:
        return self._ask(answers.FindingNumber, "findings", {"text": text})

    def read_findings(self, since: int = 0) -> answers.FindingsPage:
        return self._ask(answers.FindingsPage, "findings?" + urlencode({"since": since}))

    def budget(self) -> answers.BudgetState:
        return self._ask(answers.BudgetState, "budget")

    def _ask(self, wanted: type[T], place: str, body: object = None) -> T:
        """The answer to a request; repeats it if the connection fails or the referee is busy.

        Args:
            wanted: class of the answer.
            place: path below the address, with its query.
            body: JSON values to post; None to get.
        """
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/{place}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        pauses, until = iter(PAUSES), time.monotonic() + WAIT
        pause: float | None
        while True:
            try:
                with self._opener().open(request, timeout=TIMEOUT) as answer:
                    return TypeAdapter(wanted).validate_json(answer.read())
            except HTTPError as error:
                with error:
                    refusal = _refusal(error.code, error.read(10_000), self.url)
                    if error.code != BUSY:
                        raise refusal from None
                    pause = _retry_after(error.headers)
                line = (
                    f"the referee at {self.url} is busy ({refusal}); try again, no submission is "
                    "charged twice"
                )
            except (URLError, OSError, HTTPException) as error:
                pause = next(pauses, None)
                why = getattr(error, "reason", None) or error
                line = f"no referee answers at {self.url} ({why}); start truing referee serve"
            except ValueError:
                raise ServerError(f"{self.url} is not a referee: its answer is malformed") from None
            if pause is None or time.monotonic() + pause > until:
                raise ServerError(line)
            time.sleep(pause)

    def _opener(self) -> urllib.request.OpenerDirector:
        near = is_loopback(urlsplit(self.url).hostname or "")
        no_proxy = [urllib.request.ProxyHandler({})] if near else []
        return urllib.request.build_opener(_NoRedirect, *no_proxy)


def _refusal(status: int, body: bytes, url: str) -> Exception:
    """The exception for a status other than 2xx, of the same class as through a local door."""
    try:
        line = " ".join(str(json.loads(body)["error"]).split())
    except (ValueError, KeyError, TypeError):
        line = (
            f"{url} does not answer as a referee does (status {status}); check --url and any "
            "proxy on the way"
        )
    if 400 <= status < 500:
        return REFUSALS.get(status, UserError)(line)
    return ServerError(line)


def _retry_after(headers: Mapping[str, str] | Message) -> float:
    """Seconds that a 503 asks the client to wait. Dates, which no referee sends, are ignored."""
    asked = headers.get("Retry-After", "").strip()
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else PAUSE
