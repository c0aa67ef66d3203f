"""The dashboard shows stress tests: in the list, on their page, and side by side."""

import json
from dataclasses import replace

from tests.report.stress_rows import stress_folder, stress_row, stress_rows
from tests.server.conftest import viewing
from truing.runs import STRESS, read_state
from truing.server.view import Index


def listed(root):
    return Index([root]).runs(patience=5.0)


def test_the_headline_counts_the_detected_plants(tmp_path):
    stress_folder(tmp_path / "one")
    (run,) = listed(tmp_path)
    assert run.headline.text == "2 of 3"
    assert run.headline.what == "plants detected with 80% power at 5% false alarms"
    assert run.headline.best == "probe"
    assert run.headline.more == "2 of them by probe"


def test_plants_and_monitors_are_filters(tmp_path):
    stress_folder(tmp_path / "one")
    (run,) = listed(tmp_path)
    assert run.tasks == ("digits",)
    assert {"backdoor", "probe"} <= set(run.methods)
    assert run.size == "3 plants, 3 monitors, 3 strengths"
    client = viewing(tmp_path)
    assert "one" in client.get("/", params={"method": "liar", "kind": "stress"}).text
    assert "No matching runs" in client.get("/", params={"method": "other"}).text


def test_the_page_shows_the_power_card_and_the_detection(tmp_path):
    stress_folder(tmp_path / "one")
    client, (run,) = viewing(tmp_path), listed(tmp_path)
    text = client.get(f"/runs/{run.id}").text
    assert "Planted on purpose: model organisms" in text
    assert "0.05 [0.01, 0.05]" in text
    assert "liar costs accuracy" in text
    assert "<h2><bdi>sandbagger</bdi> (planted)</h2>" in text


def test_simulated_runs_are_marked(tmp_path):
    stress_folder(tmp_path / "one", [replace(stress_row(), simulated=True)])
    (run,) = listed(tmp_path)
    assert run.headline.simulated
    assert "Simulated" in viewing(tmp_path).get(f"/runs/{run.id}").text


def test_an_unfinished_run_shows_the_rows_so_far(tmp_path):
    folder = stress_folder(tmp_path / "one", stress_rows(["backdoor"]))
    (folder / "detections.jsonl").rename(folder / "partial.jsonl")
    assert read_state(folder, STRESS).status == "stopped"
    (run,) = listed(tmp_path)
    text = viewing(tmp_path).get(f"/runs/{run.id}").text
    assert "Partial results" in text
    assert "Power card" not in text
    assert "backdoor" in text


def test_damaged_rows_are_counted_and_names_are_escaped(tmp_path):
    folder = stress_folder(tmp_path / "one", [stress_row(plant="<b>liar</b>")])
    with (folder / "detections.jsonl").open("a") as file:
        file.write(json.dumps({"plant": 3}) + "\n")
    (run,) = listed(tmp_path)
    text = viewing(tmp_path).get(f"/runs/{run.id}").text
    assert "1 row of this run cannot be read" in text
    assert "<b>liar" not in text


def test_two_runs_are_compared(tmp_path):
    stress_folder(tmp_path / "a", [stress_row(shift=0.5)])
    stress_folder(tmp_path / "b", [stress_row(shift=3.5)], weak="pca-16")
    first, second = sorted(listed(tmp_path), key=lambda run: run.name)
    text = viewing(tmp_path).get("/compare", params={"run": [first.id, second.id]}).text
    assert "backdoor: share detected at 5%" in text
    assert "accuracy in run 0" not in text
    assert "smallest detected strength" in text
