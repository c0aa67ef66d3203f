"""The contract checks pass what is shipped, and catch what breaks the contract."""

from itertools import takewhile

import pytest

from tests.documents import ROOT, read_blocks
from truing.errors import ContractError, StoreError
from truing.methods import METHODS, uniform
from truing.testing import check_features, check_method, check_task
from truing.testing._contract import Contract
from truing.testing._features import FEATURE_MAP
from truing.testing._folders import FOLDER
from truing.testing._games import GAME
from truing.testing._methods import METHOD
from truing.testing._protocols import PROTOCOL
from truing.testing._researchers import RESEARCHER
from truing.testing._students import STUDENT
from truing.testing._supervisors import SUPERVISOR
from truing.testing._tasks import TASK

SMALL = "tests/testing/small_tasks.py"


@pytest.mark.parametrize("name", METHODS.describe())
def test_every_built_in_method_satisfies_the_contract(name):
    check_method(name)


@pytest.mark.parametrize("name", ["pixels", "lowres-4", "pca-8", "nystroem-16", "spectral-8"])
def test_every_built_in_feature_map_satisfies_the_contract(name):
    check_features(name)


@pytest.mark.parametrize("name", ["digits", "digits-parity", "digits-large"])
def test_every_built_in_task_satisfies_the_contract(name):
    check_task(name)


def test_the_example_satisfies_the_contract():
    check_method("examples/smooth_labels.py:smooth-where-we-differ")


RULES = {
    "targets[:-1], weights": r"targets have shape \(23, 2\) .* required: targets have shape",
    "targets, weights[:-1]": r"weights have shape \(23,\) .* and weights have shape \(n,\)",
    "targets * float('nan'), weights": "targets contain nan; required: targets and weights are",
    "targets, weights * float('inf')": "weights contain inf; required: targets and weights are",
    "targets, weights - 2": "a weight is -1; required: .* no weight is below 0",
    "targets * next(counter), weights": "a second call returned another result; required: a second",
    "spoil(weak), weights": "the rule changed its inputs; required: the rule does not change",
    "np.asarray(weak) * 1.0, weights": "returned a NumPy array for an array of another library",
    "targets, first_half(weights)": "equal beliefs depend on the order of the items; required:",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_caught(tmp_path, rule):
    path = tmp_path / "broken.py"
    path.write_text(
        "import itertools\n"
        "import numpy as np\n"
        "from array_api_compat import array_namespace\n"
        "from truing.methods import Method, method, uniform\n"
        "counter = itertools.count(1)\n"
        "def spoil(weak):\n"
        "    weak[:] = 0.5\n"
        "    return weak\n"
        "def first_half(weights):\n"
        "    xp = array_namespace(weights)\n"
        "    n = weights.shape[0]\n"
        "    return weights * xp.astype(xp.arange(n) < n // 2, weights.dtype)\n"
        "@method('broken')\n"
        "def broken() -> Method:\n"
        "    'Broken.'\n"
        "    def targets(weak, belief, progress):\n"
        "        targets, weights = weak, uniform(weak)\n"
        f"        return {rule}\n"
        "    return Method(targets=targets)\n"
    )
    with pytest.raises(ContractError, match=RULES[rule]):
        check_method(f"{path}:broken")


VIOLATES = {
    "not-a-number": ("one row of finite numbers per item", "not finite"),
    "unseeded": ("a second extraction returns the same values", "returned other values"),
    "scales": ("the inputs of the task stay as they are", "it changed the inputs"),
    "peeks": ("no ground truth is read", "read the ground truth of 120 items"),
}


@pytest.mark.parametrize("name", VIOLATES)
def test_a_broken_feature_map_is_caught(name):
    words, detail = VIOLATES[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_features(f"tests/testing/broken_features.py:{name}", f"{SMALL}:few-digits")
    assert f"; required: {words}" in str(found.value)


TASKS = {
    "reshuffled": ("a second load returns the same items", "another ground truth"),
    "from-one": (
        "the ground truth of each item is the index",
        r"item 'a\d+' is 2, but the item has 2",
    ),
    "one-sided": ("the right choice is not at the same", "always choice number 1"),
    "left-out": ("each item is in exactly one split", r"item 'a\d+' is in 0 splits for seed 0"),
    "torn": ("all items of a cluster are in the same split", "are in several splits"),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_broken_task_is_caught(name):
    words, detail = TASKS[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_task(f"tests/testing/broken_tasks.py:{name}")
    assert f"; required: {words}" in str(found.value)


def test_the_positions_of_right_choices_are_checked_in_pairs():
    checked = check_task(f"{SMALL}:pairs")
    assert not checked.skipped


def test_a_rule_that_is_wrongly_declared_static_is_caught(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text(
        "from truing.methods import Method, uniform\n"
        "def broken():\n"
        "    return Method(lambda weak, belief, progress: (belief, uniform(weak)), static=True)\n"
    )
    with pytest.raises(ContractError, match="required: the rule uses neither beliefs nor progress"):
        check_method(f"{path}:broken")


def test_a_check_says_what_it_checked_and_what_it_did_not():
    checked = check_task("digits-parity")
    lines = str(checked).splitlines()
    assert lines[0] == "task 'digits-parity': 4 conditions are satisfied"
    assert lines[1:5] == [f"- {words}" for words in checked.conditions]
    assert lines[5:] == [
        "not checked:",
        "- the right choice is not at the same position in all items: all items have the same "
        "choices",
    ]
    assert repr(checked) == str(checked)


def test_a_missing_library_is_the_reason_of_a_skipped_condition(monkeypatch):
    monkeypatch.setattr("truing.testing._methods.find_spec", lambda name: None)
    ((words, reason),) = check_method("naive").skipped
    assert (
        words
        == "the rule works on arrays that support only the array API, as PyTorch students need"
    )
    assert reason == "array-api-strict is not installed"


def test_a_full_disk_is_no_violation():
    contract: Contract[None] = Contract("method")

    @contract.condition("there is room")
    def room(case):
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        contract.check("naive", None)


CONTRACTS = (FEATURE_MAP, FOLDER, GAME, METHOD, PROTOCOL, RESEARCHER, STUDENT, SUPERVISOR, TASK)
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_documents_show_the_conditions_that_are_checked(page):
    kinds = {contract.kind: [words for words, _ in contract.conditions] for contract in CONTRACTS}
    for block in read_blocks(page.read_text()):
        first, *lines = block.text.splitlines() or [""]
        if first.endswith("conditions are satisfied"):
            shown = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
            words = kinds[first.split(" ")[0]]
            assert len(shown) == len(words)
            assert all(any(line.startswith(one) for one in words) for line in shown)
            checked = takewhile(lambda line: line.startswith("- "), lines)
            assert int(first.split(" ")[-4]) == len(list(checked))


def halves(weak, belief, progress):
    return (weak + belief) / 2, uniform(weak)


def test_a_function_is_checked_like_a_named_method():
    checked = check_method(halves)
    assert str(checked).startswith("method 'halves': 8 conditions are satisfied")
    with pytest.raises(ContractError, match=r"method 'lambda'.*shape"):
        check_method(lambda weak, belief, progress: (weak[:, :1], uniform(weak)))
