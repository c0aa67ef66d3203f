"""The pixel debate as a whole: its figures, its control, and images that a user brings."""

from __future__ import annotations

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.games import GAMES, SampledValue
from truing.oversight.games._pixel_debate import _Measure
from truing.oversight.pixels import _judge as judge_module


def played(specification, seed=0):
    seen = []
    game = GAMES.build(specification).value
    outcome = game(np.random.default_rng(seed), lambda *told: seen.append(told))
    return outcome, seen


@pytest.fixture(autouse=True, scope="module")
def short_training():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge_module, "STEPS", 600)
        yield


@pytest.fixture(scope="module")
def two_pixels():
    return played("pixel-debate,pixels=2,debates=60,judges=2")


def test_results_have_their_names_and_intervals(two_pixels):
    outcome, seen = two_pixels
    values = outcome.values
    assert values["exact"] is True
    sides = {"honest_first", "honest_second", "both"}
    assert set(values["honest_wins"]) == {"with_precommitment", "without_precommitment"}
    assert set(values["honest_wins"]["without_precommitment"]) == sides
    assert set(values["honest_wins"]["with_precommitment"]) == sides | {"mean_lie"}
    assert set(values["precommitment_only"]) == {"worst_lie", "mean_lie"}
    for one in (values["judge_accuracy"], *values["precommitment_only"].values()):
        assert isinstance(one, SampledValue)
        assert 0 <= one.low < one.value < one.high <= 1
    assert seen[-1] == ("debates", 120, 120)


def test_the_judge_is_more_accurate_than_chance(two_pixels):
    assert two_pixels[0].values["judge_accuracy"].low > 0.2


def test_precommitment_helps_with_and_without_debate(two_pixels):
    values = two_pixels[0].values
    control = values["precommitment_only"]
    assert values["judge_accuracy"].value < control["worst_lie"].value < control["mean_lie"].value
    wins = values["honest_wins"]
    for side in ("honest_first", "honest_second", "both"):
        open_question = wins["without_precommitment"][side].value
        worst = wins["with_precommitment"][side].value
        assert open_question <= worst <= wins["with_precommitment"]["mean_lie"][side].value


def test_the_gain_from_debate_is_relative_to_its_control(two_pixels):
    values = two_pixels[0].values
    gained = values["gained_by_debate"]["with_precommitment"].value
    both = values["honest_wins"]["with_precommitment"]["both"].value
    assert gained == pytest.approx(both - values["precommitment_only"]["worst_lie"].value)


def test_the_same_generator_gives_the_same_outcome(two_pixels):
    assert played("pixel-debate,pixels=2,debates=60,judges=2")[0] == two_pixels[0]


def test_each_published_value_names_a_measured_value(monkeypatch):
    monkeypatch.setattr(judge_module, "STEPS", 50)
    outcome, _ = played("pixel-debate,debates=4,judges=1")
    assert [one.value for one in outcome.published] == [0.482, 0.597, 0.852]
    for one in outcome.published:
        at = outcome.values
        for name in one.name.split("."):
            at = at[name]
        assert isinstance(at, SampledValue)
    assert "the one trained judge" in outcome.notes[0]


@pytest.fixture
def arrays():
    """60 images of 5 x 5 pixels, three classes: which row is bright."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    images = rng.uniform(0.05, 0.3, (60, 5, 5))
    images[np.arange(60), labels] += 0.6
    return {"images": images, "labels": labels}


def saved(tmp_path, arrays):
    np.savez(tmp_path / "my,images.npz", **arrays)
    return f"pixel-debate,debates=10,judges=1,images={tmp_path / 'my,images.npz'}"


def test_own_images_can_be_debated(tmp_path, arrays):
    values = played(saved(tmp_path, arrays))[0].values
    assert values["judge_accuracy"].value > 0.6
    assert values["honest_wins"]["with_precommitment"]["both"].value > 0.6


@pytest.fixture
def uneven(monkeypatch):
    """40 images of MNIST's shape: 9 nonzero pixels in even items, 30 in odd items."""
    monkeypatch.setattr(judge_module, "STEPS", 20)
    rng = np.random.default_rng(3)
    images, labels = np.zeros((40, 28, 28)), np.arange(40) % 4 // 2
    for number, image in enumerate(images):
        size = 9 if number % 2 == 0 else 30
        rows = rng.permutation(14)[:, None] * 28 + 14 * labels[number]
        places = (rows + np.arange(14)).ravel()[:size]
        image.ravel()[places] = rng.uniform(0.2, 1.0, size)
    return {"images": images, "labels": labels}


def test_exact_or_search_is_decided_per_image_and_reported(tmp_path, uneven):
    words = saved(tmp_path, uneven).replace("debates=10", "debates=8") + ",pixels=4"
    limit = 126  # sets of 4 of 9 pixels
    outcome = played(f"{words},rollouts=20,exact_limit={limit}")[0]
    values = outcome.values
    assert 0 < values["solved_exactly"] < 1
    assert values["exact"] is False
    assert values["honest_wins_is"] == "lower bound (search)"
    solved = round(8 * values["solved_exactly"])
    assert f"{solved} of 8 images are solved by exact minimax" in outcome.notes[1]
    assert "lower bound" in outcome.notes[1]
    whole = played(f"{words},rollouts=20")[0]
    assert (whole.values["solved_exactly"], whole.values["exact"]) == (1.0, True)
    assert "honest_wins_is" not in whole.values
    assert "lower bound" not in " ".join(whole.notes)


def test_images_that_are_solved_exactly_have_the_exact_result_beside_searched_images(
    tmp_path, uneven
):
    from truing.oversight.games import _pixel_debate as module

    kept = []
    collect = module._collect

    def spy(*given):
        kept.append(collect(*given))
        return kept[-1]

    words = saved(tmp_path, uneven).replace("debates=10", "debates=8") + ",pixels=4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_collect", spy)
        mixed = played(f"{words},rollouts=5,exact_limit=126")[0].values
        played(words)
    searched, exact = (one.honest for one in kept)
    same_N = (searched == exact).all(axis=(0, 1, 3))
    assert same_N.sum() >= round(8 * mixed["solved_exactly"])


def test_a_first_mover_that_wins_beyond_noise_on_searched_images_is_a_warning():
    rng = np.random.default_rng(0)
    measure = _Measure(np.arange(100), 5)
    second = (rng.random((3, 100)) < 0.4).astype(float)
    first = np.maximum(second, (rng.random((3, 100)) < 0.3).astype(float))
    every = np.ones(100, bool)
    assert "is +0.1" in measure.unconverged(first, second, every)
    assert "is -0.1" in measure.unconverged(second, first, every)
    assert measure.unconverged(first, first, every) == ""
    noise = (rng.random((3, 100)) < 0.4).astype(float)
    assert measure.unconverged(noise, second, every) == ""
    assert measure.unconverged(first, second, ~every) == ""


def test_search_and_minimax_agree(tmp_path, arrays):
    """Of nine pixels two are shown: 1,000 rollouts see all there is. Random views are sampled."""
    arrays["images"] = arrays["images"][:, :3, :3]
    words = saved(tmp_path, arrays) + ",pixels=2"
    exact = played(words)[0].values
    searched = played(f"{words},exact_limit=0,rollouts=1000")[0].values
    assert (exact["exact"], searched["exact"], searched["rollouts"]) == (True, False, 1000)
    assert searched["honest_wins"] == exact["honest_wins"]
    for name in ("worst_lie", "mean_lie"):
        one, other = (found["precommitment_only"][name].value for found in (exact, searched))
        assert one == pytest.approx(other, abs=0.03)
        assert one != other


def change(**changes):
    return lambda arrays: {**arrays, **changes}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: {"images": a["images"]}, "no array 'labels'"),
        (lambda a: {"pictures": a["images"]}, "no array 'images'"),
        (change(images=np.ones((60, 25))), r"'images' must be numbers .* of shape \(60, 25\)"),
        (lambda a: a | {"images": a["images"] * 255}, "must contain values from 0 to 1"),
        (lambda a: a | {"images": a["images"] * np.nan}, "must contain values from 0 to 1"),
        (lambda a: a | {"labels": a["labels"][:50]}, "'labels' must be 60 whole numbers"),
        (lambda a: a | {"labels": a["labels"] / 2}, "'labels' must be 60 whole numbers"),
        (lambda a: a | {"labels": a["labels"] - 1}, "'labels' must be from 0 to 99"),
        (lambda a: a | {"labels": a["labels"] * 0}, "at least two classes"),
        (
            lambda a: a | {"images": a["images"] * (np.arange(25) < 3).reshape(5, 5)},
            "3 nonzero pixels, but 4 must be shown",
        ),
        (lambda a: {key: one[:12] for key, one in a.items()}, "too few"),
        (
            change(images=np.array([None]), labels=np.array([0])),
            "not an .npz file with plain arrays",
        ),
    ],
)
def test_unusable_images_are_reported_in_one_line(tmp_path, arrays, spoil, message):
    with pytest.raises(UserError, match=message) as caught:
        played(saved(tmp_path, spoil(arrays)))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_npz_is_reported(tmp_path):
    for name, content in (("a.npz", b"text"), ("b.npz", b""), ("c.npz", b"PK\x03\x04broken")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=r"not an \.npz file with plain arrays"):
            played(f"pixel-debate,images={tmp_path / name}")
    with pytest.raises(UserError, match="no such file"):
        played(f"pixel-debate,images={tmp_path / 'nothing.npz'}")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("pixels=3", "pixels must lie in"),
        ("pixels=0", "pixels must lie in"),
        ("debates=1", "debates must be 2 or more"),
        ("judges=0", "judges must be 1 or more"),
        ("rollouts=0", "rollouts must be 1 or more"),
    ],
)
def test_an_argument_out_of_range_is_reported(argument, message):
    with pytest.raises(UserError, match=message):
        GAMES.build(f"pixel-debate,{argument}")


def test_more_debates_than_images_are_reported():
    with pytest.raises(UserError, match=r"debates must be at most 539, .* of digits, got 600"):
        played("pixel-debate,debates=600")


def test_views_are_of_nonzero_pixels_each_set_as_often():
    image = np.array([[0, 0.5, 0.2, 0, 1, 0.1]] * 6000, np.float32)
    views = np.sort(judge_module.draw_views(image, 2, np.random.default_rng(0)), axis=1)
    sets, counts = np.unique(views, axis=0, return_counts=True)
    assert sets.tolist() == [[1, 2], [1, 4], [1, 5], [2, 4], [2, 5], [4, 5]]
    assert abs(counts - 1000).max() < 120


def test_gradients_are_those_of_the_cross_entropy():
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape) for shape in ((6, 5), (5,), (5, 3), (3,))]
    planes, truth = rng.random((7, 6)), rng.integers(3, size=7)

    def cost():
        logits = np.maximum(planes @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
        return (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(7), truth]).mean()

    for one, gradient in zip(weights, judge_module._gradients(weights, planes, truth), strict=True):
        at = (0,) * one.ndim
        one[at] += 1e-6
        above = cost()
        one[at] -= 2e-6
        below = cost()
        one[at] += 1e-6
        assert gradient[at] == pytest.approx((above - below) / 2e-6, abs=1e-6)
