"""A served referee in trouble: a locked ledger, a full disk, a lost end, half a line of tokens."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from test_server import request, submission
from test_witness import cut
from visitors import (
    METHODS,
    ByCommand,
    ByDoor,
    ByMcp,
    RefusedError,
    composition,
    scored,
    tiny_config,
)

from truing.errors import ServerError, StorageError
from truing.research import Ledger, Referee
from truing.research.doors import HttpDoor, Tokens, _http
from truing.research.doors._server import serving

SOON = 2.0  # seconds within which a refusal must come; less than half of it waits for the ledger


@pytest.fixture
def referee(tmp_path) -> Referee:
    return Referee(tmp_path / "referee", tiny_config())


@pytest.fixture
def token(referee) -> str:
    return Tokens(referee.folder).issue("ann")


@contextlib.contextmanager
def locked(folder: Path):
    """The ledger, while another process's connection has locked it."""
    with contextlib.closing(
        sqlite3.connect(folder / "ledger.sqlite", isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_a_locked_ledger_is_503_within_two_seconds_without_a_path(referee, token, capsys):
    before = referee.ledger.head
    with serving(referee) as url:
        with locked(referee.folder):
            for _ in range(3):
                status, headers, told = request(url, "POST", "/submissions", submission(), token)
                assert (status, headers["retry-after"]) == (503, "1")
                assert told == {"error": "the referee cannot write now; try again after 1 s"}
            with referee.ledger._connected() as connection:
                assert connection.execute("PRAGMA busy_timeout").fetchone()[0] < 1000 * SOON / 2
            assert request(url, "GET", "/budget", token=token)[0] == 200  # which reads alone
        assert referee.ledger.head == before
        assert request(url, "POST", "/submissions", submission(), token)[0] in (200, 202)
    err = capsys.readouterr().err
    assert err.count("\n") == 1  # for three requests
    assert "another process has locked it" in err
    assert str(referee.folder) in err


@pytest.mark.parametrize("make", [ByDoor, ByMcp, ByCommand], ids=["http", "mcp", "command"])
def test_a_client_retries_until_a_locked_ledger_is_free(make, referee, token):
    with serving(referee) as url, locked(referee.folder) as other:
        leave = threading.Timer(1.2, lambda: other.execute("ROLLBACK"))
        leave.start()
        visitor = ByCommand(url, token) if make is ByCommand else make(HttpDoor(url, token))
        assert scored(visitor, METHODS[0])["status"] == "scored"
        leave.join()
    assert len(referee.ledger.entries("submission")) == 1


def test_a_client_does_not_retry_forever(referee, token, monkeypatch):
    monkeypatch.setattr(_http, "WAIT", 1.5)
    with serving(referee) as url, locked(referee.folder):
        door = HttpDoor(url, token)
        with pytest.raises(ServerError, match=r"is busy .* no submission is charged twice"):
            door.submit_method(composition(METHODS[0]))


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("3", 3.0),
        (None, 1.0),
        ("", 1.0),
        ("-4", 1.0),
        ("1e9", 1.0),
        ("9" * 30, 1.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 1.0),
    ],
)
def test_the_waiting_time_of_a_client_follows_from_retry_after(asked, pause):
    assert _http._retry_after({} if asked is None else {"Retry-After": asked}) == pause


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no byte on a disk."""
    with (folder / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_is_503_and_loses_nothing(small_disk, tmp_path, capsys):
    referee = Referee(small_disk / "referee", tiny_config(each=9, total=99))
    token = Tokens(referee.folder).issue("ann")
    with serving(referee) as url:
        fill(small_disk)
        told = []
        while (not told or told[-1][0] != 503) and len(told) < 1000:
            finding = {"text": f"{len(told)} " + "x" * 3900}  # until the last page is full
            told.append(request(url, "POST", "/findings", finding, token))
        status, headers, answer = told[-1]
        assert (status, headers["retry-after"]) == (503, "1")
        assert answer == {"error": "the referee cannot write now; try again after 1 s"}
        accepted = sum(one[0] == 200 for one in told)
        assert len(referee.findings()) == accepted
        (small_disk / "ballast").unlink()
        assert HttpDoor(url, token).share_finding("there is room").number == accepted + 2
        assert scored(ByDoor(HttpDoor(url, token)), METHODS[0])["status"] == "scored"
    assert referee.ledger.verify().ok
    lines = [one for one in capsys.readouterr().err.splitlines() if "cannot be used now" in one]
    assert len(lines) == 1
    assert str(referee.folder) in lines[0]
    referee.ledger.close()


def test_a_truncated_token_blocks_no_researcher(small_disk, tmp_path):
    tokens = Tokens(small_disk)
    ann = tokens.issue("ann")
    fill(small_disk)
    issued = {}

    def issue_all() -> None:
        for i in range(99):
            issued[f"r{i}"] = tokens.issue(f"r{i}")

    with pytest.raises(StorageError, match="No space left"):
        issue_all()
    (small_disk / "ballast").unlink()
    fresh = Tokens(small_disk)
    assert fresh.researcher(ann) == "ann"
    assert [fresh.researcher(one) for one in issued.values()] == list(issued)
    assert Tokens(small_disk).researcher(fresh.issue("bob")) == "bob"


@pytest.mark.parametrize("half", [b'{"researcher": "bob", "sha', b"{", b"\xff\xc3", b'{"a": 1}'])
def test_an_unfinished_last_line_of_tokens_is_ignored_and_replaced(half, referee, token):
    path = referee.folder / "tokens.jsonl"
    with path.open("ab") as file:
        file.write(half)
    with serving(referee) as url:
        assert request(url, "GET", "/budget", token=token)[0] == 200
        bob = Tokens(referee.folder).issue("bob")
        assert [json.loads(one)["researcher"] for one in path.open()] == ["ann", "bob"]
        for one in (token, bob):
            assert request(url, "GET", "/budget", token=one)[0] == 200


def test_unreadable_tokens_are_reported_only_to_the_operator(referee, token, capsys):
    with (referee.folder / "tokens.jsonl").open("a") as file:
        file.write("not a token\n")
    with serving(referee) as url:
        for _ in range(3):
            status, _, told = request(url, "GET", "/budget", token=token)
            assert status == 500
            assert str(referee.folder) not in told["error"]
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{referee.folder}/tokens.jsonl, line 2 contains no token" in err


def test_a_token_is_synced_to_disk_when_it_is_issued(referee, monkeypatch):
    synced, real, path = [], os.fsync, referee.folder / "tokens.jsonl"

    def fsync(handle):
        synced.append((os.fstat(handle).st_ino, path.read_bytes()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    Tokens(referee.folder).issue("ann")
    assert synced == [(path.stat().st_ino, path.read_bytes())]
    assert b'"ann"' in synced[0][1]


def test_a_served_referee_whose_ledger_lost_its_end_stops(tmp_path, warm):
    """As its user starts it: it ends with a line and exit code 1, and accepts nothing more."""
    config, folder = tmp_path / "config.json", tmp_path / "referee"
    config.write_text(tiny_config().model_dump_json())
    token = Tokens(folder).issue("ann")
    words = ["referee", "serve", "--config", config, "--folder", folder, "--port", "0"]
    server = subprocess.Popen(
        [warm, "-m", "truing", *map(str, words)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        assert urlsplit(url).hostname == "127.0.0.1"
        ann = ByDoor(HttpDoor(url, token))
        scored(ann, METHODS[0])
        cut(folder / "ledger.sqlite", 3)
        with pytest.raises((ServerError, RefusedError)) as refused:
            ann.ask("submit_method", **submission(METHODS[1]))
        assert str(folder) not in str(refused.value)
        assert server.wait() == 1
        err = server.stderr.read()
    finally:
        server.kill()
        server.communicate()
    assert re.fullmatch(
        r"truing: the ledger \S+ lost entry 3, [^\n]+ restore it from a copy\n", err
    )
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert [one.kind for one in ledger.entries()] == ["opened", "submission"]


def send(url: str, text: str) -> bytes:
    """The whole answer to bytes on a socket, until the server closes it."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(text.replace("\n", "\r\n").encode())
        told = b""
        while part := line.recv(1 << 16):
            told += part
    return told


BODY = json.dumps({"text": "smuggled"})
CHUNKED = f"{len(BODY):x}\n{BODY}\n0\n\n"
LENGTH, ENCODING = f"Content-Length: {len(BODY)}\n", "Transfer-Encoding: chunked\n"


@pytest.mark.parametrize(
    "headers", [LENGTH + ENCODING, ENCODING + LENGTH, "Content-Length: 4\n" + ENCODING]
)
def test_a_request_with_two_lengths_is_refused_and_its_connection_closed(headers, referee, token):
    """One server on the way may read the one, and the next the other: request smuggling."""
    before = referee.ledger.head
    head = f"POST /findings HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n"
    head += "Content-Type: application/json\n"
    close = "Connection: close\n"
    again = f"GET /budget HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n{close}\n"
    with serving(referee) as url:
        told = send(url, f"{head}{headers}\n{CHUNKED}{again}")
        assert told.startswith(b"HTTP/1.1 400")
        assert b"both Content-Length and Transfer-Encoding" in told
        assert b"connection: close" in told.lower()
        assert told.count(b"HTTP/1.1") == 1  # what came behind it was not answered
        assert referee.ledger.head == before
        alone = send(url, f"{head}{close}{ENCODING}\n{CHUNKED}")
        assert alone.startswith(b"HTTP/1.1 200")
