"""What a row says, and that it says it with care."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.report.page._study_charts import draw_students
from truing.studies import LocalEngine, Store, Study, complete, make_plan, make_rows


def rows_of(study, store=None):
    plan = make_plan(study)
    store = store or Store()
    complete(plan, store, LocalEngine(1))
    return {row.method: row for row in make_rows(plan, store)}


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    study = Study(
        tasks="digits",
        weak="pca-8",
        strong="spectral-16",
        methods=["naive", "confidence", "oracle", "shuffled"],
        seeds=5,
        diagnostics=True,
    )
    return rows_of(study, Store(tmp_path_factory.mktemp("digits")))


def test_the_oracle_recovers_the_whole_gap(digits):
    oracle = digits["oracle"]
    assert (oracle.pgr, oracle.pgr_low, oracle.pgr_high) == (1, 1, 1)


def test_shuffled_labels_recover_nothing(digits):
    assert digits["shuffled"].pgr_high < 0
    assert digits["shuffled"].difference.verdict == "worse"


def test_values_lie_in_their_intervals(digits):
    for row in digits.values():
        assert row.pgr_low <= row.pgr <= row.pgr_high
        for role in ("weak", "transfer", "ceiling"):
            low, high = getattr(row, f"{role}_low"), getattr(row, f"{role}_high")
            assert low < getattr(row, f"{role}_accuracy") < high


def test_pgr_is_the_share_of_the_gap(digits):
    row = digits["naive"]
    share = (row.transfer_accuracy - row.weak_accuracy) / (row.ceiling_accuracy - row.weak_accuracy)
    assert row.pgr == pytest.approx(share)
    assert 0.6 < row.pgr < 0.95


def test_the_same_supervisor_has_the_same_interval_in_every_row(digits):
    assert len({(row.weak_low, row.weak_high) for row in digits.values()}) == 1


def test_only_other_methods_are_compared_with_naive(digits):
    assert digits["naive"].difference is None
    gain = digits["oracle"].transfer_accuracy - digits["naive"].transfer_accuracy
    assert digits["oracle"].difference.value == pytest.approx(gain)
    assert all(
        row.difference.p_holm >= row.difference.p for row in digits.values() if row.difference
    )


def test_without_naive_there_is_no_comparison(tiny):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-4", methods="gce", seeds=2)
    assert rows_of(study)["gce"].difference is None


def test_pgr_is_undefined_where_the_ceiling_is_not_above_the_supervisor(tiny):
    study = Study(tasks=str(tiny), weak="pca-5", strong="pca-1", methods="naive", seeds=3)
    row = rows_of(study)["naive"]
    assert row.ceiling_accuracy < row.weak_accuracy
    assert (row.pgr, row.pgr_low, row.pgr_high) == (None, None, None)
    assert "not above" in row.note


def test_a_row_of_one_seed_has_a_note_about_seeds(tiny):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods="naive", seeds=1)
    assert "seed" in rows_of(study)["naive"].note


def test_a_paired_baseline_averages_the_pgr_of_each_seed(tiny):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods="naive", seeds=4)
    plan, store = make_plan(study.model_copy(update={"baseline": "paired"})), Store()
    complete(plan, store, LocalEngine(1))
    (row,) = make_rows(plan, store)
    (source,) = plan.sources.values()
    test = source.task.splits(0).test
    truth = source.vault.reveal(test, "score")
    accuracy = {
        role: np.array(
            [
                (store.read(step.key)["beliefs"][test].argmax(axis=1) == truth).mean()
                for step in steps
            ]
        )
        for role, steps in plan.lines[0].score.parents.items()
    }
    weak, transfer, ceiling = (accuracy[role] for role in ("weak", "transfer", "ceiling"))
    assert row.baseline == "paired"
    assert row.pgr == pytest.approx(np.mean((transfer - weak) / (ceiling - weak)))


def test_a_simulated_supervisor_is_called_simulated(tiny):
    study = Study(
        tasks=str(tiny),
        weak="simulated-noise,accuracy=0.7",
        strong="pca-5",
        methods="naive",
        seeds=8,
    )
    row = rows_of(study)["naive"]
    assert row.simulated
    assert "simulated" in row.weak
    assert row.pgr > 0


def test_recorded_labels_supervise(tiny, tmp_path):
    from truing.tasks import load_task

    source = load_task(str(tiny))
    truth = source.vault.reveal(np.arange(len(source.task)), "plant")
    labels = [{"id": one, "choice": int(t)} for one, t in zip(source.task.ids, truth, strict=True)]
    for i in range(0, 160, 4):
        labels[i]["choice"] = (labels[i]["choice"] + 1) % 3
    path = write_jsonl(tmp_path / "labels.jsonl", labels)
    study = Study(
        tasks=str(tiny), weak=f"recorded:{path}", strong="pca-5", methods="naive", seeds=2
    )
    row = rows_of(study)["naive"]
    test = source.task.splits(0).test
    assert row.weak_accuracy == pytest.approx(np.mean(test % 4 != 0))
    assert not row.simulated


def test_diagnostics_are_optional_and_state_their_assumptions(digits, tiny_study):
    assert rows_of(tiny_study)["naive"].diagnostics is None
    found = digits["naive"].diagnostics
    assert set(found) == {
        "misfit",
        "kl_misfit",
        "error_correction",
        "capa",
        "calibration",
        "class_accuracy",
    }
    for part in found.values():
        assert part["assumptions"]
        assert all(set(one) == {"assumption", "holds"} for one in part["assumptions"])
    assert not any(one["holds"] for one in found["misfit"]["assumptions"])
    assert found["error_correction"]["corrected"]["mean"] > 0.5
    assert len(found["class_accuracy"]["values"]) == 10


def test_a_study_of_preference_pairs_reaches_a_high_ceiling(tmp_path):
    rng = np.random.default_rng(0)
    words = ["fine", "good", "kind", "bad", "poor", "rude"]
    rows = []
    for i in range(300):
        better, worse = rng.choice(words[:3], 2), rng.choice(words[3:], 2)
        noise = rng.choice(["the", "a", "one", "some"], 4)
        rows.append(
            {
                "chosen": " ".join([*better, *noise]),
                "rejected": " ".join([*worse, *noise]),
                "cluster": i // 3,
            }
        )
    path = write_jsonl(tmp_path / "pairs.jsonl", rows)
    study = Study(tasks=str(path), weak="lsa-2", strong="lsa-12", methods="naive", seeds=2)
    assert rows_of(study)["naive"].ceiling_accuracy > 0.95


def test_the_gap_on_real_digits_is_wide_enough():
    """Supervisor pca-8 near .89, students' ceilings near .98, naive PGRs near .8 and .4."""
    study = Study(
        tasks="digits",
        weak="pca-8",
        strong=["spectral-16", "spectral-64"],
        methods="naive",
        seeds=5,
    )
    plan, store = make_plan(study), Store()
    complete(plan, store, LocalEngine(1))
    small, large = make_rows(plan, store)
    assert 0.86 < small.weak_accuracy < 0.92
    assert small.ceiling_accuracy > 0.97
    assert large.ceiling_accuracy > 0.97
    assert small.pgr > large.pgr + 0.15


def test_files_with_equal_names_are_distinguished(tiny, tmp_path):
    other = tmp_path / "other" / "tiny.jsonl"
    other.parent.mkdir()
    other.write_text(tiny.read_text().replace('"a"', '"d"'))
    study = Study(
        tasks=[str(tiny), str(other)], weak="pca-1", strong="pca-4", methods="naive", seeds=1
    )
    plan = make_plan(study)
    assert [line.task for line in plan.lines] == [str(tiny), str(other)]
    alone = make_plan(study.model_copy(update={"tasks": (str(tiny),)}))
    assert [line.task for line in alone.lines] == ["tiny.jsonl"]


def test_two_spellings_of_one_method_are_one_row(tiny):
    weak, strong = ["pca-1", "pca-1,l2=1"], ["pca-4", "pca-4, l2=1.0"]
    methods = ["naive", "naive,hard=false", "gce,q=0.5", "gce,q=.50"]
    study = Study(tasks=str(tiny), weak=weak, strong=strong, methods=methods, seeds=1)
    assert [line.method for line in make_plan(study).lines] == ["naive", "gce,q=0.5"]


def test_controls_do_not_make_the_correction_stricter(tiny):
    study = Study(
        tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", "gce", "entropy"], seeds=3
    )
    more = study.model_copy(update={"methods": (*study.methods, "oracle", "shuffled")})
    alone, beside = rows_of(study), rows_of(more)
    for name in ("gce", "entropy"):
        assert beside[name].difference == alone[name].difference
    assert beside["oracle"].difference.p_holm == beside["oracle"].difference.p


def test_a_control_of_a_plugin_is_treated_like_a_built_in_control(tiny, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from truing.methods import Method, method, uniform\n"
        "@method('flat')\n"
        "def flat() -> Method:\n"
        "    'Learn labels that are nearly uniform.'\n"
        "    def targets(weak, belief, progress):\n"
        "        return 0.1 * weak + 0.9 / weak.shape[1], uniform(weak)\n"
        "    return Method(targets, static=True, control='lower')\n"
    )
    study = Study(
        tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", "gce", "entropy"], seeds=3
    )
    control = f"{path}:flat"
    more = study.model_copy(update={"methods": (*study.methods, control)})
    alone, beside = rows_of(study), rows_of(more)
    for name in ("gce", "entropy"):
        assert beside[name].difference == alone[name].difference
    row = beside[control]
    assert row.difference.p_holm == row.difference.p
    assert row.to_json()["control"] == row.control == "lower"
    assert all("control" not in one.to_json() for one in alone.values())
    assert control not in {dot["row"] for dot in draw_students(tuple(beside.values())).rows}
