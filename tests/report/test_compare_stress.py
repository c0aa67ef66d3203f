"""Two stress tests are compared by plant, strength and monitor, paired by seed."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tests.report.stress_rows import REFERENCES, SEEDS, stress_folder, stress_row
from truing.errors import UserError
from truing.measures import raise_alarms
from truing.report import compare_runs, compare_table, comparison_finding, comparison_page

WEAK, STRONG = 0.5, 3.5  # shifts of the suspicions


def folder(path, *shifts, **stated):
    rows = [stress_row(strength=0.05 * at, shift=one) for at, one in enumerate(shifts, 1)]
    return stress_folder(path, rows, **stated)


@pytest.fixture
def found(tmp_path):
    first = folder(tmp_path / "first", WEAK, STRONG)
    return compare_runs([first, folder(tmp_path / "second", STRONG, STRONG, weak="pca-16")])


def test_differences_are_paired_by_seed(found):
    (one,) = found.compared
    assert (one.paired, one.seeds, one.items) == (True, SEEDS, SEEDS)
    assert one.value == pytest.approx(one.second - one.first)
    assert one.verdict == "higher"
    assert one.names["plant"] == ("backdoor", "backdoor")


def test_rows_with_the_same_suspicions_are_unchanged(found):
    assert found.unchanged == 1


def test_differing_fields_are_named(found):
    assert [one.field for one in found.settings] == ["weak"]


def test_the_table_and_the_page_speak_of_detected_systems(found):
    console = Console(width=60, color_system=None)
    with console.capture() as captured:
        console.print(compare_table(found))
    text = captured.get()
    assert "backdoor: share detected at 5%" in text
    assert "at 0.05" in text
    assert "accurac" not in text
    assert "shares of detected systems" in comparison_finding(found)[0]
    assert "accuracy" not in comparison_page(found).text
    assert "Planted on purpose: model organisms" in comparison_page(found).badges
    assert "Planted on purpose" in text


def test_runs_with_other_seeds_are_not_paired(tmp_path):
    first = folder(tmp_path / "first", WEAK)
    second = folder(tmp_path / "second", STRONG, seeds=list(range(100, 100 + SEEDS)))
    (one,) = compare_runs([first, second]).compared
    assert not one.paired
    assert one.note == "not paired: the runs share no seed"


def test_suspicions_that_do_not_reproduce_the_alarms_are_not_paired(tmp_path):
    first = folder(tmp_path / "first", WEAK)
    row = stress_row(shift=STRONG)
    changed = replace(row, scores={**row.scores, "planted": [0.0] * SEEDS})
    (one,) = compare_runs([first, stress_folder(tmp_path / "second", [changed])]).compared
    assert "do not reproduce" in one.note


def test_alarms_of_two_sided_monitors_are_recognized(tmp_path):
    sides = [_two_sided(tmp_path / name, shift) for name, shift in (("a", -0.5), ("b", -4.0))]
    (one,) = compare_runs(sides).compared
    assert one.paired
    assert one.value > 0.5


def _two_sided(path, shift):
    row = stress_row(shift=shift)
    tpr, fpr = (
        {rate: _share(row.scores[name], row, float(rate)) for rate in row.tpr}
        for name in ("planted", "twins")
    )
    return stress_folder(path, [replace(row, tpr=tpr, fpr=fpr)])


def _share(scores, row, rate):
    from tests.report.stress_rows import share

    alarms = raise_alarms(scores, row.scores["references"], rate, two_sided=True)
    assert len(row.scores["references"]) == REFERENCES
    return share(int(np.sum(alarms)))


def test_rows_of_one_run_are_named(tmp_path):
    first = folder(tmp_path / "first", WEAK, STRONG)
    found = compare_runs([first, folder(tmp_path / "second", STRONG)])
    assert found.alone[0] == ("backdoor at 0.1, probe",)


def test_an_invalid_row_is_one_line(tmp_path):
    first = folder(tmp_path / "first", WEAK)
    second = folder(tmp_path / "second", STRONG)
    (second / "detections.jsonl").write_text('{"plant": "backdoor"}\n')
    with pytest.raises(UserError, match=r"row 1 of detections.jsonl has no monitor"):
        compare_runs([first, second])
