"""The examples do what they say."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import truing
from truing.oversight.questions import load_questions
from truing.studies import make_plan

ROOT = Path(__file__).parents[1]


@pytest.fixture
def solutions(tmp_path):
    """Two problems: one with a right and a wrong solution, one with wrong ones only."""
    rows = [
        {
            "id": f"{problem}-{model}",
            "cluster": problem,
            "question": f"What is {problem} + 1?",
            "solution": f"A: {problem + offset}",
            "model": model,
            "correct": problem == 0 and offset == 1,
        }
        for problem in (0, 1)
        for model, offset in (("small", 2), ("large", 1))
    ]
    path = tmp_path / "solutions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def converted(solutions, *options):
    out = solutions.with_name("questions.jsonl")
    words = [sys.executable, ROOT / "examples" / "gsm8k_questions.py", solutions, out, *options]
    subprocess.run(words, check=True, capture_output=True)
    return load_questions(str(out))


def test_solutions_become_questions_whether_they_are_correct(solutions):
    found = converted(solutions)
    assert len(found) == 4
    for one, truth in zip(found.questions, found.truth(), strict=True):
        assert sorted(one.choices) == ["correct", "incorrect"]
        assert (one.choices[truth] == "correct") == (one.id == "0-large")
    assert {one.cluster for one in found.questions} == {"0", "1"}


def test_solutions_become_pairs_where_one_is_right_and_one_is_wrong(solutions):
    found = converted(solutions, "--pairs")
    (one,) = found.questions
    assert one.choices[found.truth()[0]] == "A: 1"
    assert "correct" not in one.text.partition("\n")[2]


NEW_USER = ROOT / "examples" / "new_user.py"


ON_CORES = """
import os, runpy, sys
os.sched_getaffinity = lambda _: set(range(int(sys.argv[1])))
runpy.run_path(sys.argv[2], run_name="__main__")
"""


def test_the_script_of_a_new_user_prints_the_same_with_one_and_two_processes(
    tmp_path, monkeypatch, warm
):
    printed = []
    for cores in (1, 2):
        here = tmp_path / f"{cores}"
        here.mkdir()
        monkeypatch.setenv("TRUING_STORE", str(here / "store"))
        command = [warm, "-c", ON_CORES, str(cores), NEW_USER]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
        assert (here / "new-user.svg").read_text().startswith("<svg")
    assert printed[0] == printed[1]
    assert "blend" in printed[0]


def test_the_notebook_of_a_new_user_has_the_lines_of_the_script():
    cells = json.loads(NEW_USER.with_suffix(".ipynb").read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    imports, method, study, run, _ = code
    script = NEW_USER.read_text()
    assert all(part in script for part in (imports, method, study, run.splitlines()[0]))


def test_the_study_of_the_penalty_has_a_task_per_domain_and_marks_the_chosen_value(tmp_path):
    penalty = load_module(ROOT / "examples" / "penalty.py")
    rows = [
        {"text": f"text {i}", "sentiment": ("bad", "good")[i % 2], "domain": ("a", "b")[i % 3 == 0]}
        for i in range(12)
    ]
    path = tmp_path / "sentences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = penalty.make_study(path, "lsa-2", "lsa-4", seeds=1)
    assert [name.partition("@")[0] for name in study.tasks] == ["b", "a"]
    assert study.strong[-1] == "lsa-4"
    assert len(study.strong) == len(penalty.VALUES) + 1
    values = {"task": "a", "l2": [1.0, 10.0], "pgr": [0.1, 0.2], "pgr_low": 0.0, "pgr_high": 0.3}
    chart = penalty.draw(pd.DataFrame(values), pd.DataFrame({"task": ["a"], "chosen": [10.0]}))
    assert [row["chosen"] for row in chart["data"]["values"]] == [10.0, 10.0]
    assert "chosen by cross-validation" in penalty.vl_convert.vegalite_to_svg(chart)


def test_the_study_under_shift_tests_each_domain_in_the_others(tmp_path, monkeypatch):
    rows = [
        {"text": f"{domain} text {i}", "sentiment": ("bad", "good")[i % 2], "domain": domain}
        for domain in ("amazon", "imdb", "yelp")
        for i in range(40)
    ]
    path = tmp_path / "sentiment_sentences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv("TRUING_DATA", str(tmp_path))
    study = load_module(ROOT / "examples" / "shift.py").study()
    small = truing.Study(
        tasks=study.tasks,
        test_on=study.test_on,
        weak="lsa-1",
        strong="lsa-4",
        methods="naive",
        seeds=1,
    )
    domains = {(line.task, one.domain) for line in make_plan(small).lines for one in line.domains}
    assert domains == set(permutations(("amazon", "imdb", "yelp"), 2))


def test_the_study_of_a_reward_model_pairs_right_with_wrong_solutions(solutions):
    example = load_module(ROOT / "examples" / "reward_model.py")
    (pair,) = example.make_pairs(solutions.read_text().splitlines())
    assert pair["chosen"] == "A: 1"
    assert (pair["rejected"], pair["cluster"], pair["prompt"]) == ("A: 2", 0, "What is 0 + 1?")
    study = example.make_study(solutions, "lsa-2", "lsa-4", seeds=1)
    assert study.best_of_n


def load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
