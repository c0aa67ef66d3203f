"""Reruns: the same seeds give the same scores, and a bundle chooses nothing that runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.research.published import config
from tests.research.test_bundle import Rows, rebuilt
from truing.errors import IsolationError, LedgerError, NoSubmissionError, UserError
from truing.research.bundle import TOLERANCE, _environment, publish, rerun
from truing.research.bundle._comparison import compare_again, compare_fresh
from truing.research.bundle._environment import describe
from truing.research.isolation import LEVELS, probe
from truing.research.problems import Evaluation, Gain, make_problem

GIVEN = probe()
SEALABLE = all(getattr(GIVEN, need) for need in LEVELS["sealed"].needs)
COMPOSITION, FILE, FOLDER = 2, 6, 8  # numbers of submissions


def test_a_composition_is_reproduced_exactly_without_the_referees_folder(shared_bundle):
    found = rerun(shared_bundle, COMPOSITION)
    assert found.same_draws
    assert found.found == found.recorded
    assert found.comparison.reproduced
    assert found.comparison.largest == 0
    assert rerun(shared_bundle, COMPOSITION, tier="sealed").comparison.largest == 0


@pytest.mark.slow
@pytest.mark.skipif(not SEALABLE, reason="this machine cannot sandbox code at the level sealed")
@pytest.mark.parametrize("number", [FILE, FOLDER])
def test_code_is_reproduced_in_the_strongest_sandbox_and_not_at_the_level_in_the_bundle(
    shared_bundle, number
):
    assert config().isolation == "limited"  # in the bundle
    found = rerun(shared_bundle, number)
    assert found.recorded.isolation.startswith("limited")
    assert found.found.isolation.startswith("sealed")
    assert found.found.gains == found.recorded.gains


def test_without_the_secret_other_seeds_and_items_are_compared_by_a_test(published_run, tmp_path):
    publish(published_run, tmp_path / "kept", keep_secret=True)
    found = rerun(tmp_path / "kept", COMPOSITION)
    assert not found.same_draws
    assert found.found.gains != found.recorded.gains
    assert "two-sample test" in found.comparison.why


def test_only_finalists_have_sealed_scores(shared_bundle):
    with pytest.raises(NoSubmissionError, match=r"was not a finalist.*finalists: 2, 8"):
        rerun(shared_bundle, 4, tier="sealed")
    with pytest.raises(NoSubmissionError, match="has no tasks of the tier 'other_tasks'"):
        rerun(shared_bundle, COMPOSITION, tier="other_tasks")
    with pytest.raises(NoSubmissionError, match="its submissions: 2, 4, 6, 8, 10"):
        rerun(shared_bundle, 99)


def test_data_that_the_bundle_does_not_use_are_refused(shared_bundle):
    with pytest.raises(UserError, match="does not use data named 'digitz'; it uses: "):
        rerun(shared_bundle, COMPOSITION, data={"digitz": Path("digits.jsonl")})


def test_a_changed_bundle_is_not_run(shared_bundle, tmp_path):
    bundle = Path(shutil.copytree(shared_bundle, tmp_path / "board"))
    (bundle / "cards" / "2.json").write_text("{}")
    with pytest.raises(LedgerError, match=r"contradicts itself: cards/2\.json"):
        rerun(bundle, COMPOSITION)


EVIL = "from pathlib import Path; Path('ran').touch()"


def name_code_as_method(rows: Rows) -> Rows:
    body = rows[1][1]
    body["content"] = "evil.py:method"
    return rows


def name_code_as_supervisor(rows: Rows) -> Rows:
    rows[0][1]["config"]["problem"]["weak"] = "evil.py:weak"
    return rows


@pytest.mark.parametrize("change", [name_code_as_method, name_code_as_supervisor])
def test_code_that_a_bundle_names_does_not_run(published_run, tmp_path, monkeypatch, change):
    monkeypatch.chdir(tmp_path)
    Path("evil.py").write_text(EVIL)
    honest = make_problem(config(folders=None, files=False), b"k" * 32)
    monkeypatch.setattr(_environment, "is_simulated", lambda config: False)
    monkeypatch.setattr("truing.research.bundle._rerun.verify_bundle", lambda place: FINE)
    bundle = rebuilt(published_run, tmp_path, change, problem=honest)
    with pytest.raises(UserError):
        rerun(bundle, COMPOSITION)
    assert not Path("ran").exists()


class FINE:
    """The result of verifying a bundle that does not contradict itself."""

    ok = True


def test_a_level_that_the_machine_lacks_is_refused(shared_bundle):
    with pytest.raises((IsolationError, UserError)):
        rerun(shared_bundle, FILE, isolation="docker")


def test_other_data_are_refused(published_run, tmp_path, monkeypatch):
    stated = describe("0" * 64, "", "", 1797)
    monkeypatch.setattr(_environment, "describe_data", lambda config, name: stated)
    publish(published_run, tmp_path / "out")
    with pytest.raises(UserError, match="in the bundle: the data differ; get the data"):
        rerun(tmp_path / "out", COMPOSITION)


# The comparison


def scored(value: float, width: float = 0.02, accuracy: float = 0.9) -> Evaluation:
    return Evaluation((Gain(value, value - width, value + width, 0.5, "task", accuracy),))


def test_small_differences_are_within_the_tolerance_and_their_reason_is_stated():
    near = compare_again(scored(0.02), scored(0.02 + TOLERANCE / 2), ["numpy: 2.0, 2.3"])
    far = compare_again(scored(0.02), scored(0.02 + 2 * TOLERANCE), [])
    assert near.reproduced
    assert "versions differ (numpy: 2.0, 2.3)" in near.why
    assert not far.reproduced
    assert "above the tolerance of 0.01; the versions are the same" in far.why
    assert not compare_again(scored(0.02), scored(0.02, accuracy=0.95), []).reproduced


def test_the_two_sample_test_has_the_right_size():
    # Standard errors of 0.02 / 1.96 each: a difference of 0.0283 is two standard errors of it.
    assert compare_fresh(scored(0.02), scored(0.02 + 0.0270), []).reproduced
    assert not compare_fresh(scored(0.02), scored(0.02 + 0.0290), []).reproduced


def test_failures_are_compared_too():
    failed = Evaluation(failure="crashed")
    for compare in (compare_again, compare_fresh):
        assert compare(failed, failed, []).reproduced
        assert not compare(failed, scored(0.02), []).reproduced
        assert "recorded: no failure; now: crashed" in compare(scored(0.02), failed, []).why


def test_rerun_as_a_command(shared_bundle, truing):
    words = ("referee", "rerun", shared_bundle, "--submission", COMPOSITION)
    code, out, _ = truing(*words)
    assert code == 0
    assert "reproduced: all gains, intervals and p-values are identical" in out
    code, _, err = truing(*words, "--data", "no-sign")
    assert code == 2
    assert "--data must be NAME=PATH, got 'no-sign'" in err
