"""Methods keep the contract, and one that breaks it is refused by name, in a line."""

import importlib
import inspect
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.methods.planting import centers, unsure
from truing.errors import MethodError, UserError
from truing.methods import METHODS, Method, Training, follow, train
from truing.registry import UnknownNameError

NAMES = sorted(METHODS.describe())
PLANTED = unsure(centers(0, choices=3, apart=2, learn=30, test=20, columns=4), 0, 0.3)


def trained(method, name="mine"):
    learn = PLANTED.learn
    training = Training(method, name, learn, PLANTED.weak, learn, 1.0, "key")
    return train(PLANTED.features, [training])[0]


def refusal(method):
    """The message with which `train` refuses a method; it is one line that names the method."""
    with pytest.raises(MethodError) as caught:
        trained(method)
    message = str(caught.value)
    assert "'mine'" in message
    assert "\n" not in message
    return message


def raises(error):
    def rule(*_):
        raise error

    return rule


WEAK, ONES = PLANTED.weak, np.ones(30)
NAN, NEGATIVE = np.where(ONES > 0, np.nan, 1), np.append(np.ones(29), -1)
BAD_RULES = {
    "targets of another shape": (lambda w, b, p: (w[:, :2], ONES), r"\(30, 2\).*must be \(30, 3\)"),
    "targets of fewer items": (lambda w, b, p: (w[1:], ONES), r"\(29, 3\)"),
    "weights of another shape": (lambda w, b, p: (w, w), r"weights of shape \(30, 3\).*\(30,\)"),
    "one weight for all": (lambda w, b, p: (w, 1.0), r"weights of shape \(\)"),
    "targets that are no number": (lambda w, b, p: (w * np.nan, ONES), "not finite"),
    "infinite targets": (lambda w, b, p: (w + np.inf, ONES), "not finite"),
    "weights that are no number": (lambda w, b, p: (w, NAN), "not finite"),
    "negative weights": (lambda w, b, p: (w, NEGATIVE), "below 0"),
    "no weights": (lambda w, b, p: w, r"must return \(targets, weights\)"),
    "nothing": (lambda w, b, p: None, "a value of type NoneType"),
    "words": (lambda w, b, p: (np.full((30, 3), "yes"), ONES), "ValueError"),
    "objects": (lambda w, b, p: (np.full((30, 3), {}), ONES), "TypeError"),
    "ragged rows": (lambda w, b, p: ([[1.0]] * 29 + [[1.0, 0.0]], ONES), "ValueError"),
    "too few arguments": (lambda w, b: (w, ONES), "TypeError"),
    "an error": (raises(RuntimeError("no idea")), "RuntimeError: no idea"),
    "an error of several lines": (raises(KeyError("one\ntwo")), "KeyError"),
    "an error in several lines": (raises(RuntimeError("one\ntwo")), "RuntimeError: one"),
}


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("case", BAD_RULES)
def test_a_rule_that_breaks_the_contract_is_refused(case, static):
    rule, told = BAD_RULES[case]
    assert re.search(told, refusal(Method(targets=rule, static=static)))


BAD_PREPARATIONS = {
    "labels of another shape": (lambda e: (e.weak[:, :2], ONES), r"\(30, 2\).*must be \(30, 3\)"),
    "labels of fewer items": (lambda e: (e.weak[1:], ONES[1:]), r"\(29, 3\)"),
    "weights of another shape": (
        lambda e: (e.weak, e.weak),
        r"weights of shape \(30, 3\).*\(30,\)",
    ),
    "labels that are no number": (lambda e: (e.weak * np.nan, ONES), "not finite"),
    "weights that are no number": (lambda e: (e.weak, NAN), "not finite"),
    "negative weights": (lambda e: (e.weak, NEGATIVE), "below 0"),
    "no weights": (lambda e: e.weak, r"must return \(targets, weights\)"),
    "nothing": (lambda e: None, "a value of type NoneType"),
    "words": (lambda e: (np.full((30, 3), "yes"), ONES), "ValueError"),
    "an error": (raises(RuntimeError("no idea")), "RuntimeError: no idea"),
    "an error in several lines": (raises(RuntimeError("one\ntwo")), "RuntimeError: one"),
}


@pytest.mark.parametrize("case", BAD_PREPARATIONS)
def test_a_preparation_that_breaks_the_contract_is_refused(case):
    prepare, told = BAD_PREPARATIONS[case]
    assert re.search(told, refusal(Method(targets=follow, static=True, prepare=prepare)))


def test_a_rule_that_is_made_from_all_labels_trains_in_place_of_the_targets():
    def of_labels(labels):
        mean = labels.mean(axis=0, keepdims=True)
        return lambda weak, belief, progress: (0 * weak + mean, ONES)

    found = trained(Method(targets=raises(AssertionError), of_labels=of_labels))
    assert found == pytest.approx(np.tile(PLANTED.weak.mean(axis=0), (50, 1)), abs=1e-3)
    assert "ValueError: no" in refusal(Method(follow, of_labels=raises(ValueError("no labels"))))


def test_a_rule_that_breaks_the_contract_late_is_refused():
    def late(weak, belief, progress):
        return weak, (ONES if progress < 0.9 else -ONES)

    assert "below 0" in refusal(Method(targets=late))


def test_a_rule_cannot_write_into_labels_or_beliefs():
    def scribbling(which):
        def rule(*shown):
            shown[which][:] = 0
            return shown[0], ONES

        return Method(targets=rule)

    assert "read-only" in refusal(scribbling(0))
    assert "read-only" in refusal(scribbling(1))


def test_a_preparation_cannot_change_the_labels_of_other_methods():
    """It works on a copy, so that what is trained along does not see what it scribbles."""

    def scribble(evidence):
        evidence.weak[:] = 1 / 3
        return evidence.weak, ONES

    method = Method(targets=follow, static=True, prepare=scribble)
    before = PLANTED.weak.copy()
    assert trained(method).std() < 1e-3
    assert PLANTED.weak.tobytes() == before.tobytes()


def test_weight_zero_for_all_items_is_refused():
    with pytest.raises(MethodError, match="'mine' gives weight 0 to all items, so that the studen"):
        trained(Method(targets=lambda w, b, p: (w, 0 * ONES)))


def test_targets_that_do_not_sum_to_one_are_refused_except_for_items_of_weight_zero():
    with pytest.raises(MethodError, match=r"sum to 2 for \d+ of \d+ items; .* must sum to 1: div"):
        trained(Method(targets=lambda w, b, p: (2 * w, ONES)))
    kept = (np.arange(len(ONES)) % 2).astype(float)
    trained(Method(targets=lambda w, b, p: (kept[:, None] * w, kept)))


def test_other_trainings_do_not_change_a_student():
    """To the last bit: every method in company of all others, and in reverse order."""
    learn = PLANTED.learn
    other = np.arange(10, 40)
    trainings = [
        Training(
            METHODS.build(name).value, name, rows, PLANTED.weak, rows, 1.0, f"{name} {rows[0]}"
        )
        for name in NAMES
        for rows in (learn, other)
    ]
    together = train(PLANTED.features, trainings)
    backwards = train(PLANTED.features, trainings[::-1])[::-1]
    for training, first, second in zip(trainings, together, backwards, strict=True):
        alone = train(PLANTED.features, [training])[0]
        assert first.tobytes() == second.tobytes() == alone.tobytes(), training.name


def test_beliefs_are_probabilities_about_every_item():
    for name in NAMES:
        beliefs = PLANTED.beliefs(name)
        assert beliefs.shape == (50, 3)
        assert beliefs.dtype == np.float32
        assert beliefs.sum(axis=1) == pytest.approx(np.ones(50), abs=1e-5), name


def test_items_may_have_their_own_choices():
    """Features (A, k, d), as in multiple choice: one column says how good a choice is."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 3, 4))
    truth = features[:, :, 0].argmax(axis=1)
    learn = np.arange(100)
    for name in NAMES:
        if name == "shuffled":
            continue
        built = METHODS.build(name).value
        sure = rng.uniform(0.7, 0.9, size=(100, 1))
        labels = sure * np.eye(3)[truth[learn]] + (1 - sure) / 3
        found = train(features, [Training(built, name, learn, labels, learn, 1.0, "key")])[0]
        assert np.mean(found[100:].argmax(axis=1) == truth[100:]) > 0.85, name


def test_the_built_in_methods_are_registered():
    ours = [name for name in NAMES if METHODS.factories[name].make.__module__.startswith("truing.")]
    assert set(ours) == {
        "adaptive-confidence",
        "bootstrap",
        "co-teaching",
        "composition",
        "confidence",
        "confident-filter",
        "confident-first",
        "ensemble",
        "entropy",
        "gce",
        "knn-relabel",
        "logreg-relabel",
        "naive",
        "noisy-channel",
        "oracle",
        "overlap-density",
        "probe-filter",
        "product",
        "reverse-kl",
        "shuffled",
        "topofilter",
        "topolabel",
        "window",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_method_says_what_it_does_in_one_line_and_cites_its_source(name):
    factory = METHODS.factories[name].make
    first, _, rest = (inspect.getdoc(factory) or "").partition("\n")
    assert first.endswith((".", ")."))
    assert len(first) <= 100
    assert not rest or rest.startswith("\n")
    for parameter in inspect.signature(factory).parameters:
        assert re.search(rf"^\s*{parameter}: ", rest, re.MULTILINE), parameter
    module = importlib.import_module(factory.__module__)
    if name in ("oracle", "shuffled"):
        return  # controls of our own
    assert re.search(r"\b(19|20)\d\d\b", f"{module.__doc__} {first} {rest}")


BAD_ARGUMENTS = [
    "adaptive-confidence,temperature=0",
    "adaptive-confidence,temperature=nan",
    "composition,transform=melt",
    "composition,temperature=1",
    "composition,smoothing=0",
    "composition,balance=2",
    "composition,select=best",
    "composition,keep=1",
    "composition,others=1",
    "composition,relabel=truth",
    "composition,neighbors=0",
    "composition,targets=truth",
    "composition,alpha=0",
    "composition,doubt=0",
    "composition,q=nan",
    "composition,floor=0.5",
    "composition,radius=0",
    "composition,schedule=never",
    "composition,warmup=0",
    "composition,curriculum=hard-first",
    "composition,first=1",
    "composition,until=2",
    "composition,members=0",
    "co-teaching,forget=1",
    "co-teaching,forget=-0.1",
    "co-teaching,forget=nan",
    "co-teaching,warmup=-1",
    "co-teaching,warmup=2",
    "co-teaching,warmup=nan",
    "confidence,alpha_max=2",
    "confidence,alpha_max=0",
    "confidence,alpha_max=nan",
    "confidence,warmup=-1",
    "confidence,warmup=2",
    "confidence,warmup=nan",
    "confident-filter,keep=0",
    "confident-filter,keep=1.5",
    "confident-filter,min_confidence=-1",
    "confident-filter,min_confidence=1.1",
    "confident-filter,min_confidence=nan",
    "confident-filter,max_confidence=0",
    "confident-first,first=0",
    "confident-first,until=2",
    "ensemble,members=0",
    "ensemble,members=2.5",
    "ensemble,members=many",
    "entropy,alpha=1",
    "entropy,alpha=-1",
    "entropy,alpha=nan",
    "entropy,warmup=-1",
    "entropy,warmup=2",
    "entropy,warmup=nan",
    "gce,q=0",
    "gce,q=1.1",
    "gce,q=nan",
    "knn-relabel,neighbors=0",
    "knn-relabel,folds=1",
    "logreg-relabel,l2=0",
    "logreg-relabel,folds=0",
    "naive,hard=perhaps",
    "noisy-channel,smoothing=0",
    "noisy-channel,smoothing=nan",
    "noisy-channel,smoothing=inf",
    "noisy-channel,warmup=-1",
    "overlap-density,others=-1",
    "overlap-density,others=2",
    "overlap-density,others=nan",
    "probe-filter,probe=topo",
    "probe-filter,contamination=1",
    "product,alpha=0",
    "product,beta=-1",
    "reverse-kl,floor=0",
    "reverse-kl,floor=0.5",
    "reverse-kl,floor=nan",
    "topofilter,contamination=1",
    "topofilter,graph=0",
    "topofilter,neighbors=0",
    "topolabel,graph=0",
    "topolabel,neighbors=1001",
    "window,radius=0",
    "window,radius=strong",
    "window,radius=nan",
]


@pytest.mark.parametrize("specification", BAD_ARGUMENTS)
def test_an_argument_out_of_range_is_refused_by_name(specification):
    argument = specification.partition(",")[2].partition("=")[0]
    with pytest.raises(UserError, match=argument) as caught:
        METHODS.build(specification)
    assert specification in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_argument_of_every_method_is_tested_out_of_range():
    tried = {tuple(bad.partition("=")[0].split(",")) for bad in BAD_ARGUMENTS}
    builtin = [n for n in NAMES if METHODS.factories[n].make.__module__.startswith("truing.")]
    free = {("bootstrap", "rungs")}
    for name in builtin:
        parameters = METHODS.factories[name].annotations
        assert {(name, parameter) for parameter in parameters} <= tried | free


def test_an_unknown_argument_or_method_is_refused_with_a_suggestion():
    with pytest.raises(UserError, match="no argument 'colour'; allowed: hard"):
        METHODS.build("naive,colour=red")
    with pytest.raises(UserError, match="argument=value"):
        METHODS.build("naive,hard")
    with pytest.raises(UnknownNameError, match="did you mean confidence"):
        METHODS.build("confidense")


def test_two_peers_are_two_members():
    with pytest.raises(ValueError, match="peers needs members=2, got 3"):
        replace(METHODS.build("co-teaching").value, members=3)


def test_each_peer_sees_the_beliefs_of_the_other_peer():
    """As without peers, but the other way round: the rule follows the labels in both."""

    def last_shown(**options):
        shown = []

        def watching(weak, belief, progress):
            shown.append(belief.tobytes())
            return weak, ONES

        trained(Method(targets=watching, members=2, **options))
        return shown[-2:]

    own = last_shown()
    assert own[0] != own[1]
    assert last_shown(peers=True) == own[::-1]
