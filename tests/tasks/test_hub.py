"""Data sets of the Hugging Face Hub become tasks by what is declared of their columns."""

from __future__ import annotations

import json
import socket
import sys

import datasets
import numpy as np
import pytest

from truing.errors import DataError, UserError
from truing.tasks import _hub, load_task
from truing.tasks.hub import SETS, HubSet, _load, columns_of, load_split

ABCD = ["A", "B", "C", "D"]


def labels(*names):
    return datasets.ClassLabel(names=list(names))


# For each declared data set: a row by its real columns, the truth of a few rows in the column that
# tells it, and the class or the choice that the first of these rows must have.
SCHEMAS = {
    "amazon_polarity": (
        {"title": "Fine", "content": "It works {i}."},
        ("label", [1, 0]),
        "positive",
        labels("negative", "positive"),
    ),
    "anli-r2": (
        {"uid": "u{i}", "premise": "It rains {i}.", "hypothesis": "It is wet.", "reason": "r"},
        ("label", [0, 1, 2]),
        "entailment",
        labels("entailment", "neutral", "contradiction"),
    ),
    "boolq": (
        {"question": "is {i} a number", "passage": "P{i}."},
        ("answer", [True, False]),
        "yes",
    ),
    "cola": (
        {"sentence": "S {i}.", "idx": 0},
        ("label", [1, 0]),
        "acceptable",
        labels("unacceptable", "acceptable"),
    ),
    "cosmos_qa": (
        {
            "id": "c{i}",
            "context": "C{i}.",
            "question": "Why?",
            "answer0": "a {i}",
            "answer1": "b",
            "answer2": "c",
            "answer3": "d",
        },
        ("label", [2, 0]),
        "c",
    ),
    "dream": (
        {
            "id": 0,
            "dialogue_id": "d{i}",
            "dialogue": ["M: Hi {i}.", "W: Hello."],
            "question": "Who?",
            "choice": ["one", "two", "three"],
        },
        ("answer", ["two", "one"]),
        "two",
    ),
    "ethics-deontology": (
        {"scenario": "Walk {i}?", "excuse": "No, I am ill."},
        ("label", [1, 0]),
        "reasonable",
    ),
    "ethics-justice": ({"scenario": "I {i}."}, ("label", [1, 0]), "just"),
    "ethics-virtue": ({"scenario": "She {i}. [SEP] brave"}, ("label", [0, 1]), "does not fit"),
    "hellaswag": (
        {
            "ind": 4,
            "activity_label": "x",
            "ctx_a": "A",
            "ctx_b": "b",
            "ctx": "A b {i}",
            "endings": ["w {i}", "x", "y", "z"],
            "source_id": "s{i}",
            "split": "train",
            "split_type": "indomain",
        },
        ("label", ["3", "0"]),
        "z",
    ),
    "mc_taco": (
        {"sentence": "S {i}.", "question": "How long?", "answer": "a day", "category": 0},
        ("label", [1, 0]),
        "yes",
        labels("no", "yes"),
    ),
    "multirc": (
        {
            "paragraph": "P {i}.",
            "question": "Who?",
            "answer": "He.",
            "idx": {"paragraph": 0, "question": 0, "answer": 0},
        },
        ("label", [1, 0]),
        "right",
        labels("False", "True"),
    ),
    "openbookqa": (
        {
            "id": "o{i}",
            "question_stem": "The sun {i}",
            "choices": {"text": ["w", "x", "y", "z"], "label": ABCD},
        },
        ("answerKey", ["D", "A"]),
        "z",
    ),
    "paws": (
        {"id": "i", "sentence1": "S {i}.", "sentence2": "T."},
        ("label", [1, 0]),
        "the same meaning",
        labels("0", "1"),
    ),
    "piqa": (
        {"goal": "Boil {i}", "sol1": "in water {i}", "sol2": "in sand"},
        ("label", [1, 0]),
        "in sand",
        labels("0", "1"),
    ),
    "quail": (
        {
            "id": "q{i}",
            "context_id": "f{i}",
            "question_id": "1",
            "domain": "fiction",
            "metadata": {"author": "a", "title": "t", "url": "u"},
            "context": "C{i}.",
            "question": "Why?",
            "question_type": "Causality",
            "answers": ["w", "x", "y", "not enough information"],
        },
        ("correct_answer_id", [1, 3]),
        "x",
    ),
    "quartz": (
        {
            "id": "z{i}",
            "question": "More or less {i}?",
            "choices": {"text": ["more", "less"], "label": ["A", "B"]},
            "para": "P.",
            "para_id": "p{i}",
            "para_anno": {},
            "question_anno": {},
        },
        ("answerKey", ["B", "A"]),
        "less",
    ),
    "sciq": (
        {
            "question": "What is {i}?",
            "distractor1": "x",
            "distractor2": "y",
            "distractor3": "z",
            "support": "",
        },
        ("correct_answer", ["number", "digit"]),
        "number",
    ),
    "sciq_with_support": (
        {
            "question": "What is {i}?",
            "distractor1": "x",
            "distractor2": "y",
            "distractor3": "z",
            "support": "It is {i}.",
        },
        ("correct_answer", ["number", "digit"]),
        "number",
    ),
    "social_i_qa": (
        {
            "context": "Ann {i}.",
            "question": "Why?",
            "answerA": "a {i}",
            "answerB": "b",
            "answerC": "c",
        },
        ("label", ["2", "1"]),
        "b",
    ),
    "sst2": (
        {"idx": 0, "sentence": "good {i}"},
        ("label", [1, 0]),
        "positive",
        labels("negative", "positive"),
    ),
    "twitter-sentiment": ({"text": "yay {i}"}, ("label", [1, 0]), "positive"),
    "wic": (
        {
            "word": "w{i}",
            "sentence1": "S.",
            "sentence2": "T.",
            "start1": 0,
            "start2": 0,
            "end1": 1,
            "end2": 1,
            "idx": 0,
        },
        ("label", [1, 0]),
        "the same meaning",
        labels("False", "True"),
    ),
    "anthropic_hh": ({}, ("chosen", ["H: hi {i}\nA: hello"]), None),
    "ethics-utilitarianism": ({}, ("baseline", ["I ate {i}."]), None),
}
WORSE = {"anthropic_hh": "rejected", "ethics-utilitarianism": "less_pleasant"}


def numbered(value, i):
    if isinstance(value, str):
        return value.replace("{i}", str(i))
    if isinstance(value, list):
        return [numbered(one, i) for one in value]
    if isinstance(value, dict):
        return {key: numbered(one, i) for key, one in value.items()}
    return value


def made(name, count=8, **changed):
    """Rows of a data set by its real columns."""
    row, (column, truths), _, *kind = SCHEMAS[name]
    rows = []
    for i in range(count):
        one = {**numbered(row, i), column: numbered(truths[i % len(truths)], i), **changed}
        if name == "paws":
            one["id"] = i
        if name in WORSE:
            one[WORSE[name]] = f"{one[column]} No."
        rows.append(one)
    data = datasets.Dataset.from_list(rows)
    return data.cast_column(column, kind[0]) if kind and column not in changed else data


@pytest.fixture
def hub(monkeypatch):
    """A Hub of made rows, by data set or by split; it tells which splits were asked for."""
    held, asked = {}, []

    def load(meaning, split):
        asked.append((meaning.repository, meaning.configuration, split))
        name = next(
            (
                n
                for n, one in SETS.items()
                if one.repository == meaning.repository
                and one.configuration == meaning.configuration
            ),
            None,
        )
        return held.get(split) or held.get("rows") or made(name)

    monkeypatch.setattr(_hub, "load_split", load)
    held["asked"] = asked
    return held


def truth(source):
    return source.vault.reveal(np.arange(len(source.task)), "score")


def right_texts(source):
    pairs = zip(source.task.inputs, truth(source), strict=True)
    return [texts[right] for texts, right in pairs]


def test_every_declared_data_set_has_a_schema_here():
    assert set(SCHEMAS) == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_declared_data_sets_are_read_from_rows_with_the_real_columns(hub, name):
    source = load_task(f"hf:{name}")
    task, right = source.task, truth(source)
    expected = SCHEMAS[name][2]
    assert len(task) == 8 * len(SETS[name].splits)
    assert len(set(task.ids)) == len(task)
    assert task.name == f"hf:{name}"
    assert task.license == SETS[name].license
    if name in WORSE:
        assert task.kind == "preference"
        assert not task.inputs[0][right[0]].endswith("No.")
    elif SETS[name].choices:
        assert task.kind == "multiple choice"
        assert task.inputs[0][right[0]].endswith(f"\n{expected}")
    else:
        assert task.kind == "classification"
        assert task.choices[right[0]] == expected
    assert [one[2] for one in hub["asked"]] == list(SETS[name].splits)


@pytest.mark.parametrize("name", SETS)
def test_declarations_are_consistent(name):
    one = SETS[name]
    assert one.repository.count("/") == 1
    assert one.license
    assert len(set(one.splits)) == len(one.splits) > 0
    assert bool(one.chosen) == bool(one.rejected) != bool(one.truth)
    assert all(columns_of(one.text)) or one.chosen
    # No text may show the column that tells the truth, unless it is one of the choices.
    assert one.truth not in columns_of(one.text)


@pytest.mark.parametrize("name", ["sciq", "anthropic_hh", "ethics-utilitarianism"])
def test_the_position_of_an_answer_is_independent_of_the_truth(hub, name):
    hub["rows"] = made(name, 400)
    right = truth(load_task(f"hf:{name},split=train"))
    shares = np.bincount(right) / len(right)
    assert len(shares) == (4 if name == "sciq" else 2)
    assert shares.min() > 0.6 / len(shares)


def test_texts_show_every_declared_column_in_its_order(hub):
    task = load_task("hf:dream").task
    assert sorted(task.inputs[0]) == sorted(
        f"M: Hi 0.\nW: Hello.\nWho?\n{choice}" for choice in ("one", "two", "three")
    )
    assert load_task("hf:boolq").task.inputs[0] == "P0.\nis 0 a number?"


def test_ids_name_the_split_and_the_row_also_with_a_limit(hub):
    hub["rows"] = made("boolq", 50)
    whole, some = load_task("hf:boolq").task, load_task("hf:boolq,limit=20").task
    assert whole.ids[0] == "train-0"
    assert whole.ids[-1] == "validation-49"
    assert len(some) == 20
    texts = dict(zip(whole.ids, whole.inputs, strict=True))
    assert all(texts[key] == text for key, text in zip(some.ids, some.inputs, strict=True))
    assert {one.split("-")[0] for one in some.ids} == {"train", "validation"}
    assert load_task("hf:boolq,limit=20").task.fingerprint == some.fingerprint
    hub.pop("rows")
    assert load_task("hf:cosmos_qa").task.ids[0] == "train-c0"


def test_the_fingerprint_is_of_the_content(hub):
    one = load_task("hf:boolq").task.fingerprint
    hub["validation"] = made("boolq", passage="Another.")
    assert load_task("hf:boolq").task.fingerprint != one


def test_related_items_share_a_cluster(hub):
    hub["rows"] = made("boolq", 8, passage="One for all.")
    assert len(set(load_task("hf:boolq").task.clusters)) == 1


def test_items_of_one_scenario_share_a_cluster(hub):
    hub["rows"] = datasets.Dataset.from_list(
        [{"scenario": f"She {i // 5}. [SEP] word {i}", "label": i % 5 == 0} for i in range(10)]
    )
    task = load_task("hf:ethics-virtue,split=train").task
    assert task.clusters.tolist() == [0] * 5 + [1] * 5


def test_items_with_an_empty_cluster_are_not_related(hub):
    hub["rows"] = made("sciq_with_support", 8, support="")
    assert len(set(load_task("hf:sciq_with_support,split=train").task.clusters)) == 8


def test_other_data_sets_are_read_by_named_columns(hub):
    hub["rows"] = datasets.Dataset.from_list(
        [{"q": f"q{i}", "extra": "e", "x": f"x{i}", "y": "y", "gold": i % 2} for i in range(6)]
    )
    source = load_task("hf:me/mine,split=test,text=q+extra,choices=x+y,truth=gold,license=CC0")
    assert sorted(source.task.inputs[1]) == ["q1\ne\nx1", "q1\ne\ny"]
    assert right_texts(source) == [f"q{i}\ne\n{'y' if i % 2 else f'x{i}'}" for i in range(6)]
    assert (source.task.license, hub["asked"]) == ("CC0", [("me/mine", "", "test")])
    source = load_task("hf:me/mine,text=q,truth=gold,names=bad+good")
    assert source.task.choices == ("bad", "good")
    assert "truth" not in vars(source.task)


WRONG = [
    ("boolq", {"answer": 3}, "row 0: the truth 3 is not a class; allowed: no, yes"),
    ("boolq", {"passage": " ", "question": ""}, "row 0: the text is empty (passage, question)"),
    ("cosmos_qa", {"label": -1}, "row 0: the truth -1 is not a choice; it must be an index from 0"),
    ("cosmos_qa", {"answer2": " "}, "row 0: answer2 is empty"),
    ("cosmos_qa", {"answer2": "d"}, "row 0: two choices are the same"),
    ("sciq", {"distractor1": None}, "row 0: distractor1 is empty"),
    ("dream", {"choice": ["one", ""]}, "row 0: two or more choices are needed, none of them empty"),
    ("dream", {"answer": "four"}, "row 0: the truth 'four' is not a choice"),
    ("openbookqa", {"answerKey": "E"}, "row 0: the truth 'E' is not a choice; it must be the text"),
    (
        "social_i_qa",
        {"label": "0"},
        "row 0: the truth '0' is not a choice; it must be an index from 1",
    ),
    ("anthropic_hh", {"chosen": ""}, "row 0: chosen is empty"),
]


@pytest.mark.parametrize(("name", "changed", "message"), WRONG)
def test_an_unusable_row_is_reported_in_one_line(hub, name, changed, message):
    hub["rows"] = made(name, **changed)
    with pytest.raises(DataError) as caught:
        load_task(f"hf:{name},split=train")
    assert f"hf:{name}, train, {message}" in str(caught.value)
    assert "drop=true leaves out such rows" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unusable_rows_may_be_dropped_and_are_counted(hub):
    hub["train"] = datasets.concatenate_datasets(
        [made("cosmos_qa", 30), made("cosmos_qa", 3, answer2="", id="x")]
    )
    source = load_task("hf:cosmos_qa,split=train,drop=true")
    assert len(source.task) == 30
    assert "3 rows left out that cannot be used" in source.origin


def test_a_missing_column_is_reported_with_the_existing_columns(hub):
    hub["rows"] = made("boolq").remove_columns("passage")
    with pytest.raises(DataError, match=r"hf:boolq, train: no column 'passage'; columns: question"):
        load_task("hf:boolq")
    with pytest.raises(DataError, match=r"no column 'pasage'"):
        load_task("hf:boolq,text=pasage")


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ("hf:sciqq", "unknown data set hf:sciqq; did you mean sciq?"),
        ("hf:me/mine", "hf:me/mine needs the names of its columns"),
        ("hf:me/mine,text=q", "hf:me/mine needs the names of its columns"),
        ("hf:sciq,limit=-1", "limit must be 0 or more"),
        ("hf:sciq,limit=some", "limit must be an integer"),
        ("hf:sciq,colour=red", "no argument 'colour'"),
    ],
)
def test_a_wrong_specification_is_reported(hub, specification, message):
    with pytest.raises(UserError, match=message):
        load_task(specification)


@pytest.mark.parametrize("form", ["parquet", "json"])
def test_files_of_this_machine_are_loaded_by_the_same_library(tmp_path, monkeypatch, form):
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
    rows = made("quartz", 40).remove_columns(["para_anno", "question_anno"])
    for split in ("train", "validation", "test"):
        if form == "parquet":
            rows.to_parquet(f"{folder}/{split}.parquet")
        else:
            lines = [json.dumps(row) + "\n" for row in rows]
            (folder / f"{split}.jsonl").write_text("".join(lines))
    monkeypatch.setitem(SETS, "mine", HubSet(**{**vars(SETS["quartz"]), "repository": str(folder)}))
    source = load_task("hf:mine")
    assert len(source.task) == 120
    assert [one.rpartition("\n")[2] for one in right_texts(source)[:4]] == ["less", "more"] * 2
    assert source.task.splits(0).supervise.size
    with pytest.raises(DataError, match=r"cannot be loaded: .*[Uu]nknown split"):
        load_task("hf:mine,split=training")


def test_a_missing_network_is_reported_without_further_attempts(tmp_path, monkeypatch):
    attempts = []

    def cut_off(*to):
        attempts.append(to)
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", cut_off)
    monkeypatch.setattr(_load, "PROXIES", ())
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    before = datasets.config.HF_HUB_OFFLINE
    with pytest.raises(DataError) as caught:
        load_split(HubSet("nobody/nothing"), "train")
    assert len(attempts) == 1
    assert "the data set nobody/nothing cannot be loaded" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert before == datasets.config.HF_HUB_OFFLINE


def test_a_data_set_script_is_read_from_the_conversion_of_the_hub_and_not_run(monkeypatch):
    calls = []

    def load_dataset(place, subset=None, **options):
        calls.append((place, subset, options))
        if "revision" not in options:
            raise RuntimeError("Dataset scripts are no longer supported, but found ethics.py")
        return made("ethics-justice")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(_load, "_reachable", lambda url: True)
    assert len(load_split(SETS["ethics-justice"], "train")) == 8
    assert calls[1] == (
        "hendrycks/ethics",
        None,
        {"data_dir": "justice", "split": "train", "revision": "refs/convert/parquet"},
    )
    assert "trust_remote_code" not in calls[0][2]


def test_without_the_library_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UserError, match=r"pip install 'truing\[train\]'"):
        load_task("hf:sciq")
