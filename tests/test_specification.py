"""Specifications: commas separate arguments, and paths may contain commas."""

from __future__ import annotations

import json

import pytest

from tests.students.tiny import make_tiny
from truing.errors import UserError
from truing.specification import Specification


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("confidence,alpha_max=0.75", "confidence", {"alpha_max": "0.75"}),
        (r"items\,old.jsonl,text=question", "items,old.jsonl", {"text": "question"}),
        (r"C:\data\items.jsonl", r"C:\data\items.jsonl", {}),
        ("naive , a = 1", "naive", {"a": "1"}),
        ("bootstrap,rungs=a:b=1", "bootstrap", {"rungs": "a:b=1"}),
        ("", "", {}),
    ],
)
def test_a_specification_is_parsed_and_written_without_loss(text, name, arguments):
    asked = Specification.parse(text)
    assert asked == Specification(name, arguments)
    assert Specification.parse(str(asked)) == asked
    assert Specification.parse(asked) is asked


@pytest.mark.parametrize("text", ["naive,hard", "naive,", "no,such.jsonl", "naive,a=1,b"])
def test_a_part_that_is_not_an_argument_is_refused(text):
    with pytest.raises(UserError, match="must have the form argument=value") as caught:
        Specification.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("it,ems.jsonl", "it,ems.jsonl", {}),
        ("it,ems.jsonl,text=q", "it,ems.jsonl", {"text": "q"}),
        ("recorded:it,ems.jsonl,truth_is=name", "recorded:it,ems.jsonl", {"truth_is": "name"}),
        ("m,ine.py:mine,a=1", "m,ine.py:mine", {"a": "1"}),
        ("hf/lr=0.1,epochs=2/model@layer-6", "hf/lr=0.1,epochs=2/model@layer-6", {}),
        ("file,path=it,ems.jsonl,text=q", "file", {"path": "it,ems.jsonl", "text": "q"}),
        # The other reading is possible, too.
        ("naive,hard=true", "naive", {"hard": "true"}),
        ("./x.jsonl,text=q", "./x.jsonl", {"text": "q"}),
    ],
)
def test_a_comma_of_a_path_that_exists_needs_no_backslash(
    tmp_path, monkeypatch, text, name, arguments
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lr=0.1,epochs=2" / "model").mkdir(parents=True)
    for file in ("it,ems.jsonl", "m,ine.py", "naive,hard=true", "x.jsonl", "x.jsonl,text=q"):
        (tmp_path / file).touch()
    assert Specification.parse(text) == Specification(name, arguments)


METHOD = """
from truing.methods import Method, method, uniform

@method("mine")
def mine() -> Method:
    return Method(targets=lambda weak, belief, progress: (weak, uniform(weak)))
"""


@pytest.mark.parametrize(("workers", "comma"), [(1, ","), (2, r"\,")])
def test_every_path_of_a_study_may_contain_a_comma(truing, tiny, tmp_path, workers, comma, warm):
    import numpy as np

    folder = tmp_path / "a,b"
    folder.mkdir()
    tiny.rename(folder / "it,ems.jsonl")
    (folder / "m,ine.py").write_text(METHOD)
    np.save(folder / "x,y.npy", np.random.default_rng(0).normal(size=(160, 4)))
    rows = [json.loads(line) for line in (folder / "it,ems.jsonl").read_text().splitlines()]
    labels = [{"id": str(row["id"]), "choice": str(row["truth"])} for row in rows]
    (folder / "la,bels.jsonl").write_text("".join(json.dumps(one) + "\n" for one in labels))

    def at(file):
        return str(folder / file).replace(",", comma)

    code, out, err = truing(
        "w2s",
        "--task",
        at("it,ems.jsonl"),
        "--weak",
        f"recorded:{at('la,bels.jsonl')}",
        "--strong",
        f"file:{at('x,y.npy')}",
        "--method",
        f"{at('m,ine.py')}:mine",
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


def test_paths_of_checkpoints_and_questions_may_contain_a_comma(tmp_path):
    from truing.oversight.questions import load_questions
    from truing.students import parse_student

    checkpoint = make_tiny("bert", tmp_path / "a,b")
    name = f"hf/{checkpoint}"
    tuned = parse_student(f"{name},adapter=head")
    assert tuned.transformer.checkpoint.path == str(checkpoint)
    assert parse_student(tuned.label).label == tuned.label
    assert parse_student(f"{name}@layer-1").features.value.checkpoint.path == str(checkpoint)
    asked = {"id": "1", "question": "?", "choices": ["a", "b"], "truth": "a"}
    (tmp_path / "a,b" / "q,1.jsonl").write_text(json.dumps(asked) + "\n")
    assert len(load_questions(str(tmp_path / "a,b" / "q,1.jsonl"))) == 1
