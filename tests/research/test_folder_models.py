"""Folders that use a transformer inside the sandbox, from the submission to the score."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.research.foldering import folder
from tests.research.test_folder_sandbox import LACKING
from tests.students.test_real_model import ANIMALS, FRAMES, TOOLS
from tests.students.tiny import real_model
from truing import run_files
from truing.research import Referee, ResearchConfig, WeakToStrong
from truing.research._config import Folders
from truing.research.folders import FolderLimits
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored
from truing.research.ledger._secret import make_secret

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {LACKING}")

FIRST_LAYERS = """
# Fine-tune the embeddings and the first two layers of MiniLM on the weak labels.
from transformers import AutoModel, AutoTokenizer

from truing import pipeline

given = pipeline.load()
folder = given.models["minilm"]
model = AutoModel.from_pretrained(folder)
model.encoder.layer = model.encoder.layer[:2]
model.config.num_hidden_layers = 2
model.save_pretrained("scratch/first-layers")
AutoTokenizer.from_pretrained(folder).save_pretrained("scratch/first-layers")
beliefs = pipeline.fine_tune(
    given, "confidence", model="scratch/first-layers", num_epochs=2, learning_rate=2e-4
)
pipeline.save(beliefs)
"""
FROZEN_LAYER = """
from truing import pipeline

given = pipeline.load()
features = [
    pipeline.activations(texts, given.models["minilm"], 3, pool="mean")
    for texts in (given.learn, given.predict)
]
pipeline.save(pipeline.train_method(given, "confidence", features=features))
"""


@pytest.fixture(scope="module")
def referee(tmp_path_factory):
    place = tmp_path_factory.mktemp("research")
    rows = [
        {"text": frame.format(word), "truth": kind, "cluster": word}
        for kind, words in (("animal", ANIMALS), ("tool", TOOLS))
        for word in words.split()
        for frame in FRAMES
    ]
    problem = WeakToStrong(
        climb=(str(write_jsonl(place / "words.jsonl", rows)),),
        other_tasks=(),
        weak="lsa-4",
        strong="lsa-8",
        seeds=2,
    )
    limits = FolderLimits(cpu=100, seconds=500, threads=min(2, os.cpu_count() or 1))
    folders = Folders(models={"minilm": str(real_model())}, limits=limits)
    (place / "run").mkdir(mode=0o700)
    make_secret(place / "run" / run_files.SECRET, b"k" * 32)  # whichever test is first
    return Referee(place / "run", ResearchConfig(problem=problem, folders=folders))


@pytest.mark.parametrize("text", [FIRST_LAYERS, FROZEN_LAYER], ids=["fine-tuned", "frozen"])
def test_a_folder_uses_a_transformer_in_the_sandbox(referee, text):
    number = referee.submit("mina", folder(text)).number
    referee.score(number)
    found = read_records(referee.ledger.entries(), Scored)
    (scored,) = [one for one in found.values() if one.submission == number]
    assert (scored.evaluation.failure, scored.evaluation.detail) == ("", "")
    (gain,) = scored.evaluation.gains
    assert gain.low <= gain.value <= gain.high
    assert np.isfinite(gain.value)
    assert scored.evaluation.isolation.startswith("sealed")
    assert 0 < scored.evaluation.usage.cpu < 2 * 100
