"""Items: NaN, messages, order of choices, and rows that are left out."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import DataError, UserError
from truing.oversight.questions import load_questions
from truing.tasks import Dialogue, load_task, name_of

NAN = float("nan")


def load(tmp_path, rows, arguments=""):
    return load_task(f"{write_jsonl(tmp_path / 'items.jsonl', rows)}{arguments}")


def ask(tmp_path, rows, arguments=""):
    return load_questions(f"{write_jsonl(tmp_path / 'asked.jsonl', rows)}{arguments}")


def right(source):
    return source.vault.reveal(np.arange(len(source.task)), "score")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A folder of rows that is read as a data set."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def write(rows):
        (tmp_path / "hub").mkdir(exist_ok=True)
        datasets.Dataset.from_list(rows).to_parquet(tmp_path / "hub" / "train.parquet")
        return f"hf:{tmp_path}/hub"

    return write


CLASSES = [{"id": f"i{i}", "text": f"t{i}", "truth": i % 2, "cluster": i} for i in range(20)]


@pytest.mark.parametrize("field", ["id", "text", "truth", "cluster"])
def test_nan_is_a_missing_value_not_a_name(tmp_path, field):
    rows = [{**row, field: NAN} if i % 5 == 3 else row for i, row in enumerate(CLASSES)]
    with pytest.raises(DataError, match=f"line 4: {field} is NaN, a missing value"):
        load(tmp_path, rows)
    source = load(tmp_path, rows, ",drop=true")
    assert len(source.task) == 16
    assert "4 rows left out" in source.origin
    assert set(source.task.choices) == {"0", "1"}


@pytest.mark.parametrize("field", ["question", "truth", "hidden", "cluster", "group", "choices"])
def test_nan_is_a_missing_value_in_questions(tmp_path, field):
    rows = [
        {"question": f"{i}?", "choices": ["yes", "no"], "truth": i % 2, "hidden": "h"}
        for i in range(12)
    ]
    rows[3][field] = ["yes", NAN] if field == "choices" else NAN
    with pytest.raises(DataError, match=f"line 4: {field} is NaN, a missing value"):
        ask(tmp_path, rows)
    assert len(ask(tmp_path, rows, ",drop=true")) == 11


@pytest.mark.parametrize("column", ["text", "truth", "group"])
def test_nan_is_a_missing_value_in_a_data_set(hub, column):
    rows = [{"text": f"{i}", "truth": float(i % 2), "group": float(i)} for i in range(20)]
    rows = [row | {"text": float(i)} if column == "text" else row for i, row in enumerate(rows)]
    rows[3][column] = NAN
    name = f"{hub(rows)},text=text,truth=truth,cluster=group"
    with pytest.raises(DataError, match=f"row 3: {column} is NaN, a missing value"):
        load_task(name)
    assert len(load_task(f"{name},drop=true").task) == 19


def test_nan_is_refused_in_recorded_results():
    with pytest.raises(DataError, match="line 1: cluster is NaN"):
        name_of("line 1", {"cluster": NAN}, "cluster")


def test_unusable_rows_may_be_dropped_and_are_counted(tmp_path, caplog):
    rows = [*CLASSES, {"text": "no truth"}, {"text": "two", "truth": ["a", "b"]}]
    with pytest.raises(
        DataError, match=r"line 21: no field 'truth'.*; drop=true leaves out such rows"
    ):
        load(tmp_path, rows)
    caplog.set_level("INFO", "truing.tasks")
    assert len(load(tmp_path, rows, ",drop=true").task) == 20
    assert (
        "20 items, 2 classes, majority 0.50, 20 clusters (2 rows left out that cannot be used)"
        in caplog.text
    )
    with pytest.raises(DataError, match="no usable row"):
        load(tmp_path, rows[-2:], ",drop=true")


def test_an_item_has_one_class(hub):
    name = hub([{"text": f"{i}", "labels": [i % 2, 2]} for i in range(20)])
    with pytest.raises(DataError, match=r"row 0: the truth must be a name.*not \[0, 2\]"):
        load_task(f"{name},text=text,truth=labels")


def chat(i, answer):
    return [{"role": "user", "content": f"Say {i}"}, {"role": "assistant", "content": answer}]


PAIRS = [
    {"prompt": f"Say {i}", "better": chat(i, f"good {i}"), "worse": chat(i, f"bad {i}")}
    for i in range(20)
]
NAMES = ",chosen=better,rejected=worse"


def test_messages_become_a_dialogue_in_every_loader(tmp_path, hub):
    expected = "user: Say 1\n\nassistant: good 1"
    for source in (load(tmp_path, PAIRS, NAMES), load_task(hub(PAIRS) + NAMES)):
        texts = [pair[at] for pair, at in zip(source.task.inputs, right(source), strict=True)]
        assert texts[1] == expected
        assert texts[1].messages == (("user", "Say 1"), ("assistant", "good 1"))
        assert "{" not in "".join(source.task.inputs.ravel())
    found = ask(tmp_path, PAIRS, f"{NAMES},question=prompt")
    assert found.questions[1].choices[found.truth()[1]] == expected


def test_a_prompt_precedes_a_dialogue_that_does_not_begin_with_it(tmp_path):
    with_prompt = load(tmp_path, PAIRS, f"{NAMES},text=prompt").task
    assert with_prompt.fingerprint == load(tmp_path, PAIRS, NAMES).task.fingerprint
    other = [row | {"prompt": "Be brief."} for row in PAIRS]
    task = load(tmp_path, other, f"{NAMES},text=prompt").task
    assert all(text.startswith("user: Be brief.\n\nuser: Say") for text in task.inputs.ravel())


def test_a_dialogue_survives_pickling():
    made = Dialogue((("user", "a"), ("assistant", "b")))
    sent = pickle.loads(pickle.dumps(made))
    assert (sent, sent.messages) == (made, made.messages)
    assert json.dumps(made) == '"user: a\\n\\nassistant: b"'


def test_different_dialogues_with_equal_text_are_different_items(tmp_path):
    def task(messages):
        rows = [{"text": messages, "truth": i % 2} for i in range(2)]
        return load(tmp_path, rows).task

    one = task([{"role": "user", "content": "a\n\nassistant: b"}])
    other = task([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    assert one.inputs.tolist() == other.inputs.tolist()
    assert one.fingerprint != other.fingerprint


def test_other_objects_are_refused_as_text(tmp_path, hub):
    rows = [{"text": {"a": i}, "truth": i % 2} for i in range(4)]
    with pytest.raises(DataError, match=r"line 1: text must be a text, .* not dict"):
        load(tmp_path, rows)
    with pytest.raises(DataError, match=r"row 0: text must be a text, .* not dict"):
        load_task(f"{hub(rows)},text=text,truth=truth")


def test_a_prompt_precedes_both_texts_of_a_pair_in_every_loader(tmp_path, hub):
    rows = [{"prompt": f"p{i}", "chosen": f"good {i}", "rejected": f"bad {i}"} for i in range(20)]
    own = load(tmp_path, rows, ",text=prompt")
    of_hub = load_task(f"{hub(rows)},text=prompt,chosen=chosen,rejected=rejected")
    assert sorted(own.task.inputs[1]) == ["p1\nbad 1", "p1\ngood 1"]
    assert own.task.inputs.tolist() == of_hub.task.inputs.tolist()
    assert right(own).tolist() == right(of_hub).tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("chosen=a,rejected=b,letters=a", "letters is only for items with choices"),
        ("chosen=a,rejected=b,names=x+y", "names is only for items with classes"),
        ("text=a,truth=b,first=1", "first is only for items with choices"),
        ("text=a,truth=b,truth_is=index", "truth_is is only for items with choices"),
    ],
)
def test_an_argument_without_effect_is_refused(hub, arguments, message):
    with pytest.raises(UserError, match=message):
        load_task(f"{hub([{'a': 'x', 'b': 'y'}])},{arguments}")


@pytest.mark.parametrize("loader", ["file", "hub"])
def test_the_position_of_a_choice_is_independent_of_the_truth(tmp_path, hub, loader):
    """A file that always writes the right choice first shows it first in a third of the items."""
    rows = [
        {"text": f"{i}?", "choices": [f"right {i}", f"wrong {i}", f"false {i}"], "truth": 0}
        for i in range(600)
    ]
    turned = [row | {"choices": row["choices"][::-1], "truth": 2} for row in rows]

    def source(rows):
        if loader == "file":
            return load(tmp_path, rows)
        return load_task(f"{hub(rows)},text=text,choices=choices,truth=truth")

    one, other = source(rows), source(turned)
    shares = np.bincount(right(one), minlength=3) / 600
    assert abs(shares - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 600)  # four standard errors
    assert one.task.fingerprint == other.task.fingerprint
    assert right(one).tolist() == right(other).tolist()


def test_letters_name_choices_by_position(tmp_path, hub):
    rows = [
        {"text": f"{i}?", "options": [f"w{i}", f"x{i}", f"y{i}"], "answer": "ABC"[i % 3]}
        for i in range(30)
    ]
    own = load(tmp_path, rows, ",choices=options,truth=answer")
    of_hub = load_task(f"{hub(rows)},text=text,choices=options,truth=answer")
    for source in (own, of_hub):
        texts = [pair[at] for pair, at in zip(source.task.inputs, right(source), strict=True)]
        assert texts == [f"{i}?\n{'wxy'[i % 3]}{i}" for i in range(30)]
