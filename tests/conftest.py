"""What every test may use: a small task in a file, a store of its own, and studies of it."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.charts import DRAW, draw_blank, draw_once
from tests.same_secrets import draw_same
from tests.slow import TESTS, read_slow
from tests.waiting import hide_progress
from truing.studies import LocalEngine, Store, Study

# What is started in the background ignores Ctrl-C, and so would the commands that are tested.
with contextlib.suppress(ValueError):  # not in the main thread
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = "test_all_pages_can_be_followed_by_copying_in_their_order"
NUMBERS = itertools.count()
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# What a fixture that a test uses says of the test, directly or through other fixtures.
MARKS = {"browser": "browser", "reader": "docs", "readers_store": "docs", "site": "docs"}


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported and collected stays until the end, so the garbage collector skips it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_ignore_collect(collection_path, config):
    """The fast tests import no file of which every test is slow."""
    if not collection_path.is_relative_to(TESTS):
        return None
    name, wanted = collection_path.relative_to(TESTS).as_posix(), config.option.markexpr
    return True if "not slow" in wanted and name in read_slow() else None


def pytest_collection_modifyitems(items):
    """Mark tests by the fixtures that they use, and by the list of slow tests.

    The longest test comes first: at the end it would run alone, for a minute or two. The tests of
    the Ray cluster follow, so that one worker runs them all and no other starts a cluster.
    """
    slow = read_slow()
    items.sort(key=lambda item: (item.originalname != LONGEST, "cluster" not in item.fixturenames))
    for item in items:
        for fixture in MARKS.keys() & set(item.fixturenames):
            item.add_marker(MARKS[fixture])
        path = item.path.relative_to(TESTS).as_posix()
        if not slow.isdisjoint((path, f"{path}::{item.originalname}")):
            item.add_marker("slow")


@pytest.fixture(autouse=True, scope="session")
def shared_store(tmp_path_factory):
    """No fixture of a module or of the session reads or writes the user's cache."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        patch.setenv("TRUING_RECEIPTS", str(folder / "receipts"))
        yield folder


@pytest.fixture(autouse=True, scope="session")
def quiet_progress():
    """Commands that take more than two seconds, on a busy machine, print no progress either."""
    with pytest.MonkeyPatch.context() as patch:
        hide_progress(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def blank_charts():
    """Charts are blank in tests that do not look at them."""
    with pytest.MonkeyPatch.context() as patch:
        draw_blank(patch)
        yield patch


@pytest.fixture(scope="module")
def charts(blank_charts):
    """Charts are drawn in this process and in warm processes, for the tests of a module."""
    blank_charts.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DRAW, "1")
        draw_once(patch)
        yield
    draw_blank(blank_charts)


@pytest.fixture(autouse=True)
def own_store(request, shared_store, monkeypatch):
    """No test reads or writes the user's cache, or the user's receipts.

    They lie in the test's folder. For most tests none is made, which takes milliseconds.
    """
    own = "tmp_path" in request.fixturenames
    folder = request.getfixturevalue("tmp_path") if own else shared_store / f"own-{next(NUMBERS)}"
    monkeypatch.setenv("TRUING_STORE", str(folder / "store"))
    monkeypatch.setenv("TRUING_RECEIPTS", str(folder / "receipts"))
    return folder / "store"


@pytest.fixture(autouse=True)
def same_secrets(request, monkeypatch):
    """The secrets of research runs differ within a test, and are the same whenever it runs."""
    draw_same(request.node.nodeid, monkeypatch)


@pytest.fixture
def readers_store(own_store, tmp_path_factory, monkeypatch):
    """One store for all documents and all processes of the suite, as a reader of all pages has."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    monkeypatch.setenv("TRUING_STORE", str(base / "readers-store"))


def write_jsonl(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_tiny(path: Path) -> Path:
    """160 items of three classes, clusters of two: eight numbers each, the first three telling."""
    rng = np.random.default_rng(7)
    truth = rng.integers(3, size=160)
    centers = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2.0]])
    vectors = rng.normal(size=(160, 8))
    vectors[:, :3] += 1.2 * centers[truth]
    rows = [
        {"id": f"i{i}", "vector": v.round(4).tolist(), "truth": "abc"[t], "cluster": i // 2}
        for i, (v, t) in enumerate(zip(vectors, truth, strict=True))
    ]
    return write_jsonl(path, rows)


def make_tiny_study(tiny: Path) -> Study:
    """Two seeds on the small task."""
    return Study(
        tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", "confidence"], seeds=2
    )


@pytest.fixture
def tiny(tmp_path) -> Path:
    """The small task."""
    return write_tiny(tmp_path / "tiny.jsonl")


@pytest.fixture
def tiny_study(tiny) -> Study:
    """Two seeds on the small task."""
    return make_tiny_study(tiny)


@pytest.fixture
def one_thread():
    """PyTorch with one thread, because tests run in several processes."""
    import torch

    torch.set_num_threads(1)


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


@pytest.fixture(scope="session")
def warm(tmp_path_factory) -> Iterator[Path]:
    """A program that is used as `python` is, and starts at once."""
    from tests.warm import warm_python

    with warm_python(tmp_path_factory.mktemp("warm")) as program:
        yield program


@pytest.fixture(scope="module")
def browser():
    """A headless browser, for which the name `evil.example` is this machine's.

    Where there is none, a line says how to get one.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no browser: apt-get install chromium (or: playwright install chromium)")
    from playwright.sync_api import sync_playwright

    rebound = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", rebound])
        yield started
        started.close()


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
