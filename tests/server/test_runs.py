"""The list of runs: what is found, what is said of each, and what one bad folder does to others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import viewing
from tests.server.runs import (
    judgement,
    make_all,
    make_game,
    make_oversight,
    make_research,
    make_study,
    study_row,
    write_json,
    write_ledger,
)
from truing.runs import Live, in_use
from truing.server.view import Index
from truing.server.view import _index as index_module

pytestmark = pytest.mark.usefixtures("fresh_index")


def found(*roots: Path) -> dict[str, tuple[str, str]]:
    """Kind and status by name, below the first root."""
    runs = Index(roots).runs()
    return {run.name.partition("/")[2]: (run.kind, run.status) for run in runs}


def test_runs_of_every_kind_are_found_at_any_depth(tmp_path):
    make_all(tmp_path / "runs")
    make_study(tmp_path / "runs/by/year/2026/deep")
    assert found(tmp_path / "runs") == {
        "study": ("study", "finished"),
        "oversight": ("oversight", "finished"),
        "research": ("research", "finished"),
        "referee": ("referee", "finished"),
        "game": ("game", "finished"),
        "by/year/2026/deep": ("study", "finished"),
    }


def test_only_studies_are_listed_within_a_run(tmp_path):
    make_research(tmp_path / "research")  # each researcher has a ledger in it
    make_study(tmp_path / "demo")
    make_study(tmp_path / "demo/oversight")
    assert set(found(tmp_path)) == {"research", "demo", "demo/oversight"}


def test_other_folders_and_files_are_ignored(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/study.txt").write_text("x")
    (tmp_path / ".hidden").mkdir()
    make_study(tmp_path / ".hidden/study")
    (tmp_path / "study.json").mkdir()  # a folder of that name
    assert found(tmp_path, tmp_path / "nowhere") == {}


def test_the_newest_run_comes_first(tmp_path):
    for age, name in enumerate(("new", "older", "oldest")):
        for path in make_study(tmp_path / name).iterdir():
            os.utime(path, (1e9 - age, 1e9 - age))
    assert [run.name.rpartition("/")[2] for run in Index([tmp_path]).runs()] == [
        "new",
        "older",
        "oldest",
    ]


def test_a_folder_is_read_once_and_again_only_when_a_file_of_it_changes(tmp_path, monkeypatch):
    read: list[str] = []
    real = index_module.summarize
    monkeypatch.setattr(
        index_module, "summarize", lambda *given: read.append(given[1].name) or real(*given)
    )
    for name in ("a", "b", "c"):
        make_study(tmp_path / name)
    index = Index([tmp_path])
    for _ in range(3):
        index.runs()
    assert sorted(read) == ["a", "b", "c"]
    make_study(tmp_path / "b", [study_row()])
    index.runs()
    assert sorted(read) == ["a", "b", "b", "c"]


def test_a_deleted_run_disappears(tmp_path):
    index = Index([tmp_path])
    make_study(tmp_path / "a")
    assert len(index.runs()) == 1
    (tmp_path / "a/study.json").unlink()
    assert index.runs() == []


def test_a_run_without_results_is_stopped(tmp_path):
    for kind, make, last in (
        ("study", make_study, "results.jsonl"),
        ("oversight", make_oversight, "judgements.jsonl"),
        ("research", make_research, "report.json"),
        ("game", make_game, "outcome.json"),
    ):
        (make(tmp_path / kind) / last).unlink()
        assert found(tmp_path)[kind] == (kind, "stopped")


def test_a_referee_without_verdicts_is_open(tmp_path):
    write_ledger(tmp_path / "referee", closed=False)
    assert found(tmp_path) == {"referee": ("referee", "open")}


def test_a_session_without_judgements_is_open(tmp_path):
    make_oversight(tmp_path / "people", models={"judge": ["person"]})
    (tmp_path / "people/judgements.jsonl").unlink()
    assert found(tmp_path)["people"] == ("oversight", "open")


def test_a_run_of_another_process_is_shown_as_running(tmp_path):
    (make_study(tmp_path / "run") / "results.jsonl").unlink()
    code = (
        "import sys, time; from pathlib import Path; from truing.runs import Live\n"
        "with Live(Path(sys.argv[1])) as live:\n"
        "    live('train', 3, 9); print(flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run")], stdout=subprocess.PIPE
    )
    try:
        child.stdout.readline()
        (run,) = Index([tmp_path]).runs()
        assert (run.status, run.progress.what) == ("running", "train")
        assert (run.progress.done, run.progress.total) == (3, 9)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert found(tmp_path)["run"] == ("study", "stopped")  # killed: nobody is at it any more


def test_a_failed_or_stopped_run_states_its_status(tmp_path):
    (make_study(tmp_path / "run") / "results.jsonl").unlink()

    def burn() -> None:
        with Live(tmp_path / "run"):
            assert in_use(tmp_path / "run")
            raise RuntimeError("the disk\nis on fire")

    with pytest.raises(RuntimeError):
        burn()
    assert not in_use(tmp_path / "run")
    (run,) = Index([tmp_path]).runs()
    assert (run.status, run.why) == ("failed", "RuntimeError: the disk is on fire")
    with pytest.raises(KeyboardInterrupt), Live(tmp_path / "run"):
        raise KeyboardInterrupt
    assert found(tmp_path)["run"] == ("study", "stopped")


# What is wrong with a folder, and what its run is called then.
def broken_study(folder: Path) -> None:
    make_study(folder)
    (folder / "study.json").write_bytes(b'{"tasks": [')


def binary_results(folder: Path) -> None:
    make_study(folder)
    (folder / "results.jsonl").write_bytes(bytes(range(256)) * 50)


def half_a_line(folder: Path) -> None:
    make_study(folder)
    path = folder / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-30])


def latin_names(folder: Path) -> None:
    make_study(folder)
    (folder / "study.json").write_bytes(b'{"tasks": ["caf\xe9"]}')


def deep_json(folder: Path) -> None:
    make_study(folder)
    (folder / "study.json").write_text("[" * 100_000)


def other_json(folder: Path) -> None:
    make_study(folder)
    write_json(folder / "study.json", {"tasks": 7, "seeds": {"a": []}, "methods": None})


def no_protocols(folder: Path) -> None:
    make_oversight(folder, protocols=[1, 2])


def no_ledger(folder: Path) -> None:
    folder.mkdir()
    (folder / "ledger.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)


def linked_results(folder: Path) -> None:
    make_study(folder)
    (folder / "results.jsonl").unlink()
    (folder / "results.jsonl").symlink_to("/etc/passwd")


def a_pipe(folder: Path) -> None:
    make_oversight(folder)
    (folder / "judgements.jsonl").unlink()
    os.mkfifo(folder / "judgements.jsonl")


def a_huge_file(folder: Path) -> None:
    make_study(folder)
    with (folder / "results.jsonl").open("wb") as file:
        file.truncate(10 * 2**30)  # of which the disk holds nothing


def huge_judgements(folder: Path) -> None:
    make_oversight(folder)
    for name in ("judgements.jsonl", "transcripts.jsonl"):
        with (folder / name).open("r+b") as file:
            file.truncate(10 * 2**30)


def newer_version(folder: Path) -> None:
    make_study(folder)
    write_json(folder / "environment.json", {"truing": "99.1"})


def newer_field(folder: Path) -> None:
    make_study(folder, quantum=True)


BAD = {
    broken_study: "broken",
    binary_results: "broken",
    half_a_line: "broken",
    latin_names: "broken",
    deep_json: "broken",
    other_json: "broken",
    no_protocols: "broken",
    no_ledger: "broken",
    linked_results: "broken",
    a_pipe: "broken",
    a_huge_file: "broken",
    huge_judgements: "broken",
    newer_version: "newer",
    newer_field: "newer",
}


def bytes_read() -> int:
    """Bytes that this process has read, by Linux; 0 on other systems."""
    if not os.access("/proc/self/io", os.R_OK):
        return 0
    counts = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in counts)["rchar"])


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_broken_run_is_marked_and_spoils_no_other_run(tmp_path, spoil):
    make_study(tmp_path / "good")
    spoil(tmp_path / "bad")
    client = viewing(tmp_path)
    before = bytes_read()
    (bad,) = [run for run in Index([tmp_path]).runs() if run.name.endswith("bad")]
    listed, own = client.get("/"), client.get(f"/runs/{bad.id}")
    assert bytes_read() - before < 100 * 2**20  # of 10 GiB
    assert (bad.status, bool(bad.why)) == (BAD[spoil], True)
    assert (listed.status_code, own.status_code) == (200, 200)
    assert "good" in listed.text
    assert {"broken": "broken", "newer": "newer version"}[bad.status] in own.text
    assert "root:" not in own.text  # of /etc/passwd


def test_a_run_of_a_newer_version_is_shown_in_part(tmp_path):
    newer_field(tmp_path / "bad")
    (run,) = Index([tmp_path]).runs()
    text = viewing(tmp_path).get(f"/runs/{run.id}").text
    assert "0.700 [0.660, 0.740]" in text
    assert "quantum" in text


def test_links_are_not_followed(tmp_path):
    outside = make_study(tmp_path / "outside/secret-study")
    root = tmp_path / "runs"
    make_study(root / "own")
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "own/charts").symlink_to(outside)
    (outside / "x.svg").write_text("<svg/>")
    (run,) = Index([root]).runs()
    client = viewing(root)
    assert run.name == "runs/own"
    assert "secret-study" not in client.get("/").text
    assert client.get(f"/runs/{run.id}/files/charts/x.svg").status_code == 404


def test_very_deep_folders_are_not_searched(tmp_path):
    deep = tmp_path
    for _ in range(60):
        deep /= "d"
    make_study(deep)
    make_study(tmp_path / "near")
    assert set(found(tmp_path)) == {"near"}


def test_too_many_folders_are_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "MOST", 5)
    for number in range(9):
        make_study(tmp_path / str(number))
    assert "too many folders to search" in viewing(tmp_path).get("/").text


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_name_may_be_any_valid_file_name(tmp_path):
    for name in (b"caf\xe9", b"<b>bold</b>", b"line\nbreak", b"\xe2\x80\xaegnp.exe", b'quo"te'):
        make_study(Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))))
    client = viewing(tmp_path)
    assert len(found(tmp_path)) == 5
    assert "<b>bold" not in client.get("/").text
    for run in Index([tmp_path]).runs():
        assert client.get(f"/runs/{run.id}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..%2f..%2fetc",
        "/runs/%2e%2e/passwd",
        "/runs/0",
        "/runs/" + "a" * 5000,
        "/runs/{id}/files/../study.json",
        "/runs/{id}/files/study.json",
        "/runs/{id}/files/secret",
        "/runs/{id}/files/charts/../study.json",
        "/runs/{id}/files/charts%2f..%2fstudy.json",
        "/runs/{id}/files//etc/passwd",
        "/runs/{id}/files/charts/%00.svg",
        "/runs/{id}/plays/-1",
        "/runs/{id}/plays/99999999999999999999",
        "/runs/{id}/plays/0",
    ],
)
def test_no_address_leads_outside_of_the_folder(tmp_path, path):
    make_study(tmp_path / "run")
    (run,) = Index([tmp_path]).runs()
    answer = viewing(tmp_path).get(path.replace("{id}", run.id))
    assert answer.status_code in (404, 422)
    assert "tasks" not in answer.text


def test_runs_are_filtered_sorted_and_paged(tmp_path):
    for number in range(130):
        make_study(tmp_path / f"s{number:03}", tasks=["digits" if number % 2 else "parity"])
    make_oversight(tmp_path / "talk", [judgement(protocol="consultancy")])
    client = viewing(tmp_path)

    def names(**asked: str) -> list[str]:
        text = client.get("/", params=asked).text
        return re.findall(r'class="name"><a href="[^"]*"><bdi>[^<]*/([^</]*)</bdi>', text)

    assert len(names()) == 100
    assert len(names(page="2")) == 31
    assert len(names(page="99")) == 31
    assert names(kind="oversight") == names(q="TALK") == names(method="consultancy") == ["talk"]
    assert len(names(task="digits")) == 65
    assert names(sort="name")[:3] == ["s000", "s001", "s002"]
    assert names(status="broken") == []
    assert names(q="s00 parity", sort="name") == ["s000", "s002", "s004", "s006", "s008"]
    assert client.get("/", params={"page": "x"}).status_code == 422


def test_a_page_without_runs_says_what_to_do(tmp_path):
    assert "truing demo" in viewing(tmp_path / "runs").get("/").text
