"""Replay of a recorded competition: what full release shows, and what the Ladder releases."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from truing.research import ReleaseRule
from truing.sources import import_file

REPLAY = import_file(Path(__file__).parents[2] / "examples" / "leaderboard_replay.py")
Row = REPLAY.Row


def test_the_ladder_releases_steps_and_full_release_shows_every_record():
    # 400 items: the step is 1.5 / sqrt(400) = 0.075.
    rows = [Row("a", 0.71), Row("b", 0.76), Row("a", 0.60), Row("b", 0.78, 0.70), Row("c", 0.79)]
    found = REPLAY.replay(rows, 400, ReleaseRule(), baseline=0.70)
    assert (found.submissions, found.records, found.released) == (5, 4, 1)
    assert found.best_full == 0.79
    assert found.best_ladder == pytest.approx(0.775)
    assert found.withheld == 0.75
    assert found.private_ladder == 0.70
    assert math.isnan(found.private_lost)  # the private score of the last record is not known


def test_the_winner_on_public_items_can_lose_on_private_items():
    rows = [Row("a", 0.80, 0.79), Row("b", 0.82, 0.70)]
    found = REPLAY.replay(rows, 400, ReleaseRule(), baseline=0.70)
    assert found.private_lost == pytest.approx(-0.09)


def test_nothing_above_the_baseline_has_no_share():
    found = REPLAY.replay([Row("a", 0.5)], 400, ReleaseRule(), baseline=0.70)
    assert found.records == 0
    assert math.isnan(found.withheld)


def test_the_interval_covers_the_choice_of_teams():
    rows = [Row(str(team), 0.70 + team / 100) for team in range(10)]

    def records(some):
        return REPLAY.replay(some, 400, ReleaseRule(), 0.7).records

    low, high = REPLAY.interval(rows, records, np.random.default_rng(0))
    # With 9 records, each kept with probability 1 - 1/e or so: 3.5 to 8 at the outside.
    assert 2 <= low < high <= 9


def test_a_csv_file_is_read_in_order_of_time(tmp_path):
    path = tmp_path / "board.csv"
    path.write_text(
        "TeamId,TeamName,SubmissionDate,Score\n2,b,2020-01-02 00:00:00,0.8\n"
        '1,"a, b",2020-01-01 00:00:00,0.7\n'
    )
    assert REPLAY.read_csv(path) == [Row("1", 0.7), Row("2", 0.8)]


def test_a_bundle_is_replayed_with_the_rule_of_its_run(shared_bundle):
    words = [sys.executable, Path(REPLAY.__file__), shared_bundle, "--items", "539"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert "5 submissions of 3 teams, 539 public items" in done.stdout
    assert "released by the Ladder: 0" in done.stdout
