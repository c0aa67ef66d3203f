"""A model service on loopback, as OpenAI's looks over HTTP, that answers and fails as it is told.

Its models are the embedded agents, so that what is played through it makes sense and can be
compared with what the embedded provider gives.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from tests.warm import KilledTruing
from truing.oversight.agents import Brief, choose, judge, speak

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the service sends back.

    Attributes:
        content: the body.
        status: of HTTP.
        headers: besides the usual ones.
        paid: a model answered, so that it costs money.
        cut: bytes of the body after which the connection is closed; None to send it whole.
        wait: seconds before anything is sent.
    """

    content: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    paid: bool = False
    cut: int | None = None
    wait: float = 0.0


Fault = Callable[[Body], Answer]


@dataclass(frozen=True)
class Request:
    """A request that came, what became of it, and the tokens that its answer counted."""

    body: str
    at: float
    status: int
    paid: bool
    tokens: tuple[int, int] = (0, 0)


@dataclass
class Service:
    """The service's state.

    Attributes:
        faults: used up one a request, in the order of their coming.
        fault: asked for every request; None from it is an honest answer.
        delay: seconds that every honest answer takes.
        came: told the number of every request, from 1, before it is answered.
        most_busy: by model, the most requests that were open at the same time.
    """

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    fault: Callable[[Body], Fault | None] = lambda body: None
    delay: float = 0.0
    came: Callable[[int], None] = lambda number: None
    requests: list[Request] = field(default_factory=list)
    busy: Counter[str] = field(default_factory=Counter)
    most_busy: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def paid(self) -> Counter[str]:
        """How often each request was answered by a model."""
        return Counter(one.body for one in self.requests if one.paid)

    @property
    def paid_twice(self) -> int:
        """Answers beyond the first to the same request."""
        return sum(count - 1 for count in self.paid.values())

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens in and out of all answers by a model."""
        paid = [one.tokens for one in self.requests if one.paid]
        return sum(one[0] for one in paid), sum(one[1] for one in paid)

    def kill_at(self, number: int, start: Callable[[], KilledTruing]) -> None:
        """Start a process and kill it when so many requests have come; fail if it ends before.

        The last of these requests, and those that come later, are not answered before the kill.
        """
        last, reached, killed = self.arrived + number, threading.Event(), threading.Event()

        def came(number: int) -> None:
            if number >= last:
                reached.set()
                killed.wait()

        self.came = came
        process = start()
        process.wait_until(reached.is_set)
        process.kill()
        self.came = lambda number: None
        killed.set()
        assert reached.is_set(), f"it ended before request {last} came"

    def take(self, body: Body) -> Answer:
        """The answer to a request."""
        with self.lock:
            fault = self.faults.pop(0) if self.faults else self.fault(body)
        return fault(body) if fault else Answer(completion(body), paid=True, wait=self.delay)


def completion(body: Body, text: str | None = None, stop: str = "stop") -> bytes:
    """A chat completion by the embedded agents, or of a given text."""
    texts = [message["content"] for message in body["messages"]]
    said = _reply(body, texts) if text is None else text
    read, written = sum(len(one.split()) for one in texts), len(said.split())
    message = {"role": "assistant", "content": said}
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": message, "finish_reason": stop, "logprobs": _logprobs(body)}
            ],
            "usage": usage,
        }
    ).encode()


def counted(content: bytes) -> tuple[int, int]:
    """Tokens in and out that a completion states."""
    usage = json.loads(content)["usage"]
    return usage["prompt_tokens"], usage["completion_tokens"]


def _logprobs(body: Body) -> Body | None:
    """The belief of a judge that understands every clue: each digit with and without a space."""
    if not body.get("logprobs"):
        return None
    system, user = (message["content"] for message in body["messages"])
    found = choose(Brief(system, user), np.random.default_rng(0), skill=1.0)
    tokens = [
        (space + mark, value - np.log(2)) for mark, value in found.items() for space in ("", " ")
    ]
    top = [
        {"token": token, "logprob": value, "bytes": list(token.encode())}
        for token, value in sorted(tokens, key=lambda pair: -pair[1])
    ]
    return {"content": [{**top[0], "top_logprobs": top[: body["top_logprobs"]]}]}


def _reply(body: Body, texts: list[str]) -> str:
    """As the provider `truing/...` replies to these messages."""
    salt = "\0".join([body["model"], str(body.get("seed") or 0), *texts])
    seed = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big")
    name, *given = body["model"].split(":")
    by_role = {message["role"]: message["content"] for message in reversed(body["messages"])}
    brief = Brief(by_role.get("system", ""), by_role.get("user", ""))
    rng = np.random.default_rng(seed)
    if name == "debater":
        return speak(brief, rng)
    kinds = {"budget": int, "skill": float}
    return judge(brief, rng, **{k: kinds[k](v) for k, v in (one.split("=") for one in given)})


def rate_limited(seconds: int = 0) -> Fault:
    """Too many requests: try again after so many seconds."""
    headers = (("Content-Type", "application/json"), ("Retry-After", str(seconds)))
    return lambda body: Answer(_error("slow down", "rate_limit_exceeded"), 429, headers)


def failing(status: int, message: str = "the service is ill") -> Fault:
    """An HTTP error."""
    return lambda body: Answer(_error(message, None), status)


def stalling(seconds: float) -> Fault:
    """No answer, for so long."""
    return lambda body: Answer(b"{}", wait=seconds, cut=0)


def cut(body: Body) -> Answer:
    """The connection ends in the middle of the body."""
    whole = completion(body)
    return Answer(whole, cut=len(whole) // 2)


def garbled(body: Body) -> Answer:
    """JSON that stops in the middle, in a body that says it is whole."""
    return Answer(completion(body)[:-40])


def page(body: Body) -> Answer:
    """An HTML page with status 200, as proxies give."""
    return Answer(
        b"<html>Welcome to the hotel's network</html>", headers=(("Content-Type", "text/html"),)
    )


def choiceless(body: Body) -> Answer:
    """A completion without a choice."""
    return Answer(json.dumps({**json.loads(completion(body)), "choices": []}).encode())


def refused(body: Body) -> Answer:
    """The provider's filter stopped the reply."""
    return Answer(completion(body, "I cannot help with that.", "content_filter"), paid=True)


def undecided(body: Body) -> Answer:
    """A verdict out of its form."""
    return Answer(completion(body, "They are both right in their way."), paid=True)


def _error(message: str, code: str | None) -> bytes:
    return json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def do_POST(self) -> None:
        service = self.service
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.loads(text)
        model = body["model"]
        with service.lock:
            service.arrived += 1
            number = service.arrived
            service.busy[model] += 1
            service.most_busy[model] = max(service.most_busy[model], service.busy[model])
        try:
            service.came(number)
            answer = service.take(body)
            time.sleep(answer.wait)
        finally:
            with service.lock:
                service.busy[model] -= 1
        if self._send(answer):
            with service.lock:
                tokens = counted(answer.content) if answer.paid else (0, 0)
                request = Request(text, time.time(), answer.status, answer.paid, tokens)
                service.requests.append(request)

    def _send(self, answer: Answer) -> bool:
        """Whether the other side was there to take it."""
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(answer.content)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        content = answer.content if answer.cut is None else answer.content[: answer.cut]
        self.close_connection = answer.cut is not None
        if answer.cut == 0:
            return True  # closed without a word
        try:
            self.wfile.write(f"{head}\r\n".encode() + content)
        except OSError:
            self.close_connection = True
            return False
        return True

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no fault of the service."""


@contextmanager
def serving() -> Iterator[Service]:
    """A service, until the end of the context."""
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    server = _Server(("127.0.0.1", 0), handler)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    service.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
