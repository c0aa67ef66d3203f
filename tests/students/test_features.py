"""The capability ladder: what each feature map sees, and what it refuses."""

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import DataError, UnknownNameError, UserError
from truing.students.features import FEATURES, extract
from truing.tasks import load_task


def features(name, task):
    return extract(FEATURES.build(name).value, name, task)


@pytest.fixture(scope="module")
def digits():
    return load_task("digits").task


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("pixels", 64),
        ("lowres-4", 16),
        ("lowres-3", 9),
        ("pca-8", 8),
        ("nystroem-32", 32),
        ("spectral-16", 16),
    ],
)
def test_a_map_has_as_many_columns_as_its_name_says(digits, name, columns):
    found = features(name, digits)
    assert found.shape == (1797, columns)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("name", ["pca-8", "nystroem-32", "spectral-16"])
def test_the_same_task_has_the_same_features_twice(digits, name):
    assert np.array_equal(features(name, digits), features(name, digits))


def test_coarse_cells_average_what_they_cover(digits):
    by_hand = digits.inputs.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    assert np.allclose(features("lowres-4", digits), by_hand, atol=1e-6)
    mean = features("lowres-1", digits)[:, 0]
    assert np.allclose(mean, digits.inputs.mean(axis=(1, 2)), atol=1e-6)


def test_uneven_cells_keep_the_mean_brightness(digits):
    assert np.allclose(
        features("lowres-3", digits).mean(axis=1), digits.inputs.mean(axis=(1, 2)), atol=1e-6
    )


def test_the_self_supervised_map_separates_digits_better_than_as_many_components(digits):
    from sklearn.neighbors import KNeighborsClassifier

    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "score")
    splits = digits.splits(0)
    accuracy = {}
    for name in ("pca-8", "spectral-8"):
        seen = features(name, digits)
        near = KNeighborsClassifier(5).fit(seen[splits.learn], truth[splits.learn])
        accuracy[name] = near.score(seen[splits.test], truth[splits.test])
    assert accuracy["spectral-8"] > accuracy["pca-8"]


def test_texts_become_components_of_their_words(tmp_path):
    rows = [{"text": "cats purr" if i % 2 else "dogs bark", "truth": i % 2} for i in range(20)]
    task = load_task(str(write_jsonl(tmp_path / "t.jsonl", rows))).task
    found = features("lsa-2", task)
    assert found.shape == (20, 2)
    assert np.allclose(found[0], found[2], atol=1e-6)
    assert not np.allclose(found[0], found[1], atol=1e-2)


def test_items_with_their_own_choices_have_features_of_each(tmp_path):
    rows = [
        {"text": f"q{i}", "choices": ["yes it is", "no", "perhaps"], "truth": 0} for i in range(9)
    ]
    task = load_task(str(write_jsonl(tmp_path / "t.jsonl", rows))).task
    assert features("lsa-3", task).shape == (9, 3, 3)


def test_activations_come_from_a_file(tmp_path, digits):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1797 * 3, dtype=np.float64).reshape(1797, 3))
    assert features(f"file:{path}", digits).shape == (1797, 3)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((10, 3)), r"shape \(10, 3\); the shape for digits must be \(1797, columns\)"),
        (np.zeros(1797), r"shape \(1797,\)"),
        (np.full((1797, 2), np.nan), "not finite"),
        (np.full((1797, 2), np.inf), "not finite"),
    ],
)
def test_activations_of_another_task_are_refused(tmp_path, digits, array, message):
    path = tmp_path / "a.npy"
    np.save(path, array)
    with pytest.raises(DataError, match=message):
        features(f"file:{path}", digits)


@pytest.fixture
def eighty(tmp_path):
    """A task of 80 vectors, to read activations for."""
    rows = [{"vector": [i, 1], "truth": i % 2} for i in range(80)]
    return load_task(str(write_jsonl(tmp_path / "t.jsonl", rows))).task


def test_half_precision_is_read_without_a_warning(tmp_path, eighty):
    array = np.random.default_rng(0).normal(size=(80, 8)).astype(np.float16)
    np.save(tmp_path / "a.npy", array)
    found = features(f"file:{tmp_path / 'a.npy'}", eighty)  # a warning fails every test
    assert np.array_equal(found, array.astype(np.float32))
    array[3, 3] = np.inf
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(DataError, match="not finite"):
        features(f"file:{tmp_path / 'a.npy'}", eighty)


def test_a_file_of_several_arrays_is_read_where_it_has_one(tmp_path, eighty):
    array = np.arange(160.0).reshape(80, 2)
    np.savez(tmp_path / "one.npz", X=array)
    assert np.array_equal(features(f"file:{tmp_path / 'one.npz'}", eighty), array)
    np.savez(tmp_path / "two.npz", X=array, y=array)
    with pytest.raises(DataError, match=r"contains 2 arrays \(X, y\); it must contain 1; save"):
        features(f"file:{tmp_path / 'two.npz'}", eighty)


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16", "int64"])
def test_safetensors_are_read(tmp_path, eighty, kind):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    tensor = torch.arange(160).reshape(80, 2).to(getattr(torch, kind))
    save_file({"x": tensor}, tmp_path / "a.safetensors")
    found = features(f"file:{tmp_path / 'a.safetensors'}", eighty)
    assert np.array_equal(found, tensor.float().numpy())
    save_file({"x": tensor, "y": tensor + 1}, tmp_path / "a.safetensors")
    with pytest.raises(DataError, match="2 arrays"):
        features(f"file:{tmp_path / 'a.safetensors'}", eighty)
    (tmp_path / "a.safetensors").write_bytes(b"hello, world")
    with pytest.raises(DataError, match="not a safetensors file"):
        features(f"file:{tmp_path / 'a.safetensors'}", eighty)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((80, 2), bool), "values of type bool; the values must be"),
        (np.ones((80, 2), complex), "values of type complex128; the values must be"),
        (np.full((80, 2), "a"), "values of type <U1; the values must be"),
        (np.full((80, 2), None), "the array contains Python objects; save the array of numbers"),
    ],
)
def test_values_that_are_not_real_numbers_are_refused(tmp_path, eighty, array, message):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        features(f"file:{tmp_path / 'a.npy'}", eighty)


@pytest.mark.parametrize("name", ["a.pt", "b.npy"])
def test_a_file_of_torch_is_refused_because_it_can_run_code(tmp_path, eighty, name):
    torch = pytest.importorskip("torch")
    torch.save(torch.zeros(80, 2), tmp_path / name)
    with pytest.raises(DataError, match="PyTorch and pickle files are refused"):
        features(f"file:{tmp_path / name}", eighty)


def test_a_file_without_an_array_is_refused(tmp_path, digits):
    path = tmp_path / "a.npy"
    path.write_text("hello")
    with pytest.raises(DataError, match=r"cannot be read as \.npy: the file does not start with"):
        features(f"file:{path}", digits)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"cannot be read as \.npy: the file is empty"):
        features(f"file:{path}", digits)


def test_a_damaged_archive_is_refused_for_that_reason(tmp_path, eighty):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.random.default_rng(0).normal(size=(80, 4)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cannot be read as \.npz: File is not a zip file; save"):
        features(f"file:{path}", eighty)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"cannot be read as \.npz: .*; save"):
        features(f"file:{path}", eighty)
    path.write_text("hello")
    with pytest.raises(DataError, match=r"cannot be read as \.npz: the file does not start with"):
        features(f"file:{path}", eighty)
    np.savez(path)
    with pytest.raises(DataError, match="contains 0 arrays; it must contain 1"):
        features(f"file:{path}", eighty)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pca-65", "must be 1 to 64 on this task"),
        ("lowres-9", "the size must be 1 to 8 for images of 8 x 8 pixels, got 9"),
        ("lsa-4", "needs texts, but digits contains images"),
        ("spectral-16,neighbors=1797", "`neighbors` must be 1 to 1796, got 1797"),
    ],
)
def test_an_impossible_size_is_refused(digits, name, message):
    with pytest.raises(DataError, match=message):
        features(name, digits)


def test_a_missing_size_is_reported():
    with pytest.raises(UserError, match="needs size"):
        FEATURES.build("pca")


def test_an_unknown_name_suggests_the_nearest_name_with_the_given_size():
    with pytest.raises(UnknownNameError, match="did you mean spectral-64"):
        FEATURES.build("spectrl-64")
    with pytest.raises(UnknownNameError, match="did you mean pca-8"):
        FEATURES.build("pca8")


@pytest.mark.parametrize("wrong", [lambda items: [*items], lambda items: items[0]])
def test_the_error_of_a_map_that_iterates_over_a_task_names_its_parts(digits, wrong):
    hint = "the function receives a Task: use task.texts, task.inputs or task.items"
    with pytest.raises(DataError, match=hint):
        extract(wrong, "mine", digits)
