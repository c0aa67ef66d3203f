"""Aliases: short names of checkpoints in a study, its tables and its command."""

from __future__ import annotations

import pytest

import truing
from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny, texts
from truing.errors import UserError
from truing.report.page._command import command_of
from truing.runs import find_run
from truing.studies._aliases import expand, shorten

ALIASES = {"small": "./models/x", "small-2": "./models/x-2"}


@pytest.mark.parametrize(
    "text",
    [
        "hf/small@layer-3",
        "hf/small",
        "hf/small,adapter=lora",
        "hf/small-2@layer-3,pool=mean",
        "bootstrap,rungs=hf/small@layer-1+hf/small-2@layer-2",
    ],
)
def test_an_expanded_name_can_be_shortened_again(text):
    expanded = expand(text, ALIASES)
    assert "./models/x" in expanded
    assert "small" not in expanded
    assert shorten(expanded, ALIASES) == text


@pytest.mark.parametrize(
    "text", ["hf/smaller", "hf/owner/small", "hf/small/model", "small", "pca-4"]
)
def test_other_names_stay(text):
    assert expand(text, ALIASES) == text


def test_rows_show_aliases_and_have_the_results_of_the_paths(tmp_path):
    path = make_tiny("llama", tmp_path)
    rows = [{"text": text, "truth": "cat" in text} for text in dict.fromkeys(texts(60))]
    grid = {
        "tasks": str(write_jsonl(tmp_path / "cats.jsonl", rows)),
        "methods": "naive",
        "seeds": 1,
    }
    short = truing.Study(
        **grid, weak="hf/m@layer-0", strong="hf/m@layer-2", aliases={"m": str(path)}
    )
    long = truing.Study(**grid, weak=f"hf/{path}@layer-0", strong=f"hf/{path}@layer-2")
    result = truing.run(short, out=tmp_path / "run")
    again = truing.run(long, out=tmp_path / "again")
    (row,), (other,) = result.rows, again.rows
    assert (row.weak, row.strong) == ("hf/m@layer-0", "hf/m@layer-2")
    assert row.transfer_accuracy == other.transfer_accuracy
    assert again.work.trainings == again.work.extractions == 0  # the names are not in the keys
    assert f"--alias m={path}" in command_of(find_run(tmp_path / "run"))


@pytest.mark.parametrize(
    ("aliases", "wanted"),
    [
        ({"a/b": "x"}, "an alias consists of letters, digits and '._-', got 'a/b'"),
        (
            {"a": ""},
            "the alias 'a' must name a folder, a GGUF file or a hub id without hf/, got ''",
        ),
        ({"a": "hf/x"}, "hub id without hf/, got 'hf/x'"),
    ],
)
def test_a_wrong_alias_is_one_line(aliases, wanted):
    with pytest.raises(UserError) as caught:
        truing.Study(tasks="digits", weak="pca-1", strong="pca-2", methods="naive", aliases=aliases)
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)
