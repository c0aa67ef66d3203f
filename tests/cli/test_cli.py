"""The command line, as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.conftest import write_jsonl


def w2s(tiny, *more):
    return [
        "w2s",
        "--task",
        tiny,
        "--weak",
        "pca-1",
        "--strong",
        "pca-5",
        "--method",
        "naive",
        "--seeds",
        2,
        "--workers",
        1,
        *more,
    ]


def test_json_contains_rows_and_work(truing, tiny):
    code, out, _ = truing(*w2s(tiny, "--method", "confidence", "--json"))
    found = json.loads(out)
    assert code == 0
    assert [row["method"] for row in found["rows"]] == ["naive", "confidence"]
    assert set(found["rows"][0]) >= {
        "task",
        "weak",
        "strong",
        "method",
        "seeds",
        "n_test",
        "weak_accuracy",
        "transfer_accuracy",
        "ceiling_accuracy",
        "pgr",
        "pgr_low",
        "pgr_high",
        "baseline",
    }
    assert found["work"] == {
        "trainings": 8,
        "extractions": 2,
        "reused": 0,
        "seconds": found["work"]["seconds"],
    }


def test_a_second_run_reuses_everything(truing, tiny):
    first = json.loads(truing(*w2s(tiny, "--json"))[1])
    second = json.loads(truing(*w2s(tiny, "--json"))[1])
    assert second["rows"] == first["rows"]
    assert (second["work"]["trainings"], second["work"]["extractions"]) == (0, 0)
    assert second["work"]["reused"] == 2 + 6 + 1


def test_dry_run_counts_and_does_nothing(truing, tiny, tmp_path, own_store):
    code, out, _ = truing(*w2s(tiny, "--dry-run"))
    assert code == 0
    assert "6 trainings and 2 extractions" in out
    assert json.loads(truing(*w2s(tiny, "--dry-run", "--json"))[1])["work"]["trainings"] == 6
    assert not (tmp_path / "runs").exists()
    assert not list(own_store.glob("*/*"))


def test_a_run_folder_has_a_readable_name_and_all_files(truing, tiny, tmp_path):
    _, out, _ = truing(*w2s(tiny))
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"runs/{folder.name}" in out
    assert "tiny" in folder.name
    assert "naive" in folder.name
    assert {path.name for path in folder.iterdir()} == {
        "study.json",
        "about.json",
        "environment.json",
        "results.jsonl",
        "report.html",
        "charts",
        "progress.json",
    }
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["tasks"]["tiny.jsonl" if "tiny.jsonl" in environment["tasks"] else str(tiny)]
    assert {"truing", "python", "packages", "work"} <= set(environment)


def test_supervisor_is_another_word_for_weak(truing, tiny):
    words = [word if word != "--weak" else "--supervisor" for word in w2s(tiny, "--json")]
    assert json.loads(truing(*words)[1])["rows"][0]["weak"] == "pca-1"


def test_a_study_of_judges_draws_the_effect_of_help(truing, tmp_path, monkeypatch):
    monkeypatch.setattr("truing.oversight.pixels._judge.STEPS", 500)
    words = ["w2s", "--supervisor", "pixel-judge,pixels=2", "--supervisor", "pixel-debate,pixels=2"]
    words += ["--strong", "pca-16", "--method", "naive", "--seeds", 1, "--workers", 1]
    code, out, _ = truing(*words, "--out", "judged")
    assert code == 0
    assert "judged: report.html, charts/" in out
    assert (
        "Effect of help on the judge" in (tmp_path / "judged" / "charts" / "help.svg").read_text()
    )
    judge, debate = json.loads(truing(*words, "--out", "judged", "--json")[1])["rows"]
    assert judge["help"] is None
    assert debate["help"]["supervisor"]["value"] > 0.2


def test_the_demo_counts_both_of_its_studies(truing):
    counts = json.loads(truing("demo", "--seeds", 1, "--dry-run", "--json")[1])
    assert counts["work"]["trainings"] > 40
    assert "46 rows" in truing("demo", "--seeds", 1, "--dry-run")[1]


def test_a_run_can_be_repeated_from_its_folder(truing, tiny, tmp_path):
    truing(*w2s(tiny, "--out", "first"))
    truing("run", "first/study.json", "--out", "second", "--workers", 1)
    first, second = (tmp_path / name / "results.jsonl" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_a_folder_of_another_study_is_not_changed(truing, tiny, tmp_path):
    truing(*w2s(tiny, "--out", "mine"))
    before = (tmp_path / "mine" / "results.jsonl").read_bytes()
    code, _, err = truing(*w2s(tiny, "--method", "gce", "--out", "mine"))
    assert code == 2
    assert "mine contains another study run; use --overwrite (in Python" in err
    assert (tmp_path / "mine" / "results.jsonl").read_bytes() == before


def test_a_table_shows_pgr_with_its_interval(truing, tiny):
    _, out, _ = truing(*w2s(tiny, "--method", "gce"))
    line = next(line for line in out.splitlines() if line.startswith("gce "))
    figure = line.split("[")[1].split("]")[0]
    low, high = map(float, figure.split(", "))
    assert low < high
    assert "6 steps reused" not in out
    assert "Holm-corrected" in out


def test_a_study_in_a_file_is_run(truing, tiny, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import truing\n"
        "def study():\n"
        f"    return truing.Study(tasks={str(tiny)!r}, weak='pca-1', strong='pca-5',"
        " methods='naive', seeds=1)\n"
    )
    code, out, _ = truing("run", "mine.py", "--json", "--workers", 1)
    assert code == 0
    assert json.loads(out)["rows"][0]["seeds"] == 1


@pytest.mark.parametrize("kind", ["tasks", "features", "methods"])
def test_list_prints_one_line_with_a_description_per_name(truing, kind, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # a narrower terminal wraps the descriptions
    code, out, _ = truing("list", kind)
    assert code == 0
    assert all(len(line.split("  ", 1)[1].strip()) > 10 for line in out.splitlines())
    assert len(out.splitlines()) == len(json.loads(truing("list", kind, "--json")[1])[kind])


def test_list_of_supervisors_says_that_students_are_supervisors_too(truing, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    *lines, last = truing("list", "supervisors")[1].splitlines()
    assert last == (
        "Any name of `truing list students` is a supervisor too: it is trained on the supervise "
        "split."
    )
    names = json.loads(truing("list", "supervisors", "--json")[1])["supervisors"]
    assert [line.split("  ", 1)[0] for line in lines] == list(names)


def test_list_without_a_kind_prints_all_kinds(truing):
    out = truing("list")[1]
    assert all(
        word in out for word in ("tasks", "digits-parity", "spectral-K", "recorded:PATH", "gce")
    )


def test_items_are_printed_as_students_see_them(truing, tmp_path):
    pairs = [{"id": i, "chosen": f"good {i}", "rejected": f"bad {i}"} for i in range(30)]
    path = write_jsonl(tmp_path / "pairs.jsonl", pairs)
    code, out, _ = truing("items", path)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["id"] for row in rows] == [str(i) for i in range(30)]
    assert {row["choices"][0].split()[0] for row in rows} == {"good", "bad"}
    assert not any({"truth", "chosen", "rejected"} & set(row) for row in rows)


def test_labels_of_pairs_follow_the_order_that_is_printed(truing, tmp_path):
    pairs = [{"id": i, "chosen": f"good {i}", "rejected": f"bad {i}"} for i in range(200)]
    path = write_jsonl(tmp_path / "pairs.jsonl", pairs)
    rows = [json.loads(line) for line in truing("items", path)[1].splitlines()]
    labels = [{"id": row["id"], "choice": int("good" in row["choices"][1])} for row in rows]
    write_jsonl(tmp_path / "labels.jsonl", labels)
    words = ["w2s", "--task", path, "--weak", "recorded:labels.jsonl", "--strong", "lsa-4"]
    out = truing(*words, "--method", "naive", "--seeds", "2", "--workers", "1", "--json")[1]
    assert json.loads(out)["rows"][0]["weak_accuracy"] == 1


PGR = [
    *(
        {"group": "a", "role": "weak", "seed": s, "accuracy": a, "n_test": 1000}
        for s, a in enumerate((0.60, 0.62))
    ),
    *(
        {"group": "a", "role": "transfer", "seed": s, "accuracy": a, "n_test": 1000}
        for s, a in enumerate((0.70, 0.74))
    ),
    *(
        {"group": "a", "role": "ceiling", "seed": s, "accuracy": a, "n_test": 1000}
        for s, a in enumerate((0.80, 0.84))
    ),
]


@pytest.mark.parametrize(
    ("baseline", "pgr"),
    [("pinned", (0.72 - 0.61) / (0.82 - 0.61)), ("paired", (0.10 / 0.20 + 0.12 / 0.22) / 2)],
)
def test_pgr_is_measured_from_recorded_accuracies(truing, tmp_path, baseline, pgr):
    path = write_jsonl(tmp_path / "accuracies.jsonl", PGR)
    code, out, _ = truing("measure", "pgr", path, "--baseline", baseline, "--json")
    (group,) = json.loads(out)["groups"]
    assert code == 0
    assert group["group"] == "a"
    assert group["pgr"] == pytest.approx(pgr)
    assert group["sd"] > 0
    assert group["low"] is None or group["low"] < pgr
    assert "PGR" in truing("measure", "pgr", path, "--baseline", baseline)[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"role": "strong"}, "line 7: unknown role 'strong'; allowed: weak, transfer, ceiling"),
        ({"accuracy": 1.2}, "line 7: accuracy must be a number from 0 to 1, got 1.2"),
        ({"accuracy": "high"}, "line 7: accuracy must be a number"),
        ({"n_test": 0}, "line 7: n_test must be a positive integer, got 0"),
        ({"seed": None}, "line 7: no field 'seed'"),
        ({}, "'a'"),
    ],
)
def test_a_wrong_accuracy_is_reported_with_its_line(truing, tmp_path, row, message):
    path = write_jsonl(tmp_path / "accuracies.jsonl", [*PGR, {**PGR[0], **row}])
    code, out, err = truing("measure", "pgr", path)
    assert code == 2
    assert message in err
    assert out == ""
    assert len(err.splitlines()) == 1


BASE = ["w2s", "--weak", "pca-8", "--strong", "spectral-64", "--method", "naive", "--seeds", "1"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*BASE, "--method", "naiv"], "unknown method 'naiv'; did you mean naive"),
        ([*BASE, "--weak", "pcaa-8"], "unknown supervisor 'pcaa-8'; did you mean pca-8"),
        (
            [*BASE, "--strong", "spectrl-64"],
            "unknown student 'spectrl-64'; did you mean spectral-64",
        ),
        ([*BASE, "--task", "digit"], "unknown task 'digit'; did you mean digits"),
        ([*BASE, "--task", "no.jsonl"], "no.jsonl: no such file"),
        (
            [*BASE, "--method", "confidence,alpha=1"],
            "no argument 'alpha'; allowed: alpha_max, warmup",
        ),
        ([*BASE, "--method", "confidence,alpha_max=2"], "alpha_max must lie in (0, 1], got 2.0"),
        ([*BASE, "--method", "confidence,alpha_max=x"], "alpha_max must be a number"),
        (
            [*BASE, "--method", "no.py:mine"],
            "no.py: no such file; name the Python file of the method 'mine'",
        ),
        (
            [*BASE, "--strong", "spectral-64,l2=0"],
            "l2 must be auto or a finite number above 0, got 0",
        ),
        ([*BASE, "--strong", "file:no.npy"], "no.npy: no such file"),
        ([*BASE, "--baseline", "moving"], "baseline"),
        ([*BASE[:-1], "0"], "seeds must be"),
        ([*BASE[:-1], "many"], "'many' is not a valid integer"),
        ([*BASE, "--workers", "0"], "workers must be 1 or more, got 0"),
        ([*BASE, "--out", "/dev/null/x"], "cannot be written to"),
        ([*BASE, "--out", ""], "--out must be the name of a folder"),
        ([*BASE, "--adapter", "lora"], "--adapter lora applies to no model"),
        (["referee", "token", "ada", "--folder", "typo"], "typo contains no research run"),
        ([*BASE, "--colour"], "--colour"),
        (BASE[:5], "the study has no method"),
        (["w2s", "--strong", "pca-8", "--method", "naive"], "the study has no weak supervisor"),
        (["demos"], "unknown command 'demos'; did you mean demo?"),
        (["list", "method"], "unknown kind of extension 'method'; did you mean methods?"),
        (["run", "no.py"], "no.py: no such file"),
        (["measure", "pgr", "no.jsonl"], "no.jsonl: no such file"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(truing, tmp_path, words, message):
    code, out, err = truing(*words)
    assert code == 2
    *sizes, mistake = err.splitlines()  # sizes of loaded tasks precede the mistake
    assert message in mistake
    assert all(line.startswith("digits: 1797 items, ") for line in sizes)
    assert out == ""
    assert not (tmp_path / "runs").exists()


BROKEN = '''
from truing.methods import Method, method

@method("short")
def short() -> Method:
    """Returns too few rows."""
    return Method(targets=lambda w, b, p: (w[:5], w[:, 0]))

@method("nan")
def nan() -> Method:
    """Returns no numbers."""
    return Method(targets=lambda w, b, p: (w * float("nan"), w[:, 0]))

@method("raises")
def raises() -> Method:
    """Raises."""
    def targets(w, b, p):
        raise RuntimeError("two\\nlines")
    return Method(targets=targets)

@method("huge")
def huge() -> Method:
    """Returns numbers that single precision cannot hold."""
    return Method(targets=lambda w, b, p: (w * 1e38, w[:, 0]))

@method("prepares")
def prepares() -> Method:
    """Fails before training."""
    def prepare(evidence):
        raise KeyError("x")
    return Method(targets=lambda w, b, p: (w, w[:, 0]), prepare=prepare)

@method("factory")
def factory() -> Method:
    """Fails at once."""
    raise KeyError("x")

@method("nothing")
def nothing() -> Method:
    """Makes nothing."""
'''


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("short", "shapes must be (48, 3) and (48,)"),
        ("nan", "returned values that are not finite"),
        ("raises", "failed: RuntimeError: two lines"),
        ("huge", "returned values that are not finite (or not below 1e+06)"),
        ("prepares", "failed: KeyError: 'x'"),
        ("factory", "failed: KeyError: 'x'"),
        ("nothing", "is not a method: it returned None"),
        (
            "other",
            "has no method 'other'; it has: short, nan, raises, huge, prepares, factory, nothing",
        ),
    ],
)
def test_a_broken_method_is_named_and_leaves_no_result(truing, tiny, tmp_path, name, message):
    (tmp_path / "broken.py").write_text(BROKEN)
    code, out, err = truing(*w2s(tiny, "--method", f"broken.py:{name}"))
    mistake = [line for line in err.splitlines() if line.startswith("truing:")]
    assert code == 2
    assert message in mistake[0]
    assert len(mistake) == 1
    assert "Traceback" not in err
    assert out == ""
    assert not (tmp_path / "runs").exists()


def test_an_unwritable_store_is_reported(truing, tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "file"))
    code, _, err = truing(*w2s(tiny))
    assert code == 2
    assert "the store" in err
    assert "set TRUING_STORE" in err


# Presses Ctrl-C when the store has its twentieth entry.
INTERRUPTED = """
import os, signal
from truing.studies import Store
written, write = [], Store.write
def interrupting(*given):
    write(*given)
    written.append(given[1])
    if len(written) == 20:
        os.kill(os.getpid(), signal.SIGINT)
Store.write = interrupting
from truing.cli import main
main()
"""


def test_an_interrupt_states_that_finished_work_is_stored(tmp_path, warm):
    command = [warm, "-c", INTERRUPTED, "demo", "--workers", "1"]
    environment = {**os.environ, "TRUING_STORE": str(tmp_path / "store")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 130
    assert (
        done.stderr.splitlines()[-1]
        == "truing: stopped; finished work is stored; run the same command again to continue"
    )
    assert "Traceback" not in done.stderr
    assert len(list((tmp_path / "store").glob("*/*"))) >= 20


def test_progress_is_shown_without_a_terminal(truing, tiny, monkeypatch):
    monkeypatch.setattr("truing.progress.QUIET", 0.0)
    _, _, err = truing(*w2s(tiny))
    assert err.splitlines()[-1] == "steps: 9 of 9, 0 reused; score"


def test_the_bare_command_shows_its_help(truing):
    code, out, _ = truing()
    assert code == 2
    assert len(out.splitlines()) > 10
    assert "Weak-to-strong studies:" in out


def test_features_that_fail_are_named(truing, tiny, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from truing.students.features import features\n"
        "@features('broken')\n"
        "def broken():\n"
        "    'Fails.'\n"
        "    return lambda task: 1 / 0\n"
    )
    code, _, err = truing(*w2s(tiny, "--strong", "mine.py:broken"))
    assert code == 2
    assert "features 'mine.py:broken' failed: ZeroDivisionError: division by zero" in err
    assert "Traceback" not in err


def test_an_unwritable_run_folder_is_reported(truing, tiny, tmp_path):
    (tmp_path / "out" / "results.jsonl").mkdir(parents=True)
    code, out, err = truing(*w2s(tiny, "--out", "out"))
    assert code == 2
    assert "the run folder out cannot be written to" in err.splitlines()[-1]
    assert out == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"results.jsonl"}


@pytest.mark.filterwarnings("default:plugin theirs:UserWarning")
def test_a_plugin_that_fails_to_import_is_omitted_with_a_warning(truing, tiny, monkeypatch):
    from types import SimpleNamespace

    from truing import sources
    from truing.methods import METHODS

    def load():
        raise ImportError("no module\nof that name")

    broken = SimpleNamespace(name="theirs", value="theirs.methods", load=load)
    monkeypatch.setattr(sources, "entry_points", lambda group: [broken])
    monkeypatch.setattr(sources, "_plugins_loaded", False)
    monkeypatch.setattr(METHODS, "loaded", False)
    code, _, err = truing(*w2s(tiny))
    told = "plugin theirs (theirs.methods) left out: ImportError: no module of that name"
    assert code == 0
    assert err.splitlines()[0] == f"truing: warning: {told}"


def test_names_with_markup_are_printed_unchanged(truing, tmp_path):
    path = write_jsonl(tmp_path / "odd.jsonl", [{**row, "group": "[/x]"} for row in PGR])
    code, out, _ = truing("measure", "pgr", path)
    assert code == 0
    assert "[/x]" in out
