"""`truing judge` on the command line: speakers must be named, and it ends in good order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

JUDGE = ["-m", "truing", "judge"]


def test_a_protocol_with_speakers_requires_their_models(tmp_path, warm):
    words = [warm, *JUDGE, "--protocol", "debate", "--task", "cases,count=2"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--agents" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_sigterm_stops_the_server_and_writes_the_judgements(tmp_path, warm):
    words = [warm, *JUDGE, "--protocol", "blind", "--task", "cases,count=2", "--out", "run"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        link = next(line.strip() for line in server.stdout if line.startswith("http"))
        with httpx.Client(base_url=link.partition("/enter")[0]) as ada:
            ada.get(link)
            page = ada.get("/").text
            key = page.partition('name="key" value="')[2].partition('"')[0]
            data = {"key": key, "percent-A": "60", "percent-B": "40"}
            origin = {"origin": link.partition("/enter")[0]}
            assert ada.post("/answer", data=data, headers=origin).status_code == 303
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0
    (row,) = (tmp_path / "run" / "judgements.jsonl").read_text().splitlines()
    assert sorted(json.loads(row)["belief"]) == [0.4, 0.6]


@pytest.mark.parametrize("signals", [("SIGINT", "SIGTERM"), ("SIGTERM", "SIGINT", "SIGTERM")])
def test_a_second_signal_does_not_interrupt_the_report(tmp_path, signals):
    words = ["judge", "--protocol", "blind", "--task", "cases,count=2", "--out", "run"]
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *words],
        cwd=tmp_path,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as server:
        next(line for line in server.stdout if line.startswith("http"))
        server.send_signal(getattr(signal, signals[0]))
        next(line for line in server.stdout if line.startswith("closing"))
        for name in signals[1:]:
            server.send_signal(getattr(signal, name))
        _, err = server.communicate("go on\n")
    assert (server.returncode, err) == (0, "")
    assert (tmp_path / "run" / "report.html").is_file()
    assert (tmp_path / "run" / "judgements.jsonl").is_file()


@pytest.mark.parametrize("when", ["LOGGING", "MAKING", "EARLY"])
def test_an_interrupt_before_the_server_runs_leaves_no_warning(tmp_path, warm, when):
    code = {"LOGGING": LOGGING, "MAKING": MAKING, "EARLY": EARLY}[when]
    words = [warm, "-c", code, "judge", "--protocol", "blind", "--task", "cases,count=2"]
    words += ["--out", "run"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "run" / "report.html").is_file()


LOGGING = """
import logging, os, signal, uvicorn
acquire, configure = logging.Handler.acquire, uvicorn.Config.configure_logging
def interrupted(self):
    logging.Handler.acquire = acquire
    os.kill(os.getpid(), signal.SIGINT)
    acquire(self)
def configuring(self):
    logging.Handler.acquire = interrupted
    configure(self)
uvicorn.Config.configure_logging = configuring
from truing.cli import main
main()
"""

MAKING = """
import asyncio, os, signal
class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        os.kill(os.getpid(), signal.SIGINT)
        super().__init__()
class Runner(asyncio.Runner):
    def __init__(self, **_):
        super().__init__(loop_factory=Loop)
asyncio.Runner = asyncio.runners.Runner = Runner
from truing.cli import main
main()
"""

EARLY = """
import asyncio, os, signal
class Runner(asyncio.Runner):
    def run(self, *args, **kwargs):
        os.kill(os.getpid(), signal.SIGINT)
        return super().run(*args, **kwargs)
asyncio.Runner = asyncio.runners.Runner = Runner
from truing.cli import main
main()
"""

SLOW = """
import sys
from truing.lab import JudgeSession
close = JudgeSession.close
def slow(folder):
    print("closing", flush=True)
    assert sys.stdin.readline() .strip() == "go on"
    return close(folder)
JudgeSession.close = slow
from truing.cli import main
main()
"""
