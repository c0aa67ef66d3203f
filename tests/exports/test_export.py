"""Exports: folders with a model or labels of a study, which other libraries load."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

import truing
from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny
from truing.errors import StorageError, UserError
from truing.exports import export_row
from truing.exports._base import without_folders
from truing.exports._chosen import choose
from truing.studies import LocalEngine, Store, Study

pytestmark = pytest.mark.usefixtures("one_thread")

CLOSE = 2e-5  # largest difference of beliefs, in single precision
QUICK = "num_epochs=1,batch_size=16,learning_rate=0.01,max_length=24"
GOOD, BAD = ("good", "great", "happy"), ("bad", "poor", "sad")
OTHERS = ("the", "a", "cat", "dog", "bird", "is", "was", "very")


@dataclass
class Finished:
    """A finished study, its store, and the number of the row of each student."""

    folder: Path
    store: Store
    task: Path
    rows: dict[str, int]

    def export(self, student, folder, **options):
        return export_row(self.folder, folder, row=self.rows[student], store=self.store, **options)

    def beliefs(self, student, role="student"):
        """(N, k) beliefs in the study, and the chosen model."""
        chosen = choose(self.folder, self.rows[student], role, None, self.store)
        return self.store.read(chosen.step.key)["beliefs"], chosen


def finish(folder, name, rows, students, methods=("naive",), weak="lsa-2"):
    task = write_jsonl(folder / f"{name}.jsonl", rows)
    store = Store(folder / "store")
    study = Study(
        tasks=str(task), weak=weak, strong=list(students.values()), methods=methods, seeds=[3]
    )
    result = truing.run(study, out=folder / f"run-{name}", store=store, engine=LocalEngine(1))
    numbers = {name: 1 + at * len(methods) for at, name in enumerate(students)}
    return Finished(result.folder, store, task, numbers)


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A study of 60 reviews with a student of each kind."""
    folder = tmp_path_factory.mktemp("reviews")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(60):
        good = bool(rng.random() < 0.5)
        words = [
            *rng.choice(OTHERS, size=rng.integers(1, 6)),
            *rng.choice(GOOD if good else BAD, 2),
        ]
        long = rng.choice(OTHERS, size=30 * (number % 9 == 0))  # truncated at its beginning
        text = " ".join([*long, *rng.permutation(words)])
        rows.append({"id": f"r{number}", "text": text, "truth": "yes" if good else "no"})
    models = {name: f"hf/{make_tiny(name, folder)}" for name in ("llama", "gpt2", "bert")}
    students = {
        "full": f"{models['llama']},{QUICK}",
        "lora": f"{models['llama']},adapter=lora,{QUICK}",
        "encoder": f"{models['bert']},{QUICK}",
        "generate": f"{models['gpt2']},output=generate,{QUICK}",
        "head": f"{models['gpt2']},adapter=head,pool=mean,{QUICK}",
        "probe": f"{models['llama']}@layer-2,pool=mean,max_length=24",
        "last layer": f"{models['bert']}@layer-3,storage=float16",
        "features": "lsa-4",
        "estimator": "sklearn/GaussianNB,features=lsa-4",
        "tried": f"{models['gpt2']},adapter=head,{QUICK}".replace("rate=0.01", "rate=auto"),
    }
    return finish(folder, "reviews", rows, students)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A study of 60 preference pairs, whose labels are simulated."""
    folder = tmp_path_factory.mktemp("pairs")
    rng = np.random.default_rng(1)
    rows = []
    for number in range(60):
        stem = " ".join(rng.choice(OTHERS, size=3))
        chosen, rejected = (f"it is {rng.choice(of)} {number}" for of in (GOOD, BAD))
        rows.append({"id": f"p{number}", "text": stem, "chosen": chosen, "rejected": rejected})
    models = {name: f"hf/{make_tiny(name, folder)}" for name in ("qwen2", "llama")}
    students = {
        "full": f"{models['qwen2']},{QUICK}",
        "generate": f"{models['llama']},output=generate,adapter=lora,{QUICK}",
        "probe": f"{models['llama']}@layer-3",
    }
    weak = "simulated-noise,accuracy=0.8"
    return finish(folder, "pairs", rows, students, ["naive", "ensemble,members=2"], weak)


def card_code(folder, checkpoint=None):
    """The function `beliefs` of the code in a card."""
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    code = code.replace('FOLDER = "."', f"FOLDER = {str(folder)!r}")
    if checkpoint is not None:
        code = re.sub(r"^CHECKPOINT = .*$", f"CHECKPOINT = {checkpoint!r}", code, flags=re.M)
    known: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT uses deprecated names
        exec(code, known)
    return known["beliefs"]


def checkpoint_of(finished, student):
    _, chosen = finished.beliefs(student)
    return chosen.row.strong.partition(",")[0].partition("@")[0].removeprefix("hf/")


# Models


@pytest.mark.parametrize(
    ("student", "form"),
    [
        ("full", "sequence classifier"),
        ("lora", "sequence classifier"),
        ("encoder", "backbone and head"),
        ("generate", "language model"),
        ("head", "head on the last layer"),
        ("tried", "head on the last layer"),
        ("probe", "head on activations"),
        ("last layer", "head on activations"),
    ],
)
def test_the_code_in_the_card_gives_the_beliefs_of_the_study(reviews, tmp_path, student, form):
    exported = reviews.export(student, tmp_path / "model")
    assert exported.form == form
    assert exported.same_bits
    stored, chosen = reviews.beliefs(student)
    needed = checkpoint_of(reviews, student) if "head on" in form else None
    beliefs = card_code(exported.folder, needed)
    test = chosen.source.task.splits(3).test
    texts = [chosen.source.task.items[item].text for item in test]
    assert beliefs(texts).numpy() == pytest.approx(stored[test], abs=CLOSE)


def test_a_fine_tuned_causal_model_is_a_sequence_classifier_of_transformers(reviews, tmp_path):
    from safetensors.torch import load_file
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = reviews.export("full", tmp_path / "model").folder
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    assert model.config.id2label == {0: "no", 1: "yes"}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stored, chosen = reviews.beliefs("full")
    test = chosen.source.task.splits(3).test
    texts = [chosen.source.task.items[item].text for item in test]
    tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).logits
    logits += load_file(folder / "bias.safetensors")["bias"]
    assert logits.softmax(1).numpy() == pytest.approx(stored[test], abs=CLOSE)


def test_an_adapter_is_loaded_by_peft_on_its_base_model(reviews, tmp_path):
    exported = reviews.export("lora", tmp_path / "adapter", adapter=True)
    assert exported.form == "adapter and head"
    assert not (exported.folder / "model.safetensors").exists()
    config = json.loads((exported.folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny-llama-0"
    stored, chosen = reviews.beliefs("lora")
    beliefs = card_code(exported.folder, checkpoint_of(reviews, "lora"))
    item = int(chosen.source.task.splits(3).test[0])
    found = beliefs([chosen.source.task.items[item].text]).numpy()
    assert found[0] == pytest.approx(stored[item], abs=CLOSE)


@pytest.mark.parametrize(
    ("student", "form"), [("full", "sequence classifier"), ("generate", "language model")]
)
def test_beliefs_about_the_choices_of_an_item_are_those_of_the_study(
    pairs, tmp_path, student, form
):
    exported = pairs.export(student, tmp_path / "model")
    stored, chosen = pairs.beliefs(student)
    assert exported.form == form
    beliefs = card_code(exported.folder)
    for item in chosen.source.task.splits(3).test[:4]:
        one = chosen.source.task.items[item]
        given = [one.text, list(one.choices)] if student == "generate" else [list(one.answers)]
        assert beliefs(*given).numpy() == pytest.approx(stored[item], abs=CLOSE)


def test_a_student_of_pairs_is_a_reward_model_with_one_label(pairs, tmp_path):
    """As TRL and RewardBench load it: the logit is the reward, and beliefs are Bradley-Terry."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = pairs.export("full", tmp_path / "model").folder
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    assert (model.config.num_labels, model.config.id2label) == (1, {0: "reward"})
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stored, chosen = pairs.beliefs("full")
    test = chosen.source.task.splits(3).test
    texts = [text for item in test for text in chosen.source.task.items[item].answers]
    with torch.no_grad():
        tokens = tokenizer(texts, padding=True, return_tensors="pt")
        rewards = model(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).logits
    first, second = rewards.reshape(-1, 2).T
    assert torch.sigmoid(first - second).numpy() == pytest.approx(stored[test, 0], abs=CLOSE)
    card = (folder / "README.md").read_text()
    assert "- reward-model" in card
    assert "sigmoid(r(a) - r(b)) (Bradley and Terry 1952)" in card


def test_an_ensemble_of_heads_is_one_folder_and_of_transformers_is_refused(
    pairs, tmp_path, monkeypatch
):
    monkeypatch.setattr(pairs, "rows", {name: row + 1 for name, row in pairs.rows.items()})
    exported = pairs.export("probe", tmp_path / "probe")
    assert exported.same_bits
    stored, chosen = pairs.beliefs("probe")
    assert chosen.row.method == "ensemble,members=2"
    beliefs = card_code(exported.folder, checkpoint_of(pairs, "probe"))
    item = int(chosen.source.task.splits(3).test[0])
    found = beliefs(list(chosen.source.task.items[item].answers)).numpy()
    assert found == pytest.approx(stored[item], abs=CLOSE)
    with pytest.raises(UserError, match="averages 2 fine-tuned models"):
        pairs.export("full", tmp_path / "full")


def test_a_head_on_other_features_has_its_weights_and_says_where_the_features_come_from(
    reviews, tmp_path
):
    for role in ("ceiling", "supervisor"):
        exported = reviews.export("features", tmp_path / role, role=role)
        assert (exported.form, exported.role) == ("head on features", role)
        assert exported.loaded_difference < CLOSE
        card = (exported.folder / "README.md").read_text()
        assert "The features are not part of this folder" in card
        assert f"It is the {role} of the study." in card


def test_no_file_of_an_export_contains_ground_truth_or_folders_of_this_machine(reviews, tmp_path):
    folder = reviews.export("probe", tmp_path / "probe").folder
    texts = {
        file.name: file.read_text() for file in folder.glob("*") if file.suffix in (".md", ".json")
    }
    assert not [name for name, text in texts.items() if str(reviews.folder.parent) in text]
    ids = [f"r{number}" for number in range(60)]
    written = texts["README.md"] + texts["truing.json"]
    assert not [one for one in ids if re.search(rf"\b{one}\b", written)]


def test_a_training_that_was_interrupted_is_continued(reviews, tmp_path, monkeypatch):
    from truing.studies.work import _under_way

    def stop(what, done, total):
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(_under_way, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(_under_way, "SAVE_SHARE", 1e9)
    with pytest.raises(KeyboardInterrupt):
        reviews.export("full", tmp_path / "model", watch=stop)
    assert not list(tmp_path.iterdir())
    seen = []
    exported = reviews.export("full", tmp_path / "model", watch=lambda *now: seen.append(now))
    assert exported.same_bits
    assert seen[0][:2] == ("training again", 2)


def test_a_full_disk_leaves_nothing_and_is_named_in_one_line(tmp_path):
    from safetensors import SafetensorError

    from truing.errors import StorageError
    from truing.exports._folder import new_folder

    def fill():
        with new_folder(tmp_path / "new" / "model") as draft:
            (draft / "config.json").write_text("{}")
            raise SafetensorError("I/O error: No space left on device (os error 28)")

    with pytest.raises(StorageError, match=r"model cannot be written to \(No space left"):
        fill()
    assert not list(tmp_path.iterdir())


# Cards


def test_the_card_states_results_sources_licenses_and_how_the_run_is_made(reviews, tmp_path):
    import yaml

    text = (reviews.export("probe", tmp_path / "probe").folder / "README.md").read_text()
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["library_name"] == "safetensors"
    assert header["model-index"][0]["results"][0]["dataset"]["name"] == "reviews.jsonl"
    assert "base_model" not in header  # a local folder is no model of the Hub
    assert re.search(r"recovered \(PGR\): (undefined|\S+ \[.+, .+\])\.", text)
    for part in (
        "| ceiling | ",
        "License of the data: not stated.",
        "Method: `naive`.",
        "truing w2s --task reviews.jsonl --weak lsa-2",
        "bit-identical",
    ):
        assert part in text


def test_the_card_of_a_validated_model_counts_the_items_that_it_learned(reviews, tmp_path):
    text = (reviews.export("tried", tmp_path / "tried").folder / "README.md").read_text()
    _, chosen = reviews.beliefs("tried")
    learned = len(chosen.source.task.splits(3).learn)
    kept_out = int(chosen.step.payload.kept_out.sum())
    assert kept_out > 0
    assert f"for {learned - kept_out} items of `reviews.jsonl`" in text
    assert f"Validation: the labels of {kept_out} further items were not learned." in text
    (rate,) = chosen.row.learning_rate.by_seed["transfer"]
    assert f"Learning rate: {rate:g}, which had the lowest of these losses" in text


def test_cards_call_a_simulated_supervisor_simulated(pairs, tmp_path):
    folder = pairs.export("probe", tmp_path / "labels", labels=True).folder
    card = (folder / "README.md").read_text()
    assert "Simulated: a program takes the place of a model or a person as supervisor." in card
    assert "the labels reveal the ground truth of most items" in card
    assert "simulated-supervisor" in card


def test_paths_in_cards_are_cut_to_their_last_part():
    assert without_folders("hf//home/me/models/x@layer-3") == "hf/x@layer-3"
    assert without_folders("--task /data/a/items.jsonl") == "--task items.jsonl"
    assert without_folders("recorded:/data/labels.jsonl") == "recorded:labels.jsonl"
    same = "hf/OWNER/NAME https://example.org/a/b ./models/x and/or"
    assert without_folders(same) == same


# Labels


def test_labels_are_a_data_set_without_ground_truth(reviews, tmp_path, monkeypatch):
    from datasets import load_dataset

    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    exported = reviews.export("probe", tmp_path / "labels", labels=True)
    assert (exported.form, exported.role) == ("labels", "supervisor")
    read = load_dataset(str(exported.folder), split="train", cache_dir=str(tmp_path / "cache"))
    beliefs, chosen = reviews.beliefs("probe", "supervisor")
    learn = chosen.source.task.splits(3).learn
    assert read["id"][:] == [chosen.source.task.ids[item] for item in learn]
    assert np.array(read["probabilities"][:]) == pytest.approx(beliefs[learn], abs=1e-6)
    assert read["choices"][0] == ["no", "yes"]
    assert set(read.column_names) == {
        *("id", "text", "cluster", "choices", "probabilities", "label")
    }


# Mistakes


def test_a_folder_with_files_is_not_touched(reviews, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty; name a new or empty folder"):
        reviews.export("probe", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_nothing_remains_if_the_folder_cannot_be_loaded(reviews, tmp_path, monkeypatch):
    from truing.exports import _export

    monkeypatch.setattr(_export, "TOLERANCE", -1.0)
    monkeypatch.setattr(_export, "_check", check_after_training(_export._check))
    with pytest.raises(UserError, match="so nothing is exported"):
        reviews.export("features", tmp_path / "head")
    assert not list(tmp_path.iterdir())


def check_after_training(check):
    """The check of the loaded folder alone."""

    def checked(what, difference):
        if "loaded" in what:
            check(what, difference)

    return checked


def test_beliefs_that_changed_are_refused(reviews, tmp_path):
    stored, chosen = reviews.beliefs("features")
    reviews.store.write(chosen.step.key, {"beliefs": stored[:, ::-1].copy()})
    try:
        with pytest.raises(UserError, match="run it again here with an empty store"):
            reviews.export("features", tmp_path / "head")
    finally:
        reviews.store.write(chosen.step.key, {"beliefs": stored})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"row": 99}, "row must be 1 to 10, got 99"),
        ({"row": None}, "has 10 rows; choose one with --row N"),
        ({"seed": 7}, r"seed must be a seed of the study \(3\), got 7"),
        ({"role": "teacher"}, "role must be student, ceiling, supervisor"),
        ({"row": 9}, "is an estimator"),
        ({"row": 1, "adapter": True}, "has adapter=full; omit --adapter"),
        ({"row": 6, "adapter": True}, "is not fine-tuned; omit the adapter"),
        ({"row": 1, "push": "name"}, "the repository must be OWNER/NAME, got 'name'"),
        ({"row": 1, "labels": True, "adapter": True}, "labels are those of the supervisor"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(reviews, tmp_path, options, message):
    options = {"row": 1, **options}
    with pytest.raises(UserError, match=message):
        export_row(reviews.folder, tmp_path / "model", store=reviews.store, **options)
    assert not list(tmp_path.iterdir())


def test_a_store_without_the_results_says_what_to_do(reviews, tmp_path):
    with pytest.raises(UserError, match="run the study again with this store: truing run"):
        export_row(reviews.folder, tmp_path / "m", row=1, store=Store(tmp_path / "empty"))


def test_a_supervisor_that_is_no_model_has_labels_only(pairs, tmp_path):
    with pytest.raises(UserError, match="is not a trained model; export its labels with --labels"):
        pairs.export("probe", tmp_path / "model", role="supervisor")


# The command, and the Hub


class FakeHub:
    """A Hub that records what it receives."""

    def __init__(self):
        self.received = []

    def whoami(self):
        return {"name": "me"}

    def create_repo(self, name, **options):
        self.received.append((name, options))
        return f"https://huggingface.co/{name}"

    def upload_folder(self, **options):
        self.received.append(options)


def test_the_command_lists_rows_exports_one_and_pushes_it(reviews, truing, tmp_path, monkeypatch):
    import huggingface_hub

    hub = FakeHub()
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: hub)
    monkeypatch.setenv("TRUING_STORE", reviews.store.location)
    code, out, _ = truing("export", reviews.folder)
    assert code == 0
    assert "lsa-4" in out
    row = reviews.rows["features"]
    words = ["export", reviews.folder, "head", "--row", row, "--push", "me/head", "--json"]
    code, out, err = truing(*words)
    assert code == 0, err
    assert "is trained again" in err
    told = json.loads(out)
    assert (told["pushed"], told["same_bits"]) == ("https://huggingface.co/me/head", True)
    created, uploaded = hub.received
    assert created == ("me/head", {"repo_type": "model", "private": True, "exist_ok": True})
    assert uploaded["folder_path"] == Path("head")


def test_a_push_without_login_is_one_line_before_anything_is_trained(
    reviews, truing, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("TRUING_STORE", reviews.store.location)
    code, out, err = truing("export", reviews.folder, "m", "--row", 8, "--push", "me/head")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "hf auth login" in err
    assert not (tmp_path / "m").exists()


def test_a_result_exports_its_row(reviews, tmp_path):
    result = truing.load(reviews.folder)
    row = result.rows[reviews.rows["features"] - 1]
    exported = result.export(row, tmp_path / "head", store=reviews.store, progress=False)
    assert (exported.row, exported.seed) == (reviews.rows["features"], 3)
    assert (exported.folder / "head.safetensors").is_file()


def test_a_place_that_cannot_be_written_is_one_line(reviews, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((UserError, StorageError), match="cannot be written to"):
        reviews.export("features", tmp_path / "file" / "head")
