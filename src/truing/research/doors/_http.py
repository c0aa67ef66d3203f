"""The door to a referee that is served, as a client of its HTTP."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from truing.errors import UserError
from truing.research._receipt import BudgetError, ConflictError, NoSubmissionError
from truing.research.doors._contract import Json, ServerError
from truing.research.doors._machine import is_loopback
from truing.research.doors._tokens import AccessError

REFUSALS = {401: AccessError, 402: BudgetError, 404: NoSubmissionError, 409: ConflictError}
CROWDED = 503
PAUSES = (0.1, 0.4, 1.2, 0.0)  # seconds; every request may be repeated without harm
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

    def submit_method(self, kind: str, content: str, name: str, card: Json) -> Json:
        body = {"kind": kind, "content": content, "name": name, "card": card}
        return self._ask("POST", "submissions", body)

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
        """An answer, asked for again where the connection failed."""
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/{place}",
            data=None if body is None else json.dumps(body).encode(),
            method=verb,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        for pause in PAUSES:
            try:
                with self._opener().open(request, timeout=TIMEOUT) as answer:
                    return json.load(answer)
            except HTTPError as error:
                with error:
                    if error.code != CROWDED:
                        raise _refusal(error.code, error.read(10_000)) from None
                why = "it has too many visitors"
            except (URLError, OSError, HTTPException) as error:
                why = getattr(error, "reason", None) or error
            except ValueError:
                raise ServerError(f"{self.url} is no referee: its answer is no JSON") from None
            time.sleep(pause)
        raise ServerError(f"no referee answers at {self.url} ({why}); is it running?")

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
