"""The contract checks pass what is shipped, and catch what breaks the contract."""

import pytest

from truing.errors import ContractError
from truing.methods import METHODS
from truing.testing import check_features, check_method, check_task


@pytest.mark.parametrize("name", METHODS.describe())
def test_every_shipped_method_keeps_the_contract(name):
    check_method(name)


@pytest.mark.parametrize("name", ["pixels", "lowres-4", "pca-8", "nystroem-16", "spectral-8"])
def test_every_shipped_feature_map_keeps_the_contract(name):
    check_features(name)


@pytest.mark.parametrize("name", ["digits", "digits-parity", "digits-large"])
def test_every_shipped_task_keeps_the_contract(name):
    check_task(name)


def test_the_example_keeps_the_contract():
    check_method("examples/smooth_labels.py:smooth-where-we-differ")


RULES = {
    "targets[:-1], weights": r"targets must have shape \(24, 2\), got \(23, 2\)",
    "targets, weights[:-1]": r"weights must have shape \(24,\), got \(23,\)",
    "targets * float('nan'), weights": "targets must be finite",
    "targets, weights * float('inf')": "weights must be finite",
    "targets, weights - 2": "weights must be 0 or more",
    "targets * next(counter), weights": "a second call .* returned another result",
    "spoil(weak), weights": "the rule changed its inputs",
    "np.asarray(weak) * 1.0, weights": "returned a NumPy array for an array of another library",
    "targets, first_half(weights)": "depend on the order of the items",
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
