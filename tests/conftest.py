"""What every test may use: a small task in a file, a store of its own, and studies of it."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from truing.studies import LocalEngine, Store, Study

# What is started in the background ignores Ctrl-C, and so would the commands that are tested.
with contextlib.suppress(ValueError):  # not in the main thread
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """No test reads or writes the user's cache, or the user's receipts."""
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TRUING_RECEIPTS", str(tmp_path / "receipts"))
    return tmp_path / "store"


def write_jsonl(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def tiny(tmp_path) -> Path:
    """160 items of three classes, clusters of two: eight numbers each, the first three telling."""
    rng = np.random.default_rng(7)
    truth = rng.integers(3, size=160)
    centres = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2.0]])
    vectors = rng.normal(size=(160, 8))
    vectors[:, :3] += 1.2 * centres[truth]
    rows = [
        {"id": f"i{i}", "vector": v.round(4).tolist(), "truth": "abc"[t], "cluster": i // 2}
        for i, (v, t) in enumerate(zip(vectors, truth, strict=True))
    ]
    return write_jsonl(tmp_path / "tiny.jsonl", rows)


@pytest.fixture
def tiny_study(tiny) -> Study:
    """Two seeds on the small task."""
    return Study(
        tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", "confidence"], seeds=2
    )


@pytest.fixture
def alone() -> LocalEngine:
    """Everything in this process."""
    return LocalEngine(1)


@pytest.fixture
def store(own_store) -> Store:
    """The test's own store."""
    return Store()


@pytest.fixture
def service(monkeypatch):
    """A service that speaks OpenAI's interface on loopback: models of `openai-api/loopback/...`."""
    from tests.oversight.loopback import serving

    with serving() as one:
        monkeypatch.setenv("LOOPBACK_BASE_URL", one.url)
        monkeypatch.setenv("LOOPBACK_API_KEY", "none")
        yield one


@pytest.fixture
def truing(tmp_path, monkeypatch, capsys):
    """Run a command in a folder of its own; returns exit code, output and error output."""
    from truing.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["truing", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call
