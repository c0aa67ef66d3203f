"""What the tests of pages share: a client that was let in, and a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from truing.listening import listen
from truing.server import Keys, hosts, make_app
from truing.server.judge import _seat
from truing.server.view import Index, _index, view_pages

PORT = 8322  # of clients that listen nowhere


@pytest.fixture(autouse=True)
def patient_pages(monkeypatch):
    """Pages wait for what they show, however slow the machine is; tests of impatience say so."""
    monkeypatch.setattr(Index.runs, "__defaults__", (1000.0,))
    monkeypatch.setattr(_seat, "MOST_PATIENCE", 1000.0)


@pytest.fixture
def fresh_index(monkeypatch):
    """The index reads the folders at each request: tests change files faster than people look."""
    monkeypatch.setattr(_index, "FRESH", 0.0)


def let_in(app_of, keys: Keys | None = None) -> TestClient:
    """A client that came by the link."""
    keys = keys or Keys()
    client = TestClient(app_of(keys), f"http://127.0.0.1:{PORT}", raise_server_exceptions=False)
    client.get("/enter", params={"code": keys.code()})
    return client


def viewing(*roots: Path) -> TestClient:
    """A client of the dashboard of some folders."""
    return let_in(lambda keys: make_app([view_pages(Index(roots))], keys, hosts(PORT)))


def recorded(app, statuses: list[int]):
    """The same application, with the status of each answer noted."""

    async def noting(scope, receive, send):
        async def noted(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        await app(scope, receive, noted)

    return noting


@contextmanager
def serving(routers, statuses: list[int] | None = None) -> Iterator[str]:
    """A real server on a port of its own; gives the link into it.

    Args:
        statuses: every answer's is put in here.
    """
    keys = Keys()
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        app = recorded(
            make_app(routers, keys, hosts(port)), statuses if statuses is not None else []
        )
        config = uvicorn.Config(
            app, log_level="critical", proxy_headers=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/enter?code={keys.code()}"
        finally:
            server.should_exit = True
            thread.join(10)
