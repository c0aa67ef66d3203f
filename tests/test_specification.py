"""Specifications: commas separate, and `\\,` is a comma inside a part."""

from __future__ import annotations

import json

import pytest

from tests.students.tiny import make_tiny
from truing.specification import join_specification, split_specification


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("confidence,alpha_max=0.75", ["confidence", "alpha_max=0.75"]),
        (r"items\,old.jsonl,text=question", ["items,old.jsonl", "text=question"]),
        (r"C:\data\items.jsonl", [r"C:\data\items.jsonl"]),
        ("naive , a=1", ["naive", "a=1"]),
        ("", [""]),
    ],
)
def test_a_specification_is_split_and_joined(text, parts):
    assert split_specification(text) == parts
    assert split_specification(join_specification(parts)) == parts


METHOD = """
from truing.methods import Method, method, uniform

@method("mine")
def mine() -> Method:
    return Method(targets=lambda weak, belief, progress: (weak, uniform(weak)))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_every_path_of_a_study_may_hold_a_comma(truing, tiny, tmp_path, workers):
    import numpy as np

    folder = tmp_path / "a,b"
    folder.mkdir()
    tiny.rename(folder / "it,ems.jsonl")
    (folder / "m,ine.py").write_text(METHOD)
    np.save(folder / "x,y.npy", np.random.default_rng(0).normal(size=(160, 4)))
    at = str(folder).replace(",", r"\,")
    code, out, err = truing(
        "w2s",
        "--task",
        rf"{at}/it\,ems.jsonl",
        "--weak",
        rf"file:{at}/x\,y.npy",
        "--strong",
        "pca-5",
        "--method",
        rf"{at}/m\,ine.py:mine",
        "--method",
        "naive",
        "--seeds",
        2,
        "--workers",
        workers,
        "--out",
        "run",
        "--json",
    )
    assert code == 0, err
    first = json.loads(out)
    code, out, err = truing("run", "run/study.json", "--out", "run", "--json")  # the round trip
    again = json.loads(out)
    assert code == 0, err
    assert again["rows"] == first["rows"]
    assert again["work"]["trainings"] == 0


def test_a_checkpoint_and_questions_may_hold_a_comma(tmp_path):
    from truing.oversight.questions import load_questions
    from truing.students import parse_student

    checkpoint = make_tiny("bert", tmp_path / "a,b")
    name = "hf/" + str(checkpoint).replace(",", r"\,")
    tuned = parse_student(f"{name},adapter=head")
    assert tuned.transformer.checkpoint.path == str(checkpoint)
    assert parse_student(tuned.label).label == tuned.label
    assert parse_student(f"{name}@layer-1").features.value.checkpoint.path == str(checkpoint)
    asked = {"id": "1", "question": "?", "choices": ["a", "b"], "truth": "a"}
    (tmp_path / "a,b" / "q,1.jsonl").write_text(json.dumps(asked) + "\n")
    path = str(tmp_path / "a,b" / "q,1.jsonl").replace(",", r"\,")
    assert len(load_questions(path)) == 1
