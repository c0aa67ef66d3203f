"""Comparing runs: configuration differences, result differences and their intervals."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from truing.errors import UserError
from truing.lab import run
from truing.measures import holm
from truing.report import compare_runs, compare_table, comparison_finding, write_comparison
from truing.report.compare._table import notes, setting_text
from truing.studies import LocalEngine, Store, Study


@pytest.fixture
def study_run(tiny, tmp_path, store):
    """Runs a small study into a folder of this name."""

    def make(name, **options):
        asked = {"tasks": str(tiny), "weak": "pca-1", "strong": "pca-5", "methods": "naive"}
        study = Study(**{**asked, "seeds": 3, **options})
        return run(study, out=tmp_path / name, engine=LocalEngine(1), store=store)

    return make


def table_text(found):
    import io

    from rich.console import Console

    written = io.StringIO()
    Console(file=written, width=80, highlight=False).print(compare_table(found))
    return written.getvalue()


def test_a_repeated_study_has_no_differences(study_run):
    folders = [study_run(name).folder for name in ("one", "two")]
    found = compare_runs(folders)
    assert (found.settings, found.compared) == ((), ())
    assert comparison_finding(found)[0].startswith("The runs have equal results on the shared")
    assert found.unchanged == 3  # weak, transfer and ceiling
    assert "configuration: no differences" in table_text(found)
    assert notes(found)[0].startswith("3 accuracies come from the same steps in both runs")


def test_every_field_that_differs_is_named(study_run):
    one = study_run("one", methods=["naive"])
    two = study_run("two", methods=["naive", "gce"], seeds=2, baseline="paired")
    found = compare_runs([one.folder, two.folder])
    settings = {setting.field: setting.values for setting in found.settings}
    assert settings == {
        "methods": (["naive"], ["naive", "gce"]),
        "seeds": (3, 2),
        "baseline": ("pinned", "paired"),
    }


def test_a_method_of_another_run_is_compared_as_within_one_run(study_run):
    one = study_run("one", methods="naive")
    two = study_run("two", methods="shuffled")
    both = study_run("both", methods=["naive", "shuffled"])
    (compared,) = compare_runs([one.folder, two.folder]).compared
    inside = both.rows[1].difference
    assert compared.names["method"] == ("naive", "shuffled")
    assert compared.paired
    assert (compared.value, compared.low, compared.high, compared.p) == (
        inside.value,
        inside.low,
        inside.high,
        inside.p,
    )
    assert compared.verdict == "lower"


def test_rows_that_differ_only_in_the_method_are_compared(study_run):
    one = study_run("one", weak=["pca-1", "pca-2"], methods=["naive", "gce"])
    two = study_run("two", weak="pca-1", methods=["naive", "reverse-kl"])
    found = compare_runs([one.folder, two.folder])
    pairs = [tuple(one.names[part] for part in ("weak", "method")) for one in found.compared]
    assert pairs == [(("pca-1", "pca-1"), ("gce", "reverse-kl"))]
    assert found.alone == (
        ("tiny.jsonl: pca-2 supervises pca-5, gce", "tiny.jsonl: pca-2 supervises pca-5, naive"),
        (),
    )


def test_a_study_of_objects_is_paired_by_the_objects_in_its_folder(study_run, monkeypatch):
    labels = np.random.default_rng(0).dirichlet(np.ones(3), size=160)
    one = study_run("one", weak={"mine": labels}, methods="naive")
    two = study_run("two", weak={"mine": labels}, methods="gce")
    monkeypatch.setattr("truing.given._kept", {})  # as in another process
    (compared,) = compare_runs([one.folder, two.folder]).compared
    assert compared.paired


def test_several_methods_in_place_of_one_have_no_counterpart(study_run):
    one = study_run("one", methods=["naive", "gce"])
    two = study_run("two", methods=["naive", "reverse-kl", "shuffled"])
    found = compare_runs([one.folder, two.folder])
    assert found.compared == ()
    assert [len(names) for names in found.alone] == [1, 2]


def test_p_values_are_corrected_over_all_comparisons(study_run):
    one = study_run("one", methods=["naive"])
    two = study_run("two", weak="pca-2")
    three = study_run("three", strong="pca-3")
    found = compare_runs([run.folder for run in (one, two, three)])
    assert [one.quantity for one in found.compared if one.run == 1] == [
        "weak accuracy",
        "transfer accuracy",
    ]
    assert [one.quantity for one in found.compared if one.run == 2] == [
        "transfer accuracy",
        "ceiling accuracy",
    ]
    assert [one.p_holm for one in found.compared] == pytest.approx(
        holm([one.p for one in found.compared]).tolist()
    )


def test_seeds_of_only_one_run_are_excluded_and_noted(study_run):
    one = study_run("one", methods="naive", seeds=[0, 1, 2])
    two = study_run("two", methods="gce", seeds=[2, 1, 7])
    (compared,) = compare_runs([one.folder, two.folder]).compared
    assert (compared.paired, compared.seeds) == (True, 2)
    assert "2 shared seeds, of 3 and 3" in compared.note
    alone = study_run("alone", methods=["naive", "gce"], seeds=[2, 1])
    assert compared.value == pytest.approx(alone.rows[1].difference.value)


@pytest.mark.parametrize("why", ["store", "seeds", "data"])
def test_unpaired_rows_are_compared_by_intervals_with_the_reason(why, study_run, tiny, tmp_path):
    one = study_run("one", methods="naive")
    two = study_run("two", methods="shuffled", seeds=[7, 8, 9] if why == "seeds" else 3)
    store = Store(tmp_path / "empty") if why == "store" else None
    if why == "data":
        tiny.write_text("".join(tiny.read_text().splitlines(keepends=True)[:-1]))
    found = compare_runs([one.folder, two.folder], store)
    compared = next(one for one in found.compared if one.quantity == "transfer accuracy")
    told = {
        "store": "the store no longer contains",
        "seeds": "share no seed",
        "data": "the store no longer contains",
    }
    assert not compared.paired
    assert told[why] in compared.note
    first, second = one.rows[0], two.rows[0]
    assert compared.value == pytest.approx(second.transfer_accuracy - first.transfer_accuracy)
    below = np.hypot(
        second.transfer_accuracy - second.transfer_low,
        first.transfer_high - first.transfer_accuracy,
    )
    assert compared.low == pytest.approx(compared.value - below)
    assert "not paired" in table_text(found)


def test_recorded_results_are_used_if_the_store_does_not_reproduce_them(study_run):
    one, two = study_run("one", methods="naive"), study_run("two", methods="gce")
    results = two.folder / "results.jsonl"
    row = json.loads(results.read_text())
    results.write_text(json.dumps({**row, "transfer_accuracy": row["transfer_accuracy"] - 0.1}))
    (compared,) = compare_runs([one.folder, two.folder]).compared
    assert "do not reproduce" in compared.note
    assert compared.second == row["transfer_accuracy"] - 0.1


def test_unpaired_differences_touch_zero_where_their_p_is_five_percent():
    from truing.measures import Estimate
    from truing.report.compare import unpaired_difference

    first, value = Estimate(0.5, 0.4, 0.6), 0.5 + np.hypot(0.1, 0.1)
    assert unpaired_difference(first, Estimate(value, 0.6, 0.8)).high > 0.2
    assert unpaired_difference(first, first).p == 1.0
    assert unpaired_difference(first, Estimate.point(0.6)) is None
    touching = unpaired_difference(first, Estimate(value, value - 0.1, value + 0.1))
    assert touching.low == pytest.approx(0.0)
    assert touching.p == pytest.approx(0.05)


def rows_of(tmp_path, name, belief, fingerprint="same", protocol="debate"):
    """A run of oversight whose judge gives the truth this belief, 30 questions long."""
    folder = tmp_path / name
    folder.mkdir()
    rng = np.random.default_rng(3)
    rows = []
    for i in range(30):
        p = belief if rng.random() < 0.8 else 1 - belief
        rows.append(
            {
                "question": f"q{i}",
                "cluster": f"c{i // 2}",
                "protocol": protocol,
                "truth": 0,
                "belief": [p, 1 - p],
            }
        )
    config = {"protocols": {protocol: {"name": protocol}}, "fingerprint": fingerprint}
    (folder / "oversight.json").write_text(json.dumps(config))
    (folder / "judgements.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_protocols_of_two_runs_are_paired_on_their_questions(tmp_path):
    folders = [rows_of(tmp_path, "one", 0.2), rows_of(tmp_path, "two", 0.9)]
    (compared,) = compare_runs(folders).compared
    assert compared.paired
    assert compared.items == 30
    assert compared.low < compared.value < compared.high
    assert compared.verdict == "higher"
    (turned,) = compare_runs(folders[::-1]).compared
    assert (turned.value, turned.verdict) == (-compared.value, "lower")
    assert (turned.low, turned.high) == pytest.approx((-compared.high, -compared.low), abs=0.03)


def test_questions_of_different_files_differ_despite_equal_names(tmp_path):
    folders = [rows_of(tmp_path, "one", 0.2), rows_of(tmp_path, "two", 0.9, fingerprint="other")]
    (compared,) = compare_runs(folders).compared
    assert not compared.paired
    assert "different questions" in compared.note
    assert compared.low < compared.value < compared.high


def test_a_protocol_of_only_one_run_is_noted(tmp_path):
    folders = [rows_of(tmp_path, "one", 0.9), rows_of(tmp_path, "two", 0.9, protocol="blind")]
    found = compare_runs(folders)
    assert found.compared == ()
    assert found.alone == (("debate",), ("blind",))
    fields = [(one.field, [setting_text(value) for value in one.values]) for one in found.settings]
    assert fields == [("protocols.debate", ["present", "-"]), ("protocols.blind", ["-", "present"])]


def left_out(folder, count, **changed):
    """The run with the first verdicts changed so that they are left out."""
    path = folder / "judgements.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [row | changed if i < count else row for i, row in enumerate(rows)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.mark.parametrize("sides", ["first", "second", "both"])
@pytest.mark.parametrize(
    ("changed", "told"),
    [({"mute": 1}, "30 mute, 0 unread"), ({"belief": None}, "0 mute, 30 unread")],
)
def test_a_protocol_without_a_countable_play_has_no_value(tmp_path, changed, told, sides):
    folders = [rows_of(tmp_path, "one", 0.2), rows_of(tmp_path, "two", 0.9)]
    empty = {"first": [0], "second": [1], "both": [0, 1]}[sides]
    for number in empty:
        left_out(folders[number], 30, **changed)
    found = compare_runs(folders)
    (compared,) = found.compared
    values = [compared.first, compared.second]
    assert [i for i, value in enumerate(values) if value is None] == empty
    assert (compared.value, compared.p, compared.verdict) == (None, None, "inconclusive")
    for number in empty:
        why = f"no value for debate in run {number}: all 30 plays were left out ({told})"
        assert why in compared.note
    shown = " ".join(table_text(found).split())
    assert "no value inconclusive" in shown
    assert f"all 30 plays were left out ({told})" in shown
    assert "unpaired" not in shown.lower()
    write_comparison(found, tmp_path / "out")
    assert "no value" in (tmp_path / "out" / "comparison.html").read_text()


def test_each_run_keeps_its_treatment_of_mute_speeches(tmp_path):
    names = ("excluded", "counted", "again")
    folders = [left_out(rows_of(tmp_path, name, 0.9), 10, mute=1) for name in names]
    for folder in folders[1:]:
        (folder / "environment.json").write_text('{"on_mute": "count"}')
    found = compare_runs(folders[:2])
    assert found.compared[0].items == 20
    named = [(one.field, one.values) for one in found.settings]
    assert named == [("on_mute", ("exclude", "count"))]
    found = compare_runs(folders[1:])
    assert found.compared[0].items == 30
    assert found.settings == ()


def broken(folder, what):
    if what == "nothing":
        shutil.rmtree(folder)
        folder.mkdir()
    elif what == "unfinished":
        (folder / "results.jsonl").unlink()
    elif what == "cut":
        results = folder / "results.jsonl"
        results.write_text(results.read_text()[:-40])
    elif what == "newer":
        (folder / "results.jsonl").write_text('{"task": "digits"}\n')
    elif what == "words":
        results = folder / "results.jsonl"
        row = json.loads(results.read_text())
        results.write_text(json.dumps({**row, "weak_accuracy": "high"}))
    elif what == "list":
        (folder / "study.json").write_text("[]")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("nothing", "contains no run"),
        ("unfinished", "is not finished"),
        ("cut", "line 1 is not JSON"),
        ("newer", "row 1 of results.jsonl has no weak"),
        ("words", "has no weak_accuracy"),
        ("list", "is not a JSON object"),
    ],
)
def test_a_broken_folder_is_one_clear_line(what, told, study_run, tmp_path):
    folder = study_run("one").folder
    other = shutil.copytree(folder, tmp_path / "other")
    broken(other, what)
    with pytest.raises(UserError, match=told) as raised:
        compare_runs([folder, other])
    assert "\n" not in str(raised.value)
    assert "other" in str(raised.value)


def test_a_study_with_an_unknown_field_is_compared_by_its_rows(study_run, tmp_path):
    folder = study_run("one").folder
    other = shutil.copytree(folder, tmp_path / "other")
    study = json.loads((other / "study.json").read_text())
    (other / "study.json").write_text(json.dumps({**study, "temperature": 1}))
    found = compare_runs([folder, other])
    assert [one.field for one in found.settings] == ["temperature"]
    assert all("cannot be reconstructed" in one.note for one in found.compared)


def test_runs_of_different_kinds_are_not_compared(study_run, tmp_path):
    with pytest.raises(UserError, match="compare runs of one kind"):
        compare_runs([study_run("one").folder, rows_of(tmp_path, "two", 0.9)])


def test_the_page_escapes_names_and_loads_nothing(tmp_path):
    name = "<script>alert(1)</script>"
    folders = [
        rows_of(tmp_path, "one", 0.2, protocol=name),
        rows_of(tmp_path, "two", 0.9, protocol=name),
    ]
    write_comparison(compare_runs(folders), tmp_path / "out")
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "src=" not in page
    assert "default-src 'none'" in html.unescape(page)
    assert all((tmp_path / "out" / link).is_file() for link in re.findall(r'href="(c[^"]+)"', page))


def test_every_difference_is_drawn_with_its_interval(tmp_path):
    folders = [rows_of(tmp_path, "one", 0.2), rows_of(tmp_path, "two", 0.9)]
    found = compare_runs(folders)
    write_comparison(found, tmp_path / "out")
    with (tmp_path / "out" / "charts" / "differences.csv").open() as held:
        (row,) = csv.DictReader(held)
    (compared,) = found.compared
    assert [float(row[name]) for name in ("low", "difference", "high")] == [
        compared.low,
        compared.value,
        compared.high,
    ]
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert written == json.loads(json.dumps(found.to_json()))


def test_an_unwritable_folder_is_one_line_that_fits_python_and_the_command_line(tmp_path):
    found = compare_runs([rows_of(tmp_path, name, 0.2) for name in ("one", "two")])
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"with --out \(in Python: folder=FOLDER\)$"):
        write_comparison(found, tmp_path / "file")


def test_the_table_is_eighty_columns_wide(study_run):
    one = study_run("one", weak="pca-1", methods=["naive", "gce"])
    two = study_run("two", weak="pca-2", methods=["naive", "gce"])
    shown = table_text(compare_runs([one.folder, two.folder]))
    assert max(map(len, shown.splitlines())) <= 80
    assert "pca-1 → pca-2 supervises pca-5" in shown


def test_many_values_of_only_one_run_are_listed_in_part(study_run):
    methods = ["naive", *(f"confidence,alpha_max=0.{at}" for at in range(1, 10))]
    one, two = study_run("one", seeds=2), study_run("two", seeds=2, methods=methods)
    shown = " ".join(table_text(compare_runs([one.folder, two.folder])).split())
    assert shown.count("pca-1 supervises pca-5, confidence") == 8
    assert "and 1 more." in shown


def test_the_command_prints_exactly_the_files_that_it_wrote(study_run, truing, tmp_path):
    folder = str(study_run("one").folder)
    _, shown, _ = truing("compare", folder, folder, "--out", str(tmp_path / "out"))
    told = " ".join(shown.splitlines()).rpartition(": ")[2].split(", ")
    assert {name.rstrip("/") for name in told} == {one.name for one in (tmp_path / "out").iterdir()}


def test_the_command_prints_json_and_writes_a_page(study_run, tmp_path, warm):
    folders = [str(study_run("one").folder), str(study_run("two", methods="gce").folder)]
    out = tmp_path / "out"
    words = [warm, "-m", "truing", "compare", *folders, "--json", "--out", str(out)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (compared,) = json.loads(done.stdout)["compared"]
    assert compared["paired"]
    assert (out / "comparison.html").read_text().lower().startswith("<!doctype html>")
    done = subprocess.run([*words[:4], folders[0]], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
