"""Comparison of studies with a shift: certificates, and differences at home and in domains."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from tests.report.folders import row, shifted, study_folder
from truing.errors import UserError
from truing.lab import run
from truing.report import compare_runs, compare_table, comparison_page
from truing.report.compare._table import notes
from truing.studies import LocalEngine, Study


@pytest.fixture
def compared(tmp_path, store):
    """Compare studies of these rows."""

    def make(*studies):
        folders = [
            study_folder(tmp_path / f"run-{number}", list(rows))
            for number, rows in enumerate(studies)
        ]
        return compare_runs(folders, store)

    return make


def table_text(found, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(compare_table(found))
    return console.file.getvalue()


FIRST = shifted(row(), amazon=0.4, imdb=0.1)


def test_accuracies_are_compared_at_home_and_in_each_shared_domain(compared):
    second = shifted(row(transfer_accuracy=0.85), imdb=0.2, wine=0.3)
    found = compared([FIRST], [second])
    transfers = [one for one in found.compared if one.quantity == "transfer accuracy"]
    assert [one.names.get("domain") for one in transfers] == [None, ("imdb", "imdb")]
    assert [one.value for one in transfers] == [pytest.approx(0.05)] * 2
    assert len(found.compared) == 6  # supervisor, student and ceiling
    text = table_text(found)
    assert "digits: pca-4 supervises spectral-16, in the domain imdb" in text
    assert "Domains that run 1 lacks: amazon." in text
    assert "Domains that run 0 lacks: wine." in text


def test_each_run_shows_its_certificate(compared):
    found = compared([FIRST, row(method="gce")], [shifted(row(pgr=0.6), amazon=0.3)])
    (first, second) = found.certificates
    assert first.name == "digits: pca-4 supervises spectral-16, naive"
    assert first.texts == [
        "0.50 [0.40, 0.60] at home, 0.10 [-0.05, 0.25] in the worst of 2 domains (imdb)",
        "0.60 [0.40, 0.60] at home, 0.30 [0.15, 0.45] in the domain amazon",
    ]
    assert second.texts == ["0.50 [0.40, 0.60] at home, no shift", "not in this run"]
    assert f"  run 0: {first.texts[0]}" in table_text(found, 120).splitlines()
    (section,) = [one for one in comparison_page(found).sections if one.heading == "Under shift"]
    assert section.tables[0].rows[0] == (first.name, *first.texts)
    stated = json.loads(json.dumps(found.to_json()))["certificates"][0]["runs"]
    assert stated[0]["worst"]["domain"] == "imdb"
    assert [one["domain"] for one in stated[0]["domains"]] == ["amazon", "imdb"]


def test_a_run_without_a_shift_is_compared_at_home_and_says_so(compared):
    for studies in (([FIRST], [row()]), ([row()], [FIRST])):
        found = compared(*studies)
        assert {one.names.get("domain") for one in found.compared} == {None}
        number = [bool(rows[0].shift) for rows in studies].index(False)
        assert f"Run {number} has no shift: its results are compared at home only." in notes(found)


def test_runs_without_a_shift_have_no_certificates(compared):
    found = compared([row()], [row(transfer_accuracy=0.85)])
    assert found.certificates == ()
    assert "under shift" not in table_text(found)


def test_a_broken_domain_is_one_clear_line(compared, tmp_path):
    stated = FIRST.to_json()
    del stated["shift"]["domains"][1]["weak_accuracy"]
    folders = [study_folder(tmp_path / name, [FIRST]) for name in ("one", "two")]
    (folders[1] / "results.jsonl").write_text(json.dumps(stated) + "\n")
    with pytest.raises(UserError, match=r"row 1 of results\.jsonl has no weak_accuracy"):
        compare_runs(folders)


def vectors(seed, turn=0.0):
    """Vectors whose class is the sign of a direction, which turns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(120, 6))
    direction = np.array([np.cos(turn), np.sin(turn), 0, 0, 0, 0])
    return X, (X @ direction + 0.3 * rng.normal(size=120) > 0).astype(int)


@pytest.fixture
def study_run(tmp_path, store):
    """Runs a small study with two domains into a folder of this name."""

    def make(name, **options):
        given = {
            "tasks": {"here": vectors(0)},
            "test_on": {"near": vectors(1), "far": vectors(2, turn=1.0)},
            "weak": "pca-2",
            "strong": "pixels,l2=1",
            "methods": "naive",
            "seeds": 2,
        }
        study = Study(**{**given, **options})
        return run(study, out=tmp_path / name, engine=LocalEngine(1), store=store)

    return make


def test_differences_in_a_domain_are_paired_and_those_of_one_study(study_run):
    folders = [study_run(name, methods=name).folder for name in ("naive", "shuffled")]
    found = compare_runs(folders)
    both = study_run("both", methods=["naive", "shuffled"])
    there = {None: both.rows[1], **{one.domain: one for one in both.rows[1].shift.domains}}
    assert len(found.compared) == 3  # students; supervisors and ceilings have the same steps
    for one in found.compared:
        inside = there[one.names.get("domain", [None])[0]].difference
        assert one.paired
        assert (one.value, one.low, one.high, one.p) == (
            inside.value,
            inside.low,
            inside.high,
            inside.p,
        )


def test_other_items_of_the_same_task_are_scored_apart(study_run):
    shift = {"test_on": [], "balance": 0.8}
    folders = [study_run(name, methods=name, **shift).folder for name in ("naive", "shuffled")]
    found = compare_runs(folders)
    assert len(found.compared) == 2
    assert all(one.paired for one in found.compared)
    assert len({one.value for one in found.compared}) == 2


def test_a_run_with_a_domain_is_compared_with_a_run_without(study_run):
    alone = study_run("alone", test_on=[], methods="shuffled")
    found = compare_runs([study_run("with").folder, alone.folder])
    assert [one.names.get("domain") for one in found.compared] == [None]
    assert "Run 1 has no shift: its results are compared at home only." in notes(found)
    assert json.loads(json.dumps(found.to_json()))["certificates"][1]["runs"][0] is None
