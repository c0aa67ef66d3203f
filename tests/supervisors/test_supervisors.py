"""Recorded labels and planted noise."""

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import DataError, UnknownNameError
from truing.supervisors import (
    PlantedSupervisor,
    RecordedSupervisor,
    TrainedSupervisor,
    check_labels,
    labels_of,
    parse_supervisor,
)
from truing.tasks import load_task


def labels(name, source, truth=None):
    found = parse_supervisor(name).labeler.value.label(source.task, truth, np.random.default_rng(0))
    return check_labels(found, source.task, name)


def recorded(tmp_path, source, change):
    rows = [{"id": one, "probabilities": [0.5, 0.25, 0.25]} for one in source.task.ids]
    change(rows)
    return f"recorded:{write_jsonl(tmp_path / 'labels.jsonl', rows)}"


def test_recorded_probabilities_and_choices_are_read(tmp_path, tiny):
    source = load_task(str(tiny))

    def change(rows):
        rows[1] = {"id": rows[1]["id"], "choice": 2}
        rows[2] = {"id": rows[2]["id"], "choice": "b"}

    found = labels(recorded(tmp_path, source, change), source)
    assert found[:3].tolist() == [[0.5, 0.25, 0.25], [0, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"probabilities": [0.5, 0.6, 0.1]},
            "line 3: 'probabilities' must be finite, not below 0, and sum",
        ),
        ({"probabilities": [float("nan"), 0.5, 0.5]}, "line 3: 'probabilities' must be finite"),
        ({"probabilities": [1.5, -0.5, 0]}, "line 3: 'probabilities' must be finite"),
        ({"probabilities": [0.5, 0.5]}, "line 3: 'probabilities' must be 3 numbers"),
        ({"probabilities": "high"}, "line 3: 'probabilities' must be 3 numbers"),
        ({"choice": 3}, "line 3: the choice 3 is not a choice; it must be an index from 0 to 2"),
        ({"choice": "z"}, "line 3: the choice 'z' is not a choice; it must be an index"),
        ({}, "line 3: 'probabilities' or 'choice' is required"),
        ({"id": "nobody", "choice": 0}, "line 3: no item of tiny.jsonl has the id 'nobody'"),
        ({"id": "i0", "choice": 0}, "line 3: the id 'i0' occurs twice"),
    ],
)
def test_a_wrong_label_is_reported_with_its_line(tmp_path, tiny, row, message):
    source = load_task(str(tiny))

    def change(rows):
        rows[2] = {"id": rows[2]["id"], **row}

    with pytest.raises(DataError) as caught:
        labels(recorded(tmp_path, source, change), source)
    assert message in str(caught.value)


def test_items_without_a_label_are_counted(tmp_path, tiny):
    source = load_task(str(tiny))
    with pytest.raises(
        DataError, match=r"2 items of tiny\.jsonl have no label; the first is 'i158'"
    ):
        labels(recorded(tmp_path, source, lambda rows: rows.__delitem__(slice(158, 160))), source)


@pytest.mark.parametrize("accuracy", [0.6, 0.9])
def test_planted_noise_has_the_requested_accuracy(accuracy):
    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "plant")
    found = labels(f"simulated-noise,accuracy={accuracy}", source, truth)
    assert abs((found.argmax(axis=1) == truth).mean() - accuracy) < 0.03
    assert np.allclose(found.max(axis=1), accuracy, atol=1e-6)


def test_planted_noise_is_called_simulated_by_its_name():
    supervisor = parse_supervisor("simulated-noise,accuracy=0.9")
    assert isinstance(supervisor, PlantedSupervisor)
    assert supervisor.simulated
    assert "simulated" in supervisor.label


def test_a_weak_model_is_named_by_its_features():
    supervisor = parse_supervisor("pca-8,l2=0.1")
    assert supervisor.student.l2 == 0.1
    assert supervisor.label == "pca-8,l2=0.1"


def test_an_unknown_supervisor_offers_labelers_and_features():
    with pytest.raises(UnknownNameError, match="did you mean simulated-noise"):
        parse_supervisor("simulated-nois")
    with pytest.raises(UnknownNameError, match="did you mean pca-8"):
        parse_supervisor("pcaa-8")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("icm", "did you mean icm:hf/NAME"),
        ("zeroshot:lsa-8", "did you mean zeroshot:hf/NAME"),
        ("ccs:hf/small-135", "unknown features 'hf/small-135'; did you mean hf/NAME@layer-K"),
    ],
)
def test_an_unknown_argument_of_a_supervisor_offers_the_form_of_its_name(typed, meant):
    with pytest.raises(UnknownNameError) as raised:
        parse_supervisor(typed)
    assert meant in str(raised.value)


def test_a_supervisor_and_features_may_come_from_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\n"
        "from truing.supervisors import Labeler, supervisor\n"
        "from truing.students.features import features\n"
        "@supervisor('even')\n"
        "def even() -> Labeler:\n"
        "    'Knows nothing.'\n"
        "    return Labeler(lambda task, truth, rng: np.full((len(task), 3), 1 / 3))\n"
        "@features('ones')\n"
        "def ones():\n"
        "    'Sees nothing.'\n"
        "    return lambda task: np.ones((len(task), 1))\n"
    )
    assert isinstance(parse_supervisor(f"{path}:even"), RecordedSupervisor)
    assert isinstance(parse_supervisor(f"{path}:ones"), TrainedSupervisor)


@pytest.mark.parametrize(
    ("classes", "labels", "chosen"),
    [
        (["no", "yes"], [True, False], [1, 0]),
        (["true", "false"], [True, False], [0, 1]),
        (["0", "1"], [True, False], [1, 0]),
        (["3", "7"], [7, 3], [1, 0]),
        (["3", "7"], [7.0, 3.0], [1, 0]),
        (["no", "yes"], [1.0, 0.0], [1, 0]),
    ],
)
def test_booleans_and_floats_name_choices(classes, labels, chosen):
    assert labels_of(np.array(labels), two_items(classes), "mine").argmax(axis=1).tolist() == chosen


def test_indices_are_refused_where_the_choices_are_numbers():
    with pytest.raises(DataError, match=r"look like indices, but .* \(3, 7\), so that an integer"):
        labels_of(np.array([1, 0]), two_items(["3", "7"]), "mine")


def two_items(classes):
    rows = [{"text": f"item {at}", "truth": classes[at % 2]} for at in range(2)]
    return load_task(rows, classes=classes).task
