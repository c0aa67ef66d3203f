"""The space of compositions: built-in methods are points of it, and a search can walk in it."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.planting import centers, confused, mean_accuracy, noisy, unsure
from truing.closure import files_run
from truing.errors import UserError
from truing.methods import METHODS, Choice, Evidence, Real, canonical, composition_space, family
from truing.methods._parts import agreeing, predicted, rebalanced, sharpened, smoothed
from truing.methods._rules import RULES, shortened
from truing.testing import check_method

SPACE = composition_space()
ARGUMENTS = {one.name: one for one in SPACE.arguments}
SAMPLES = st.integers(0, 2**32 - 1).map(lambda seed: SPACE.sample(np.random.default_rng(seed)))
BUILT_IN = {
    "composition": "naive",
    "composition,transform=harden": "naive,hard=true",
    "composition,targets=confidence,schedule=linear": "confidence",
    "composition,targets=confidence,alpha=0.75": "confidence,alpha_max=0.75,warmup=0",
    "composition,select=confident": "confident-filter",
    "composition,select=confident,keep=0.3": "confident-filter,keep=0.3",
    "composition,select=overlap": "overlap-density",
    "composition,select=overlap,others=0.2": "overlap-density,others=0.2",
    "composition,relabel=knn": "knn-relabel",
    "composition,relabel=knn,neighbors=5": "knn-relabel,neighbors=5",
    "composition,targets=gce,alpha=1": "gce",
    "composition,targets=gce,alpha=1,q=0.3": "gce,q=0.3",
    "composition,targets=reverse-kl,alpha=1": "reverse-kl",
    "composition,targets=reverse-kl,alpha=1,floor=0.01": "reverse-kl,floor=0.01",
    "composition,targets=entropy,schedule=linear": "entropy",
    "composition,targets=window,alpha=1,radius=0.3": "window,radius=0.3",
    "composition,targets=adaptive-confidence,alpha=1": "adaptive-confidence",
    "composition,targets=adaptive-confidence,alpha=1,doubt=2": "adaptive-confidence,temperature=2",
    "composition,targets=noisy-channel,alpha=1": "noisy-channel",
    "composition,curriculum=confident-first,first=0.3,until=0.7": (
        "confident-first,first=0.3,until=0.7"
    ),
    "composition,members=3": "ensemble,members=3",
}
# One way to say each option and to move each number from its default, for the tests below.
CHANGES = [
    *(f"transform={one}" for one in ARGUMENTS["transform"].options[1:]),
    *(f"select={one}" for one in ARGUMENTS["select"].options[1:]),
    *(f"relabel={one}" for one in ARGUMENTS["relabel"].options[1:]),
    *(f"targets={one}" for one in RULES if one != "naive"),
    "curriculum=confident-first",
    "members=2",
]
NUMBERS = [
    ("transform=sharpen", "temperature=0.3"),
    ("transform=soften", "temperature=0.3"),
    ("transform=smooth", "smoothing=0.4"),
    ("transform=balance", "balance=0.3"),
    ("transform=channel", "neighbors=5"),
    ("select=knn", "neighbors=1"),
    ("select=confident", "keep=0.2"),
    ("select=student", "others=0.5"),
    ("select=overlap", "others=0.5"),
    ("relabel=knn", "neighbors=5"),
    ("targets=mixture", "alpha=0.9"),
    ("targets=gce", "alpha=0.9"),
    ("targets=adaptive-confidence", "doubt=3"),
    ("targets=gce", "q=0.2"),
    ("targets=reverse-kl", "floor=0.1"),
    ("targets=window", "radius=0.4"),
    ("targets=gce", "schedule=linear"),
    ("targets=gce", "schedule=late"),
    ("targets=gce,schedule=linear", "warmup=0.8"),
    ("targets=gce,schedule=late", "warmup=0.8"),
    ("curriculum=confident-first", "first=0.2"),
    ("curriculum=confident-first", "until=0.8"),
    ("members=2", "members=4"),
]


def spread(choices):
    """Labels of all degrees of sureness, a third of them wrong, one choice named too often."""
    one = unsure(centers(3, choices=choices, apart=2, learn=150, test=50), 3, 0.3)
    labels = 0.7 * one.weak + 0.3 * np.random.default_rng(0).dirichlet(np.ones(choices), 150)
    tilted = labels * np.linspace(1.5, 1, choices)
    return one.told(tilted / tilted.sum(axis=1, keepdims=True))


PLANTED = {choices: spread(choices) for choices in (2, 4)}


@pytest.mark.parametrize("choices", PLANTED)
@pytest.mark.parametrize("specification", BUILT_IN)
def test_built_in_methods_are_compositions_to_the_last_bit(specification, choices):
    planted = PLANTED[choices]
    assert METHODS.build(specification).value.static == (
        METHODS.build(BUILT_IN[specification]).value.static
    )
    found = planted.beliefs(specification)
    assert found.tobytes() == planted.beliefs(BUILT_IN[specification]).tobytes()


@given(SAMPLES)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_composition_satisfies_the_contract_of_methods(specification):
    check_method(specification)


@pytest.mark.parametrize("schedule", ["constant", "late"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("rule", [one for one in RULES if one != "naive"])
def test_a_rule_gives_equal_results_on_array_api_strict(rule, precision, schedule):
    strict = pytest.importorskip("array_api_strict")
    name = f"composition,targets={rule},alpha=0.9,schedule={schedule},curriculum=confident-first"
    targets = METHODS.build(name).value.targets
    rng = np.random.default_rng(0)
    for choices in (2, 5):
        weak, belief = (rng.dirichlet(np.ones(choices), 24).astype(precision) for _ in range(2))
        for progress in (0.0, 0.1, 1.0):
            expected = targets(weak, belief, progress)
            found = targets(strict.asarray(weak), strict.asarray(belief), progress)
            for mine, theirs in zip(expected, found, strict=True):
                assert mine.dtype == precision
                assert theirs.dtype == getattr(strict, precision)
                assert np.asarray(theirs) == pytest.approx(mine, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("change", CHANGES)
def test_every_part_changes_the_student(change):
    found = PLANTED[4].beliefs(f"composition,{change}")
    assert np.abs(found - PLANTED[4].beliefs("composition")).max() > 1e-4


@pytest.mark.parametrize(("part", "number"), NUMBERS)
def test_every_number_changes_the_student(part, number):
    planted = PLANTED[4]
    found = planted.beliefs(f"composition,{part},{number}")
    assert np.abs(found - planted.beliefs(f"composition,{part}")).max() > 1e-4


def test_the_tested_changes_cover_every_argument():
    changed = {one.partition("=")[0] for one in CHANGES} | {
        number.partition("=")[0] for _, number in NUMBERS
    }
    assert changed == set(ARGUMENTS)


def test_the_space_has_the_factorys_arguments_and_defaults():
    factory = METHODS.factories["composition"]
    assert factory.defaults == SPACE.defaults()
    assert list(factory.annotations) == list(ARGUMENTS)
    lines = inspect.getdoc(factory.make).partition("Args:")[2].strip().split("\n")
    assert [line.strip().partition(":")[0] for line in lines] == list(ARGUMENTS)
    assert "number of nearest neighbors that vote; only with transform=channel or" in lines[8]


def test_the_identity_of_a_composition_covers_the_files_of_its_parts():
    """To a cache: the identity covers all files that parts come from."""
    covered = files_run("truing.methods._composition", "composition")
    used = {METHODS.factories[METHODS.build(name).name].make for name in BUILT_IN.values()}
    files = {Path(inspect.getfile(factory)) for factory in used}
    apart = {"_naive.py", "_ensemble.py"}  # these two contain no rule
    assert {one for one in files if one.name not in apart} <= covered


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("transform=melt", "transform must be one of identity, sharpen, .*, got 'melt'"),
        ("select=best", "select must be one of all, confident, overlap, knn, student"),
        ("targets=truth", "targets must be one of naive, confidence"),
        ("transform=sharpen,temperature=1", r"temperature must lie in \(0, 1\), got 1.0"),
        ("transform=sharpen,temperature=nan", "temperature must be a number"),
        (
            "temperature=0.7",
            "temperature=0.7 has no effect here; "
            r"it is allowed with transform=sharpen\|soften",
        ),
        ("targets=gce,floor=0.1", "floor=0.1 has no effect .* with targets=reverse-kl"),
        ("schedule=linear", "schedule=linear has no effect here"),
        ("others=0.5", "allowed with select=confident"),
        ("neighbors=5", "transform=channel or select=knn or relabel=knn"),
        ("members=0", r"members must lie in \[1, 10\], got 0"),
        ("members=33", r"members must lie in \[1, 10\], got 33"),
        ("relabel=knn,neighbors=100000", r"neighbors must lie in \[1, 1000\], got 100000"),
    ],
)
def test_an_invalid_or_ineffective_argument_is_refused_in_one_line(bad, told):
    with pytest.raises(UserError, match=told) as caught:
        METHODS.build(f"composition,{bad}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("composition", "composition"),
        ("composition,temperature=0.7", "composition"),
        ("composition,targets=naive,schedule=linear,warmup=0.5", "composition"),
        ("composition,transform=sharpen,temperature=5e-1", "composition,transform=sharpen"),
        ("composition, members=2 ,select=knn,keep=0.1", "composition,select=knn,members=2"),
        ("confidence,alpha_max=0.50", "confidence"),
        ("gce,q=0.50", "gce,q=0.5"),
    ],
)
def test_equal_methods_have_one_specification(typed, label):
    assert canonical(typed) == label
    assert METHODS.build(label).label == label


@given(SAMPLES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_and_inactive_arguments_do_not_change_a_specification(specification, random):
    values = SPACE.read(specification)
    for one in SPACE.arguments:
        if not one.active(values):
            values[one.name] = one.sample(np.random.default_rng(random.randrange(99)))
            if isinstance(one, Choice):
                values[one.name] = one.default  # it would make others active
    pairs = [f"{name}={value}" for name, value in values.items()]
    random.shuffle(pairs)
    assert canonical(",".join(["composition", *pairs])) == specification
    assert METHODS.build(specification).label == specification
    assert METHODS.build(canonical(specification)).identity == (
        METHODS.build(specification).identity
    )


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("composition,colour=red", "no argument 'colour'; allowed: transform, "),
        ("composition,members", "must have the form argument=value"),
        ("composition,keep=much", "keep must be a number"),
        ("composition,members=2.5", "members must be an integer"),
        ("composition,keep=7", r"keep must lie in \(0, 1\), got 7"),
        ("compositions", "unknown method"),
    ],
)
def test_an_unreadable_specification_has_no_canonical_form(bad, told):
    for asked in (canonical, family):
        with pytest.raises(UserError, match=told):
            asked(bad)


@pytest.mark.parametrize(
    ("specification", "name"),
    [
        ("composition", "naive"),
        ("composition,keep=0.3", "naive"),
        ("composition,select=confident,keep=0.3", "select=confident"),
        ("composition,members=4,relabel=knn,select=knn", "select=knn + relabel=knn + ensemble"),
        ("composition,targets=gce,schedule=late,alpha=1", "targets=gce + schedule=late"),
        ("gce,q=0.3", "gce"),
    ],
)
def test_a_family_is_its_parts_without_their_numbers(specification, name):
    assert family(specification) == name


def test_samples_cover_the_space():
    rng = np.random.default_rng(0)
    drawn = [SPACE.read(SPACE.sample(rng)) for _ in range(1500)]
    for one in SPACE.arguments:
        found = [values[one.name] for values in drawn if one.active(values)]
        assert len(found) > 50, one.name
        if isinstance(one, Choice):
            assert set(found) == set(one.options)
        elif isinstance(one, Real):
            place = (np.log if one.log else np.asarray)(np.array([one.low, *found, one.high]))
            share = (place[1:-1] - place[0]) / (place[-1] - place[0])
            assert 0 <= share.min() < 0.1
            assert 0.9 < share.max() <= 1
            assert abs(share.mean() - 0.5) < 0.15, one.name
        else:
            assert set(found) >= {one.low, one.high}
            assert one.low <= min(found) <= max(found) <= one.high


def test_an_optimizer_suggests_only_active_arguments_up_to_their_bounds():
    for end in ("low", "high"):
        for rule in RULES:
            asked = []

            def suggest(one, rule=rule, asked=asked, end=end):
                asked.append(one.name)
                if one.name == "targets":
                    return rule
                return one.options[-1] if isinstance(one, Choice) else getattr(one, end)

            check_values = METHODS.build(SPACE.draw(suggest)).arguments
            assert asked == [one.name for one in SPACE.arguments if one.active(check_values)]


def test_every_number_accepts_both_ends_of_its_range():
    for part, number in NUMBERS:
        name = number.partition("=")[0]
        if not isinstance(ARGUMENTS[name], Choice):
            for end in (ARGUMENTS[name].low, ARGUMENTS[name].high):
                built = METHODS.build(f"composition,{part},{name}={end}")
                assert built.arguments[name] == end


def test_sharpening_is_undone_by_softening():
    labels = np.random.default_rng(0).dirichlet(np.ones(4), 20)
    assert sharpened(sharpened(labels, 4), 0.25) == pytest.approx(labels)
    assert (sharpened(labels, 4).max(axis=1) > labels.max(axis=1)).all()
    assert sharpened(np.array([[1e-200, 0.0, 1.0]]), 1000).tolist() == [[0, 0, 1]]


def test_smoothing_and_balancing_by_hand():
    labels = np.array([[0.9, 0.1], [0.6, 0.4]])
    assert smoothed(labels, 0.5) == pytest.approx(np.array([[0.7, 0.3], [0.55, 0.45]]))
    odds = np.array([9, 1.5]) / 3  # choices are 3 to 1 on the whole
    expected = np.column_stack([odds, np.ones(2)]) / (1 + odds)[:, None]
    assert rebalanced(labels, 1.0) == pytest.approx(expected)


def evidence(weak, features, clusters, seed=0):
    return Evidence(weak, features, clusters, np.random.default_rng(seed))


def test_predicted_beliefs_do_not_depend_on_labels_of_the_same_cluster():
    """Nor that of its kin: turning all labels of one cluster leaves the beliefs about it alone."""
    planted = PLANTED[4]
    features, clusters = planted.features[:150], np.arange(150) // 3
    turned = planted.weak.copy()
    turned[:3] = turned[:3, ::-1]
    first = predicted(planted.weak, evidence(planted.weak, features, clusters))
    second = predicted(turned, evidence(turned, features, clusters))
    assert first[:3].tobytes() == second[:3].tobytes()
    assert first[3:].tobytes() != second[3:].tobytes()
    alone = evidence(planted.weak, features, np.zeros(150, int))
    assert predicted(planted.weak, alone).tolist() == planted.weak.tolist()


@pytest.mark.parametrize("select", ["knn", "student"])
def test_agreement_keeps_the_right_labels_and_drops_the_wrong_ones(select):
    planted = noisy(centers(0, choices=4, apart=6), 0, 0.3)
    prepare = METHODS.build(f"composition,select={select}").value.prepare
    _, weights = prepare(evidence(planted.weak, planted.features[:600], planted.learn))
    assert weights[planted.wrong].mean() < 0.1
    assert weights[~planted.wrong].mean() > 0.9
    assert agreeing(planted.weak, planted.weak[::-1]).mean() < 1


def test_the_channel_is_undone_before_training():
    planted = [confused(centers(s, choices=2, apart=2.5), s, 0.4) for s in range(8)]
    plain = mean_accuracy(planted, "composition,transform=harden")
    assert mean_accuracy(planted, "composition,transform=channel") > plain + 0.05


def test_balancing_corrects_a_biased_supervisor():
    planted = []
    for seed in range(8):
        one = noisy(centers(seed, choices=2, apart=2), seed, 0.2, sureness=0.65)
        tilted = one.weak * [2.5, 1]
        planted.append(one.told(tilted / tilted.sum(axis=1, keepdims=True)))
    plain = mean_accuracy(planted, "composition")
    assert mean_accuracy(planted, "composition,transform=balance") > plain + 0.05


@pytest.mark.parametrize(
    ("schedule", "shares"), [("constant", [1, 1, 1]), ("linear", [0, 0.5, 1]), ("late", [0, 0, 1])]
)
def test_a_schedule_phases_in_the_rule(schedule, shares):
    rng = np.random.default_rng(0)
    weak, belief = (rng.dirichlet(np.ones(3), 9) for _ in range(2))
    name = f"composition,targets=mixture,alpha=0.8,schedule={schedule}"
    rule = METHODS.build(name + (",warmup=0.4" if schedule != "constant" else "")).value.targets
    for progress, share in zip((0.0, 0.2, 0.4), shares, strict=True):
        targets, weights = rule(weak, belief, progress)
        assert targets == pytest.approx((1 - 0.8 * share) * weak + 0.8 * share * belief)
        assert weights.tolist() == [1] * 9


def test_a_blend_of_losses_has_the_sum_of_their_gradients():
    rng = np.random.default_rng(0)
    weak, belief = (rng.dirichlet(np.ones(3), 9) for _ in range(2))
    targets, weights = METHODS.build("composition,targets=gce,alpha=0.3").value.targets(
        weak, belief, 1.0
    )
    own, counts = METHODS.build("gce").value.targets(weak, belief, 1.0)
    gradient = 0.7 * (belief - weak) + 0.3 * counts[:, None] * (belief - own)
    assert weights[:, None] * (belief - targets) == pytest.approx(gradient)


def test_diverging_steps_are_shortened_by_a_common_factor():
    belief = np.array([[0.5, 0.5], [0.9, 0.1], [0.6, 0.4]])
    step = np.array([[0.6, -0.6], [0.1, -0.1], [0.2, -0.2]])
    harmless = belief + 0.5 * step  # 0.55 of 1.0 is left in the second choice
    assert shortened(harmless, np.ones(3), belief) is harmless
    found = shortened(belief + 2 * step, np.ones(3), belief)
    assert found == pytest.approx(belief + 0.5 / 0.6 * step)
    assert found.min() >= 0
    first_alone = np.array([1.0, 0, 0])  # whatever the others' targets: they do not count
    assert shortened(belief + step, first_alone, belief) == pytest.approx(found)


def test_a_pure_entropy_objective_does_not_diverge():
    for choices, planted in PLANTED.items():
        found = planted.beliefs("composition,targets=entropy,alpha=1,schedule=linear")
        assert found.sum(axis=1) == pytest.approx(np.ones(len(found)), abs=1e-5), choices


def test_parts_work_together_on_items_with_their_own_choices():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 3, 4)).astype(np.float32)
    weak = rng.dirichlet(np.ones(3), 60)
    for transform in ARGUMENTS["transform"].options:
        for select, relabel in (("knn", "student"), ("student", "knn"), ("overlap", "none")):
            name = f"composition,transform={transform},select={select},relabel={relabel}"
            labels, weights = METHODS.build(name).value.prepare(
                evidence(weak, features, np.arange(60))
            )
            assert labels.sum(axis=1) == pytest.approx(np.ones(60)), name
            assert labels.min() >= 0
            assert set(np.unique(weights)) <= {0.0, 1.0}
