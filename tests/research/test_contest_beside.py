"""A contest in two processes: one plays, and the other closes the run or writes new caps."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.research.test_contest_costs import PRICES, PROTOCOL, Model, opened, spent
from tests.waiting import wait_until
from truing.cli._referee import close
from truing.oversight import Requests
from truing.oversight.spending._ledger import Ledger
from truing.research import OversightContest, Referee, ResearchConfig
from truing.run_files import SPENDING

ENDED = 60.0  # seconds, far more than a command needs that waits for no other process


@contextmanager
def playing(place: Path, work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Context in which work runs in a thread while the ledger is in use, as by another process."""
    thread = threading.Thread(target=work, daemon=True)
    with Ledger(place / SPENDING):
        thread.start()
        yield thread
    thread.join()


def test_close_ends_the_submission_period_while_another_process_plays(tmp_path):
    place = tmp_path / "referee"
    referee = opened(place, Model().contest(tokens=10_000))
    before = (place / SPENDING).read_bytes()

    def run() -> None:
        close.main(["--folder", str(place), "--json"], standalone_mode=False)

    with playing(place, run) as thread:
        thread.join(ENDED)
        assert not thread.is_alive()
    assert referee.closed
    assert (place / SPENDING).read_bytes() == before


def test_new_caps_wait_for_the_process_that_plays_and_a_line_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("truing.progress.QUIET", 0.05)
    place, shown = tmp_path / "referee", []
    opened(place, Model().contest(prices=PRICES))

    def run() -> Any:
        return opened(place, requests=Requests(spend=5.0))

    def is_said() -> bool:
        shown.append(capsys.readouterr().err)
        return "until no other process plays the contest ..." in "".join(shown)

    with playing(place, run):
        wait_until(is_said)
        assert spent(place).spend is None
    assert spent(place).spend == 5.0


def test_close_shows_how_many_questions_are_played(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("truing.progress.QUIET", 0.0)
    monkeypatch.setattr("truing.progress.EVERY", 0.001)
    place = tmp_path / "referee"
    contest = OversightContest(questions=("cases,count=40",), other_questions=(), seeds=2)
    referee = Referee(place, ResearchConfig(problem=contest))
    referee.submit("alice", PROTOCOL)
    referee.ledger.close()
    close.main(["--folder", str(place), "--json"], standalone_mode=False)
    shown = capsys.readouterr().err
    assert re.search(
        r"^scoring the finalists: \d+ s, sealed, plays: \d+ of 32 questions$", shown, re.M
    )
