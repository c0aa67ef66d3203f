"""The door to a referee that is served, as a client of its HTTP."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from truing.errors import (
    AccessError,
    BudgetError,
    ConflictError,
    NoSubmissionError,
    ServerError,
    UserError,
)
from truing.research._submission import Submission
from truing.research.doors._contract import Json
from truing.research.doors._machine import is_loopback

REFUSALS = {401: AccessError, 402: BudgetError, 404: NoSubmissionError, 409: ConflictError}
BUSY = 503
PAUSES = (0.1, 0.4, 1.2)  # seconds after a failed connection; repeating a request does no harm
PAUSE = 1.0  # seconds after a 503 that does not say how long
WAIT = 30.0  # seconds for which a referee that answers 503 is asked again
TIMEOUT = 60.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token is for the host that it was made for."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class HttpDoor:
    """The door to a referee at an address; see `Door` for what it offers.

    Attributes:
        url: `http://127.0.0.1:8321`, as `truing referee serve` prints it.
        token: the researcher's.

    Raises:
        UserError: an address or a token that cannot be one.
    """

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # a port that is no number
            known = False
        if not known or parts.query or parts.fragment or parts.username:
            raise UserError(f"{self.url!r} is no address; it reads http://HOST:PORT")
        if not self.token.isascii() or not self.token.isprintable() or not self.token:
            raise UserError("the token is none; `truing referee token NAME` makes one")

    def describe_problem(self) -> Json:
        return self._ask("GET", "problem")

    def submit_method(self, submission: Submission) -> Json:
        return self._ask("POST", "submissions", submission.model_dump(mode="json"))

    def get_result(self, number: int) -> Json:
        return self._ask("GET", f"submissions/{number:d}")

    def leaderboard(self) -> Json:
        return self._ask("GET", "leaderboard")

    def share_finding(self, text: str) -> Json:
        return self._ask("POST", "findings", {"text": text})

    def read_findings(self, since: int = 0) -> Json:
        return self._ask("GET", "findings?" + urlencode({"since": since}))

    def budget(self) -> Json:
        return self._ask("GET", "budget")

    def _ask(self, verb: str, place: str, body: Json | None = None) -> Json:
        """An answer, asked for again where the connection failed or the referee is busy."""
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/{place}",
            data=None if body is None else json.dumps(body).encode(),
            method=verb,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        pauses, until = iter(PAUSES), time.monotonic() + WAIT
        pause: float | None
        while True:
            try:
                with self._opener().open(request, timeout=TIMEOUT) as answer:
                    return json.load(answer)
            except HTTPError as error:
                with error:
                    refusal = _refusal(error.code, error.read(10_000))
                    if error.code != BUSY:
                        raise refusal from None
                    pause = _retry_after(error.headers)
                told = f"the referee at {self.url} is busy ({refusal}); nothing is charged twice"
            except (URLError, OSError, HTTPException) as error:
                pause = next(pauses, None)
                why = getattr(error, "reason", None) or error
                told = f"no referee answers at {self.url} ({why}); is it running?"
            except ValueError:
                raise ServerError(f"{self.url} is no referee: its answer is no JSON") from None
            if pause is None or time.monotonic() + pause > until:
                raise ServerError(told)
            time.sleep(pause)

    def _opener(self) -> urllib.request.OpenerDirector:
        near = (
            [urllib.request.ProxyHandler({})]
            if is_loopback(urlsplit(self.url).hostname or "")
            else []
        )
        return urllib.request.build_opener(_Stay, *near)


def _refusal(status: int, body: bytes) -> Exception:
    """What an answer other than 2xx is raised as: classes as through a local door."""
    try:
        line = " ".join(str(json.loads(body)["error"]).split())
    except (ValueError, KeyError, TypeError):
        line = f"the answer has status {status}"
    if 400 <= status < 500:
        return REFUSALS.get(status, UserError)(line)
    return ServerError(line)


def _retry_after(headers: Mapping[str, str] | Message) -> float:
    """Seconds that a 503 asks a client to wait; a date, which no referee sends, counts for none."""
    asked = headers.get("Retry-After", "").strip()
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else PAUSE
