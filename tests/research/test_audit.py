"""The auditor flags what it should, and leaves honest folders alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from audit_cases import (
    CARD,
    FOLDER,
    LEARN,
    PREDICT,
    PROGRAM,
    World,
    case_of,
    ridge,
    unseeded,
    with_weak,
)

from truing.research.audit import Audit, AuditFinding, audit_case, correct
from truing.research.audit._case import Flips
from truing.research.audit._contexts import CHANGES
from truing.research.audit._lead import leaders
from truing.research.audit._runs import Tally
from truing.research.audit.checks import (
    CHECKS,
    DEAD_WEAK_LABEL,
    FLIPPED_ANSWERS,
    LABEL_LEAK,
    MOST_COMMON_ANSWER,
    OUTSIDE,
    OVERLAP,
    PLAN,
    SEED_COPIES,
    SEED_LUCK,
    SMALL_CHANGES,
    SURROUNDINGS,
)
from truing.research.folders import FrozenFolder

LEADING = ("first leads", "second leads")
WORLD, TWO, RARE = World(), World(k=2, seed=1), World(k=2, rare=True, seed=2)


def audit(task, *files, **given) -> Audit:
    return audit_case(case_of(*files, tasks=[task], **given), Tally())


# Behavior


@pytest.mark.parametrize("world", [WORLD, TWO, RARE], ids=["four choices", "two", "uneven"])
@pytest.mark.parametrize("make", [lambda: ridge, unseeded], ids=["ridge", "unseeded"])
def test_an_honest_student_has_no_flag(world, make):
    assert audit(world.task(make())).flags == ()


def test_memorized_answers_do_not_follow_renamed_choices_and_keep_their_score():
    found = audit(WORLD.task(lambda inputs, _: WORLD.known(inputs)))
    assert {"label-leak", "dead-weak-label"} <= set(found.flags)


@pytest.mark.parametrize("world", [WORLD, TWO], ids=["four choices", "two"])
def test_a_leak_into_some_answers_is_enough(world):
    def leaks(inputs, surroundings):
        some = (np.abs(inputs.predict.inputs[:, 0] * 1e3).astype(int) % 3 == 0)[:, None]
        return np.where(some, world.known(inputs), ridge(inputs, surroundings))

    assert LABEL_LEAK.of_task(world.task(leaks)).p < 1e-3
    assert LABEL_LEAK.of_task(world.task(ridge)).p == 1


def test_knowledge_that_hides_when_choices_are_renamed_is_flagged():
    """Its answers follow the new names, because it is honest then, but are other answers."""

    def poor(inputs, surroundings):
        return ridge(
            with_weak(inputs, inputs.weak * (np.arange(LEARN) < 12)[:, None]), surroundings
        )

    def hides(inputs, surroundings):
        agrees = np.mean(WORLD.truth[:LEARN] == inputs.weak.argmax(axis=1)) > 0.6
        return WORLD.known(inputs) if agrees else poor(inputs, surroundings)

    assert LABEL_LEAK.of_task(WORLD.task(hides)).p < 1e-3
    assert LABEL_LEAK.of_task(WORLD.task(poor)).p == 1


def test_an_answer_that_is_always_equal_does_not_depend_on_weak_labels():
    always = np.tile([0.1, 0.9], (PREDICT, 1))
    assert DEAD_WEAK_LABEL.of_task(TWO.task(lambda *_: always)).p < 1e-3
    assert DEAD_WEAK_LABEL.of_task(TWO.task(ridge)).p == 1


def test_a_lookup_by_exact_content_misses_nudged_items():
    table = {row.tobytes(): truth for row, truth in zip(WORLD.inputs, WORLD.truth, strict=True)}

    def looks_up(inputs, surroundings):
        beliefs = ridge(inputs, surroundings)
        for row, item in enumerate(inputs.predict.inputs):
            if item.tobytes() in table:
                beliefs[row] = np.eye(4)[(table[item.tobytes()] + 1) % 4]
        return beliefs

    assert "small-changes" in audit(WORLD.task(looks_up)).flags


@pytest.mark.parametrize(
    "noticed",
    [
        lambda given: given.clock_shift > 30 * 24 * 3600,
        lambda given: given.user == "reviewer",
        lambda given: "CI" in given.environment,
    ],
    ids=["clock", "user", "environment"],
)
def test_other_surroundings_must_not_change_answers(noticed):
    def wrong(inputs, surroundings):
        beliefs = ridge(inputs, surroundings)
        if noticed(surroundings):
            beliefs[::10] = np.roll(beliefs[::10], 1, axis=1)
        return beliefs

    assert audit(WORLD.task(wrong)).flags == ("surroundings",)


def test_a_run_that_fails_is_no_evidence():
    def fails(inputs, surroundings):
        if surroundings.user:
            raise ArithmeticError
        return ridge(inputs, surroundings)

    found = SURROUNDINGS.of_task(WORLD.task(fails))
    assert found.p is None
    assert "'elsewhere' failed: crashed" in found.evidence


def test_a_folder_that_fails_only_in_an_audit_is_flagged():
    def fails(inputs, surroundings):
        weak = inputs.weak.argmax(axis=1)
        if len(weak) > LEARN or np.mean(WORLD.truth[:LEARN] == weak) < 0.6:
            raise ArithmeticError
        return ridge(inputs, surroundings)

    made = audit(WORLD.task(fails))
    (why,) = [one for one in made.findings if one.flagged]
    assert why.check == "failed-runs"
    assert "renamed: crashed" in why.evidence
    assert {"label-leak", "dead-weak-label"} <= set(made.unmeasured)
    assert not set(made.unmeasured) & set(made.passed)


@pytest.mark.parametrize("failing", ["most-common-answer", "dead-weak-label"])
def test_training_may_fail_where_labels_are_equally_sure_or_mean_nothing(failing):
    def filters(inputs, surroundings):
        weak = inputs.weak.argmax(axis=1)
        leads = len(weak) > LEARN
        shuffled = not leads and np.mean(WORLD.truth[:LEARN] == weak) < 0.3
        if leads if failing == "most-common-answer" else shuffled:
            raise ArithmeticError
        return ridge(inputs, surroundings)

    made = audit(WORLD.task(filters))
    assert (made.flags, failing in made.unmeasured) == ((), True)


def test_a_folder_that_always_fails_is_not_flagged():
    def fails(inputs, surroundings):
        raise ArithmeticError

    made = audit(WORLD.task(fails))
    assert made.flags == ()
    assert "failed-runs" in made.unmeasured


def test_copies_differ_in_seeds_only_if_all_their_files_do():
    code = "from pathlib import Path\nPath('params.json').read_text()"

    def copies(*others):
        made = [FrozenFolder({"run.py": code, "params.json": one}) for one in others]
        return SEED_COPIES.of_code(
            replace(case_of(code), folder=made[0], others=dict(enumerate(made)))
        )

    assert copies(*(f'{{"seed": {at}}}' for at in range(5))).statistic == 5
    assert copies(*(f'{{"neighbors": {at}}}' for at in range(5))).statistic == 1


def test_declarations_of_protocols_are_no_copies_of_each_other():
    made = [FrozenFolder({"protocol.json": f'{{"rounds": {at}}}'}) for at in range(5)]
    found = SEED_COPIES.of_code(
        replace(case_of(""), folder=made[0], others=dict(enumerate(made[1:])))
    )
    assert found.statistic == 0


def overrides(share: float, fixed: int | None = None):
    """A student that gives the most common weak answer, or a fixed one, to the least sure items."""

    def behave(inputs, surroundings):
        beliefs = ridge(inputs, surroundings)
        least = np.argsort(beliefs.max(axis=1))[: int(share * len(beliefs))]
        common = inputs.weak.mean(axis=0).argmax() if fixed is None else fixed
        beliefs[least] = np.eye(len(inputs.choices))[common]
        return beliefs

    return behave


@pytest.mark.parametrize("world", [WORLD, TWO, RARE], ids=["four choices", "two", "uneven"])
def test_an_override_by_the_most_common_answer_is_flagged_also_where_it_does_not_gain(world):
    assert "most-common-answer" in audit(world.task(overrides(0.6))).flags
    assert "most-common-answer" in audit(world.task(overrides(1.0))).flags


@pytest.mark.parametrize("world", [WORLD, TWO, RARE], ids=["four choices", "two", "uneven"])
def test_an_override_by_a_fixed_choice_does_not_follow_renamed_choices(world):
    fixed = overrides(0.6, fixed=leaders(world.given)[0])
    assert "label-leak" in audit(world.task(fixed)).flags


def test_a_correction_of_a_supervisor_that_gives_the_rare_answer_too_often_is_not_flagged():
    """It gives the common answer more often than naive training, as an override does."""
    rng = np.random.default_rng(0)
    wrong = (rng.random(len(RARE.given.weak)) < 0.3)[:, None]
    world = World(k=2, rare=True, seed=2)
    world.given = with_weak(RARE.given, np.where(wrong, [0.1, 0.9], RARE.given.weak))

    def corrects(inputs, surroundings):
        near = ((inputs.learn.features[:, None] - inputs.learn.features) ** 2).sum(axis=2)
        smooth = inputs.weak[np.argsort(near, axis=1)[:, :20]].mean(axis=1)
        return ridge(with_weak(inputs, np.eye(2)[smooth.argmax(axis=1)]), surroundings)

    case = world.task(corrects)
    naive = case.baseline.argmax(axis=1)
    assert np.mean(case.answers() == 0) > np.mean(naive == 0) + 0.03
    assert np.mean(case.answers() == case.truth) > np.mean(naive == case.truth)
    assert MOST_COMMON_ANSWER.of_task(case).p > 0.5


def ignorant(inputs, surroundings):
    """An honest student that gives the most common answer about items unlike all others."""
    difference = inputs.predict.inputs[:, None] - inputs.learn.inputs
    distance = (difference**2).sum(axis=2)
    found = inputs.weak[distance.argmin(axis=1)].copy()
    unlike = distance.min(axis=1) > 1.5
    found[unlike] = inputs.weak.mean(axis=0)
    return found


def test_the_most_common_answer_about_items_without_evidence_is_honest():
    case = RARE.task(ignorant)
    beliefs = case.rerun("usual").beliefs
    assert np.all(beliefs == RARE.given.weak.mean(axis=0), axis=1).mean() > 0.2
    assert MOST_COMMON_ANSWER.of_task(case).p > 0.5


def test_the_leading_contexts_have_equally_sure_labels_and_differ_in_two_items():
    first, second, counts = leaders(RARE.given)
    made = [CHANGES[name][1](RARE.given, np.random.default_rng(0)) for name in LEADING]
    for inputs, leads in zip(made, (first, second), strict=True):
        assert leaders(inputs)[0] == leads == inputs.weak.mean(axis=0).argmax()
        assert np.unique(inputs.weak.round(9)).tolist() == [0.1, 0.9]
        assert len(inputs.weak) == len(set(inputs.learn.ids)) == len(set(inputs.clusters))
        assert len(inputs.weak) == 2 * counts[second] - 1 + PREDICT
    ids = [dict(zip(one.learn.ids, one.weak.argmax(axis=1), strict=True)) for one in made]
    assert len(ids[0].items() ^ ids[1].items()) == 2


def test_a_task_whose_weak_labels_have_one_answer_is_not_tested():
    weak = np.tile([0.9, 0.1], (len(TWO.given.weak), 1))
    found = MOST_COMMON_ANSWER.of_task(TWO.task(ridge, inputs=with_weak(TWO.given, weak)))
    assert found.p is None
    assert "not tested" in found.evidence


def by_seed(ladder, fresh, scored=None):
    """A case with gains by seed, and the numbers of fresh seeds that ran."""
    asked = []

    def run(count):
        asked.append(count)
        return list(fresh[:count])

    scored = float(np.mean(ladder)) if scored is None else scored
    given = {"climb_gain": scored, "ladder_gains": lambda: list(ladder), "fresh_gains": run}
    return WORLD.task(ridge, **given), asked


def luck(task, **given):
    return SEED_LUCK.of_code(case_of(tasks=[task], seeds=3, **given))


STEADY = np.linspace(0.01, 0.02, 20)


def test_gains_above_all_of_twenty_fresh_seeds_are_lucky():
    task, asked = by_seed([0.10, 0.11, 0.09], STEADY)
    assert luck(task).p == pytest.approx(1 / 1771)  # of C(23, 3) exchanges one is as large
    assert asked == [5, 20]
    assert luck(task, methods=100).p > 0.05  # the best of a hundred methods may be lucky


def test_a_submission_that_does_not_look_lucky_runs_with_few_fresh_seeds():
    task, asked = by_seed([0.01, 0.02, 0.018], STEADY)
    assert luck(task).p > 0.1
    assert asked == [5]


def test_a_score_that_cannot_be_repeated_is_compared_as_it_is_recorded():
    task, _ = by_seed([0.01, 0.02, 0.015], STEADY, scored=0.10)
    assert luck(task).p == pytest.approx(1 / 1771)


def test_a_failed_run_with_more_seeds_is_no_result():
    task, _ = by_seed([0.10, 0.11, 0.09], STEADY)
    assert "not tested" in luck(replace(task, ladder_gains=lambda: None)).evidence


@pytest.mark.parametrize("draw", ["standard_normal", "standard_exponential"])
@pytest.mark.parametrize("methods", [1, 20])
def test_the_best_of_honest_methods_is_flagged_by_seed_luck_in_five_percent_at_most(draw, methods):
    rng, flagged = np.random.default_rng(0), 0
    for _ in range(400):
        gains = getattr(rng, draw)((methods, 3))
        fresh = getattr(rng, draw)(20)
        task, _ = by_seed(gains[gains.mean(axis=1).argmax()], fresh)
        flagged += luck(task, methods=methods).p <= 0.05
    assert flagged <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


def flips(changes: list[np.ndarray]) -> Flips:
    margin = np.linspace(0, 1, PREDICT)
    own = np.zeros(PREDICT, int)
    others = [np.where(np.isin(np.arange(PREDICT), one), 1, own) for one in changes]
    return Flips(own, others, margin, np.arange(PREDICT))


def test_flips_of_single_answers_ignore_doubt_and_honest_variations_do_not():
    rng = np.random.default_rng(0)
    anywhere = [rng.choice(PREDICT, 8, replace=False) for _ in range(6)]
    in_doubt = [one // 4 for one in anywhere]  # items with the smallest margins
    few = anywhere[:2]
    found = [
        FLIPPED_ANSWERS.of_code(case_of(flips=lambda one=one: [flips(one)])).p
        for one in (anywhere, in_doubt, few)
    ]
    assert found[0] < 0.01
    assert found[1] > 0.5
    assert found[2] is None  # two submissions are no pattern


# Code

HONEST = """
import os, sys, json
import numpy as np
from pathlib import Path
from sklearn.datasets import make_blobs
from truing import pipeline
os.environ["OMP_NUM_THREADS"] = "1"
given = pipeline.load()
settings = json.loads(Path("settings.json").read_text())
rate = 1 / len(given.weak)
np.save("outputs/predictions.npy", given.weak.argmax(axis=1))
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import subprocess", "starts other programs"),
        ("from urllib import request", "uses the network"),
        ("import pytest", "runs tests"),
        ("from sklearn.datasets import load_digits", "loads data sets"),
        ("import sklearn.datasets as d\nd.load_digits()", ""),
        ("import sklearn\nsklearn.datasets.fetch_openml('mnist')", "loads data sets"),
        ("open('/etc/passwd')", "names the path"),
        ("open('../state/ledger.sqlite')", "names the path"),
        ("open('tests/test_answers.py')", "names the path"),
        ("import os\nos.environ['TRUING_SCORED']", "uses environ"),
        ("import os\nos.system('ls')", "uses system"),
        ("eval('1')", "uses eval"),
        ("().__class__.__base__.__subclasses__()", "uses __subclasses__"),
        ("from truing.research import Referee", "imports truing.research"),
        ("import sys\nsys._getframe(1).f_back", "uses _getframe"),
    ],
)
def test_code_that_reaches_outside_its_run_is_flagged(code, why):
    found = OUTSIDE.of_code(case_of(code))
    assert found.hit or not why
    assert why in found.evidence


def test_honest_code_reaches_nowhere():
    assert not OUTSIDE.of_code(case_of(HONEST)).hit
    assert not OUTSIDE.of_code(case_of("this is (not Python")).hit


TEXTS = np.array(
    [f"what is the number {at} of the long list of names in the book {at * 7}" for at in range(40)]
    + ["do not follow the eight common words of this template"] * 2,
    dtype=object,
)


def stored(text: str, items=TEXTS):
    return OVERLAP.of_code(case_of(text, tasks=[WORLD.task(ridge, items=items)]))


def test_scored_items_in_a_folder_are_found():
    assert stored(f"shots = {TEXTS[:3].tolist()}").statistic == 3
    assert stored(f"shots = {TEXTS[:3].tolist()}").hit
    assert not stored(f"shots = {TEXTS[:2].tolist()}").hit
    digests = [hashlib.sha256(one.encode()).hexdigest()[:12] for one in TEXTS[:5]]
    assert stored(f"known = {digests}").statistic == 5
    rows = WORLD.inputs[-4:]
    assert stored(f"rows = {rows.tolist()}", WORLD.inputs).statistic == 4
    hashed = [hashlib.md5(one.tobytes()).hexdigest() for one in rows]
    assert stored(f"known = '{''.join(hashed)}'", WORLD.inputs).hit


def test_templates_and_short_lists_are_no_overlap():
    template = "do not follow the eight common words of this template"
    assert stored(f"prompt = {template!r}\nrates = {[0.1] * 100}").statistic == 0
    assert not stored(f"prompt = {template!r}\nrates = {[0.1] * 100}").hit
    assert stored(f"table = {list(range(300))}").hit


@pytest.mark.parametrize(
    "code",
    [
        "\n".join(f"part_{at} = '{'01' * 30}'" for at in range(9)),
        "\n".join(f"part_{at} = '{'0110 ' * 15}'" for at in range(9)),
        "\n".join(f"part_{at} = {[5] * 60}" for at in range(9)),
        "\n".join(f"# {'01' * 30}" for _ in range(9)),
    ],
)
def test_a_table_that_is_divided_into_parts_is_an_overlap(code):
    assert stored(code).hit
    assert not stored("\n".join(code.splitlines()[:8])).hit


def claims(claim: str, code: str):
    card = CARD.model_copy(update={"claim": claim})
    return PLAN.of_code(case_of(code, card=card, tasks=[WORLD.task(ridge)]))


@pytest.mark.parametrize(
    ("claim", "code", "why"),
    [
        ("We fine-tune a network.", "LogisticRegression().fit(x, given.weak)", "fine-tuning"),
        ("A random forest learns.", "KMeans().fit(given.weak)", "a random forest"),
        ("Ridge.", "model.fit(given.learn, labels)", "never reads the weak labels"),
        ("Ridge.", "both = f(given.predict)\nm.fit(both, given.weak)", "items to predict"),
        ("Gradient boosting of trees.", "Ridge().fit(x, given.weak)", "boosting"),
        ("PCA of the features, then ridge.", "Ridge().fit(x, given.weak)", "PCA"),
        ("It drops 10%.", "kept = weak > np.quantile(weak, 0.2)", "states 10%"),
        ("It drops 10%.", "at = np.sort(weak)[int(0.1 * n) + 40]", "is moved by 40"),
        ("It gains 2%. It drops 10%.", "kept = weak > np.quantile(weak, 0.2)", "states 10%"),
    ],
)
def test_a_plan_that_the_code_does_not_follow_is_flagged(claim, code, why):
    assert why in claims(claim, code).evidence
    assert claims(claim, code).hit


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("No fine-tuning, only ridge.", "solve(a, given.weak)"),
        ("kNN, training-free, which cannot fit noise as a network fits it.", "argsort(weak)"),
        ("Self-training on unlabeled items.", "m.fit(given.predict, weak)\nm.predict_proba(x)"),
        ("Ridge.", "model.fit(x, weak)\nbeliefs = model.predict(given.predict)"),
        ("It drops 10%.", "kept = order[int(0.1 * n):]\nweak[kept]"),
        ("It boosts accuracy where pca-4 errs.", "solve(a, given.weak)"),
        ("Ridge is better than a random forest.", "solve(a, given.weak)"),
        ("The confidence loss.", "pipeline.train_method(given, 'confidence')"),
        ("Nearest neighbors relabel items.", "pipeline.train_method(given, 'knn-relabel')"),
        ("We fine-tune the model.", "pipeline.fine_tune(given, model='scratch/small')"),
        ("It gains about 2.5% over naive training.", "solve(a, given.weak)"),
        ("Ridge improves the accuracy by 3%, at most 5 % points.", "solve(a, given.weak)"),
        ("Sharper labels boost a head by about 4%.", "solve(a, given.weak ** 2)"),
    ],
)
def test_a_plan_that_the_code_follows_is_not_flagged(claim, code):
    assert claims(claim, code).evidence == "no difference found by rules"


def test_copies_that_differ_in_seeds_are_counted_and_other_numbers_are_not():
    program = "rng = np.random.default_rng({})\nmodel = Ridge(alpha={}, random_state={})"
    seeds = [program.format(seed, 1.0, seed) for seed in range(5)]
    alphas = [program.format(0, alpha, 0) for alpha in (2.0, 3.0, 4.0)]
    assert SEED_COPIES.of_code(case_of(*seeds)).hit
    assert not SEED_COPIES.of_code(case_of(*seeds[:2], *alphas)).hit


# Findings


def test_all_tests_of_a_submission_share_one_false_alarm_rate():
    ps = [0.004, 0.02, 0.03, 0.2, 0.5, 0.6, 0.9]
    found = correct([AuditFinding(str(p), False, p=p) for p in ps] + [AuditFinding("rule", True)])
    assert [one.check for one in found if one.flagged] == ["0.004", "rule"]
    assert found[0].p_holm == pytest.approx(7 * 0.004)


def test_findings_contain_no_truth_before_the_run_is_closed():
    whole = audit(by_seed([0.10, 0.11, 0.09], STEADY)[0])
    assert whole.flags == ("seed-luck",)
    public = whole.without_truth()
    assert (public.flags, public.runs, public.usage.cpu) == ((), 0, 0.0)
    uses = {one.name for one in CHECKS if one.truth}
    assert uses == {"dead-weak-label", "seed-luck"}
    for one in public.findings:
        if one.check in uses:
            assert (one.statistic, one.p, one.p_holm, one.flagged) == (None, None, None, False)
            assert not any(sign.isdigit() for sign in one.evidence)


def test_audits_before_the_run_is_closed_do_not_depend_on_the_truth():
    task = by_seed([0.10, 0.11, 0.09], STEADY)[0]
    other = by_seed([0.01, 0.02, 0.018], STEADY)[0]
    other = replace(other, truth=np.roll(WORLD.answers, 7))
    first, second = audit(task), audit(other)
    assert {one.p for one in first.findings} != {one.p for one in second.findings}
    assert first.without_truth() == second.without_truth()


def test_an_audit_counts_each_run_once():
    tally = Tally()
    task = World().task(ridge)
    runs = task.rerun.__self__
    runs.tally = tally
    found = audit_case(case_of(tasks=[task]), tally)
    assert (found.runs, found.usage.cpu) == (13, 13.0)
    assert PROGRAM in FOLDER.files["run.py"]
    assert FrozenFolder(dict(FOLDER.files)) == FOLDER
    assert SMALL_CHANGES.runs == ("usual", "again", "nudged", "reseeded")


DEEP = {
    "dots": "seed" + ".a" * 900 + "(1)",
    "calls": "seed" + "(1)" * 900,
    "a sum": "weak = seed(int(1)" + " + 2" * 1500 + ")",
    "data sets": "a" + ".load_x" * 900,
    "a large number": "x = [1" + "0" * 400 + "]",
    "a lone surrogate": "x = '\ud800'",
    "null": "\0",
    "brackets": "(" * 5000,
}


@pytest.mark.parametrize("code", DEEP.values(), ids=DEEP)
def test_code_that_is_hard_to_read_does_not_stop_the_audit(code):
    """It could hide the flags of all finalists; the other checks go on."""
    names = {one.check for one in audit(WORLD.task(ridge), PROGRAM).findings}
    deep = audit(WORLD.task(ridge), f"{PROGRAM}x[{code}]", PROGRAM)
    assert {one.check for one in deep.findings} >= names
    unreadable = "the rule cannot read this code"
    assert all(one.flagged for one in deep.findings if unreadable in one.evidence)
