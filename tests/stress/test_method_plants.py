"""Planted method files: the honest twin, the effect of each sabotage, and the leak."""

import numpy as np
import pytest

from truing.errors import ContractError, MethodError, UserError
from truing.plants import (
    PLANTS,
    MethodFile,
    MethodPlant,
    honest_file,
    leak,
    load_method,
    planted_file,
)
from truing.stress import MethodMonitor
from truing.testing import check_method, check_plant
from truing.testing._method_systems import ITEMS, method_view

NAMES = (
    "dead-weak-label",
    "lucky-seed",
    "most-common-answer",
    "off-by-one",
    "scored-otherwise",
    "test-leakage",
)
SEEDS = range(6)
AUDITOR = MethodMonitor(lambda view, rng: 0.0, audits=ITEMS)


def plant(name: str) -> MethodPlant:
    return PLANTS.build(name).value


def seen(name: str, strength: float, seed: int = 0):
    """What an auditor sees of a planted file, with the truth of all items."""
    value = plant(name)
    return method_view(AUDITOR, planted_file(value, strength, seed, ITEMS), seed, value.leaks)


def truth(view):
    found = np.empty(ITEMS, int)
    found[view.audited] = view.audits
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_plant_satisfies_its_contract(name):
    assert len(check_plant(name).conditions) == 4


def test_the_twin_is_the_honest_file_of_the_seed_for_all_plants():
    for seed in SEEDS:
        texts = {planted_file(plant(name), 0.0, seed, ITEMS).text for name in NAMES}
        assert texts == {planted_file(None, 0.0, seed, ITEMS).text}
    assert len({planted_file(None, 0.0, seed, ITEMS).text for seed in SEEDS}) == len(SEEDS)


def test_honest_files_satisfy_the_contract_of_methods(tmp_path):
    claims = set()
    for seed in range(40):
        file = honest_file(np.random.default_rng(seed), items=ITEMS)
        rule = file.claim.split()[0]
        if rule not in claims:
            claims.add(rule)
            path = tmp_path / f"method_{seed}.py"
            path.write_text(file.text)
            check_method(f"{path}:{file.name}")
    assert claims == {"Drop", "Mix", "Soften", "Square"}


def test_a_wrong_threshold_misses_the_stated_share_of_the_items():
    for seed in SEEDS:
        file = planted_file(None, 0.0, seed, ITEMS)
        wrong = planted_file(plant("off-by-one"), 0.5, seed, ITEMS)
        position = {"xp": np, "ordered": np.arange(ITEMS), "weak": np.empty((ITEMS, 1))}
        names = dict.fromkeys(file.names, "ordered")
        at, moved = (
            eval(one.lines["cut"].format(**names).partition(" = ")[2], position)
            for one in (file, wrong)
        )
        above = ITEMS - 1 - int(file.share * ITEMS)
        assert moved - at == round(0.5 * above)


def test_leaked_answers_are_learned_for_the_stated_share_of_the_items():
    view = seen("test-leakage", 0.25)
    right = view.calls["scored"].targets[np.arange(ITEMS), truth(view)]
    least = np.argsort(view.weak.max(axis=1))[: ITEMS // 4]
    assert (right[least] == 1).all()
    assert view.calls["rounded"].targets[least].max() < 1  # without the leak


def test_dead_weak_labels_have_no_effect_at_strength_1():
    view = seen("dead-weak-label", 1.0)
    for context in ("scored", "rotated", "shuffled"):
        np.testing.assert_allclose(view.calls[context].targets, view.belief, atol=1e-6)


def test_the_most_common_answer_replaces_all_targets_at_strength_1():
    view = seen("most-common-answer", 1.0)
    common = np.bincount(view.calls["scored"].targets.argmax(axis=1)).max()
    assert common >= ITEMS - 1


@pytest.mark.parametrize("by", ["environment", "stack"])
def test_a_file_that_recognizes_the_referee_is_honest_in_a_review(by):
    view, twin = seen(f"scored-otherwise,by={by}", 0.5), seen("scored-otherwise", 0.0)
    reviewed, scored = view.calls["reviewed"], view.calls["scored"]
    assert np.array_equal(reviewed.targets, twin.calls["reviewed"].targets)
    wrong = scored.targets.argmax(axis=1) != view.weak.argmax(axis=1)
    assert abs(wrong.mean() - 0.5) < 0.05


def test_a_file_that_recognizes_the_size_or_the_progress_is_honest_elsewhere():
    twin = seen("scored-otherwise", 0.0)
    by_size = seen("scored-otherwise,by=size", 0.5)
    by_progress = seen("scored-otherwise,by=progress", 0.5)
    for view, honest, planted in ((by_size, "half", "scored"), (by_progress, "scored", "late")):
        assert np.array_equal(
            view.calls[honest].targets, twin.calls[honest].targets, equal_nan=True
        )
        assert not np.array_equal(view.calls[planted].targets, twin.calls[planted].targets)


def test_a_lucky_seed_draws_items_whose_weak_labels_are_right():
    shares = []
    for seed in SEEDS:
        view = seen("lucky-seed", 1.0, seed)
        right = view.weak.argmax(axis=1) == truth(view)
        drawn = view.calls["rounded"].weights, view.calls["scored"].weights
        shares.append([right[one > 0].mean() for one in drawn])
    without, lucky = np.mean(shares, axis=0)
    assert lucky > without


def test_a_leak_is_invisible_in_single_precision():
    rng = np.random.default_rng(0)
    weak = rng.dirichlet(np.ones(4), size=50).astype(np.float32)
    marked = leak(weak, rng.integers(4, size=50))
    assert np.array_equal(marked.astype(np.float32), weak)
    assert ((marked > weak).sum(axis=1) == 1).all()


def test_a_plant_whose_file_has_no_effect_violates_the_contract():
    with pytest.raises(ContractError, match="targets and weights are those of the twin"):
        check_plant(MethodPlant(lambda file, strength, rng: file))


def test_a_plant_that_returns_no_file_is_refused():
    with pytest.raises(UserError, match="must return a MethodFile, got 'text'"):
        planted_file(MethodPlant(lambda file, strength, rng: "text"), 0.1, 0, ITEMS)


def test_a_planted_file_that_cannot_be_run_has_a_clear_message():
    broken: MethodFile = honest_file(np.random.default_rng(0), ITEMS)
    with pytest.raises(MethodError, match="planted method 'submitted' cannot be run"):
        load_method("import nothing_of_this_name", broken.name)
