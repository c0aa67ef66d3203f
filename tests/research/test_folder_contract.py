"""The page about folders, the contract that agents read, and the files of a run are the same."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.documents import read_blocks
from tests.research.foldering import STRONG, Running, folder, make_problem, write_kind
from truing import pipeline
from truing.research.folders import FolderLimits, describe_contract
from truing.research.ledger._secret import draw_seeds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/folders.md").read_text()
CONTRACT = describe_contract(FolderLimits(), ["small"])


def test_the_page_lists_the_files_of_the_contract():
    listed = re.findall(r"^\| `((?:in|out)puts/[\w.]+)` \|", PAGE, flags=re.MULTILINE)
    assert listed == [*CONTRACT["inputs"], *CONTRACT["outputs"]]


def test_the_page_states_the_default_limits():
    rows = re.findall(r"^\| [\w ]+ \| (\d+)[ \w]* \| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert {name: float(value) for value, name in rows} == CONTRACT["limits"]
    assert f"at most {CONTRACT['most_files']} files" in PAGE
    assert f"{CONTRACT['most_characters']:,} characters" in PAGE


def test_the_page_shows_the_example():
    (shown,) = [one.text for one in read_blocks(PAGE) if one.says.get("title") == "mine/run.py"]
    assert shown == (ROOT / "examples/folder/run.py").read_text()


@pytest.mark.parametrize("kind", STRONG)
def test_a_run_reads_the_files_of_the_contract_with_the_library(tmp_path, kind):
    runner = Running(lambda _, inputs: np.zeros(len(inputs.predict.ids), int))
    problem = make_problem(runner, write_kind(tmp_path, kind), strong=STRONG[kind])
    problem.evaluate(folder(), "climb", draw_seeds(b"k" * 32, "climb", 2))
    inputs = runner.read[0]
    place = tmp_path / "inputs"
    place.mkdir()
    inputs.write(place)
    names = {f"inputs/{path.name}" for path in place.iterdir()}
    absent = (
        {"inputs/learn_inputs.npy", "inputs/predict_inputs.npy"} if kind != "vectors" else set()
    )
    assert names == set(CONTRACT["inputs"]) - absent
    given = pipeline.load(place)
    n, m, k = len(given.learn), len(given.predict), len(given.choices)
    assert given.weak.shape == (n, k)
    assert given.clusters.shape == (n,)
    assert len(given.learn_features) == n
    assert len(given.predict_features) == m
    assert given.medium == ("vectors" if kind == "vectors" else "texts")
    own = kind in ("multiple choice", "preference")
    assert given.learn_features.ndim == 2 + own
    if own:
        counts = [len(one) for one in given.learn]
        present = np.arange(k) < np.array(counts)[:, None]
        assert (given.weak[~present] == 0).all()
        assert np.isnan(given.learn_features[~present]).all()
        assert not np.isnan(given.learn_features[present]).any()
