"""Live progress of a run, which its folder states for other processes."""

from __future__ import annotations

import json

from truing.runs import Live


def test_progress_is_written_at_most_once_a_second(tmp_path):
    with Live(tmp_path) as live:
        live("train", 1, 100)
        first = (tmp_path / "progress.json").stat().st_ino
        for done in range(2, 50):
            live("train", done, 100)
        assert (tmp_path / "progress.json").stat().st_ino == first
    held = json.loads((tmp_path / "progress.json").read_text())
    assert (held["state"], held["done"]) == ("finished", 49)


def test_unwritable_progress_stops_no_run(tmp_path):
    seen = []
    with Live(tmp_path / "not-there", lambda *told: seen.append(told)) as live:
        live("train", 1, 2, 7)
    assert seen == [("train", 1, 2, 7)]
