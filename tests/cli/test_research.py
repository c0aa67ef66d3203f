"""`truing research` and `truing ledger`, as a user meets them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.warm import KilledTruing, stop_after
from truing.research import Ledger
from truing.run_files import LEDGER

SMALL = ("--weak", "pca-1", "--strong", "pca-5", "--seeds", "2", "--finalists", "2")


def ledgers(folder: Path) -> dict[str, str]:
    """The head of each researcher's ledger, which is verified."""
    heads = {}
    for path in sorted(folder.glob("*/ledger.sqlite")):
        with Ledger(path, create=False) as ledger:
            assert ledger.verify().ok
            heads[path.parent.name] = ledger.head
    return heads


def test_a_research_run_prints_a_report_and_a_repeated_run_changes_nothing(truing, tmp_path, tiny):
    words = ("research", "--task", tiny, *SMALL, "--trials", "3", "--out", "run")
    code, out, _ = truing(*words)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    summary = ("search", "random", "3 of 3", "sealed gain", "best finalist", "p (Holm)")
    summary += ("No other task was named",)
    assert [told for told in summary if told not in out] == []
    assert "climb: tiny" not in out
    code, out, _ = truing(*words, "--full")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    tables = ("3 of 3 methods tried", "entropy", "isolation: no submitted code ran", "climb: tiny")
    assert [
        told for told in (*tables, "sealed: tiny", "found after", *summary[-1:]) if told not in out
    ] == []
    names = {"research.json", "report.json", "report.html", "charts", "environment.json"}
    assert names <= {path.name for path in Path("run").iterdir()}
    heads = ledgers(tmp_path / "run")
    told = json.loads(Path("run/report.json").read_text())
    assert {name: one["head"] for name, one in told.items()} == heads

    code, out, _ = truing(*words, "--json")  # again: nothing is run, and the same is told
    assert (code, json.loads(out)["researchers"]) == (0, told)
    assert ledgers(tmp_path / "run") == heads
    code, _, err = truing(*words[:-2], "--seed", "1", "--out", "run")
    assert code == 2
    assert "another research" in err


def test_a_warm_search_starts_with_the_finalists_of_the_earlier_run(truing, tmp_path, tiny):
    begin = ("research", "--task", tiny, *SMALL, "--control", "none")
    truing(*begin, "--trials", "4", "--out", "first")
    code, _, _ = truing(*begin, "--trials", "3", "--warm", "first", "--out", "second")
    assert code == 0
    told = json.loads(Path("first/report.json").read_text())["search"]["finalists"]
    code, out, _ = truing("ledger", "show", "second", "--kind", "submission", "--json")
    (entries,) = json.loads(out)["ledgers"].values()
    tried = [one["body"]["content"] for one in entries]
    assert tried[: len(told)] == [one["content"] for one in told]


def test_a_research_run_can_choose_a_protocol(truing):
    words = (
        "research",
        "--problem",
        "choose-protocol",
        "--seeds",
        "2",
        "--trials",
        "2",
        "--control",
        "none",
        "--finalists",
        "1",
        "--out",
        "run",
        "--json",
    )
    code, out, _ = truing(*words)
    assert json.loads(out)["simulated"]
    told = json.loads(out)["researchers"]["search"]
    assert (code, told["problem"]["kind"], told["spent"]) == (0, "choose-protocol", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("research", "--task", "nope"), "unknown task"),
        (("research", "--researcher", "nope"), "unknown researcher"),
        (("research", "--problem", "nope"), "'weak-to-strong', 'oversight', 'choose-protocol'"),
        (
            ("research", "--problem", "choose-protocol", "--task", "digits"),
            "--task is an option of",
        ),
        (
            ("research", "--problem", "choose-protocol", "--workers", "2"),
            "--workers is an option of",
        ),
        (
            ("research", "--problem", "choose-protocol", "--engine", "ray"),
            "--engine is an option of",
        ),
        (("research", "--layer", "pca-8"), "--layer must have the form NAME=FEATURES"),
        (("research", "--layer", "a=pca-8", "--layer", "a=pca-4"), "--layer names 'a' twice"),
        (("research", "--pool", "mean"), "add layers"),
        (("research", *("--task", "digits") * 2), "--task names 'digits' 2 times; name it once"),
        (("research", *("--other-task", "digits-parity") * 2), "--other-task names 'digits-p"),
        (
            ("research", "--problem", "choose-protocol", "--layer", "a=pca-8"),
            "--layer is an option of",
        ),
        (("research", "--address", "host:1"), "requires --engine ray"),
        (("research", "--workers", "0"), "workers must be 1 or more"),
        (("research", "resume", "nowhere", "--workers", "2"), "contains no research run"),
        (("research", "--seeds", "0"), "seeds"),
        (("research", "--step", "0"), "step"),
        (("research", "--warm", "nowhere"), "contains no ledger"),
        (("research", "resume", "nowhere"), "contains no research run"),
        (("ledger", "verify", "nowhere"), "contains no ledger"),
        (("research", "--researcher", "agent"), "the researcher agent has no model"),
    ],
)
def test_a_mistake_is_one_line_and_writes_no_secret(truing, words, said):
    code, out, err = truing(*words)
    assert (code, out) == (2, "")
    assert err.startswith("truing: ")
    assert said in err
    assert err.count("\n") == 1
    assert not list(Path.cwd().glob("**/secret"))


@pytest.mark.parametrize("words", [("audit",), ("close",), ("token", "ada"), ("publish", "out")])
def test_the_folder_of_a_research_run_names_the_folders_of_its_referees(truing, tmp_path, words):
    for one in ("search", "random"):
        (tmp_path / "run" / one).mkdir(parents=True)
        (tmp_path / "run" / one / LEDGER).touch()
    run = tmp_path / "run"
    code, out, err = truing("referee", *words, "--folder", run)
    assert (code, out) == (2, "")
    assert err.endswith(
        f"run for each researcher; name one of: {run / 'random'}, {run / 'search'}\n"
    )


def test_a_removed_last_entry_is_detected_by_the_head_in_the_report(truing, tmp_path):
    """A chain does not show that it was longer; the head that the report notes does."""
    path = tmp_path / "run" / "search" / "ledger.sqlite"
    path.parent.mkdir(parents=True)
    with Ledger(path) as ledger:
        ledger.append("finding", {"text": "one"})
        head = ledger.append("finding", {"text": "two"}).hash
    (tmp_path / "run" / "report.json").write_text(json.dumps({"search": {"head": head}}))
    assert truing("ledger", "verify", tmp_path / "run")[0] == 0
    with contextlib.closing(sqlite3.connect(path)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        dropped = triggers.fetchall()
        for name, _ in dropped:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)")
        for _, sql in dropped:
            file.execute(sql)
        file.commit()
    assert truing("ledger", "verify", path)[0] == 0
    code, out, _ = truing("ledger", "verify", tmp_path / "run")
    assert code == 1
    assert "NOT verified" in " ".join(out.split())


def test_a_changed_ledger_is_detected(truing, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.append("finding", {"text": "one"})
        head = ledger.append("finding", {"text": "two"}).hash
    assert truing("ledger", "verify", tmp_path)[0] == 0
    assert truing("ledger", "verify", path, "--head", head)[0] == 0
    code, out, _ = truing("ledger", "verify", path, "--head", "0" * 63 + "1", "--json")
    assert code == 1
    assert not json.loads(out)["ledgers"][str(path)]["ok"]
    with sqlite3.connect(path) as file:
        file.execute("DROP TRIGGER fixed")
        file.execute('UPDATE entries SET body = \'{"text":"ONE"}\' WHERE number = 1')
    file.close()
    code, out, _ = truing("ledger", "verify", path)
    assert code == 1
    assert "NOT verified at entry 1" in " ".join(out.split())
    code, out, err = truing("ledger", "show", path, "--kind", "finding")
    assert (code, out) == (1, "")
    assert "changed" in err


def entries(folder: Path) -> dict[str, int]:
    """When each entry of a store was written."""
    return {one.name: one.stat().st_mtime_ns for one in folder.rglob("*") if one.is_file()}


def test_a_research_run_uses_the_given_engine_and_store(truing, tmp_path, tiny, own_store, warm):
    """The ledgers do not depend on it; what is stored is not computed again."""
    for name in ("here", "workers", "again"):
        with_secret(tmp_path / name)
    words = ("research", "--task", tiny, *SMALL, "--trials", "2")
    where = ("--workers", "2", "--store", "kept")
    assert truing(*words, *where, "--out", "workers")[0] == 0
    assert not own_store.exists()
    kept = entries(tmp_path / "kept")
    assert len(kept) > 5
    code, out, _ = truing(*words, *where, "--out", "again", "--json")
    assert (code, set(json.loads(out)["researchers"])) == (0, {"search", "random"})
    assert truing("research", "resume", "again", *where)[0] == 0
    assert entries(tmp_path / "kept") == kept
    assert truing(*words, "--out", "here")[0] == 0
    assert ledgers(tmp_path / "here") == ledgers(tmp_path / "workers")
    assert ledgers(tmp_path / "here") == ledgers(tmp_path / "again")


def with_secret(folder: Path) -> None:
    """Begin a run folder whose secret and signing key are known."""
    folder.mkdir()
    for file in ("secret", "signing_key"):
        (folder / file).write_bytes(b"k" * 32)
        (folder / file).chmod(0o600)


def run_until(folder: Path, tiny: Path, entries: int | None, warm: Path) -> bool:
    """Research in a process, killed when it has appended so many entries; whether it was."""
    words = ["research", "--task", str(tiny), *SMALL, "--trials", "4", "--out", str(folder)]
    ledger = "truing.research.ledger._ledger"
    before = stop_after(entries, ledger, "Ledger", "append", kill=True) if entries else ""
    process = KilledTruing(warm, words, before, stderr=subprocess.DEVNULL)
    process.wait_until(lambda: False)
    process.kill()
    assert process.killed or process.client.returncode == 0
    return process.killed


def test_a_run_that_is_killed_at_any_moment_ends_with_the_same_ledgers(tmp_path, tiny, warm):
    for name in ("whole", "killed"):
        with_secret(tmp_path / name)
    assert not run_until(tmp_path / "whole", tiny, None, warm)
    killed = tmp_path / "killed"
    assert run_until(killed, tiny, 4, warm)
    assert run_until(killed, tiny, 11, warm)
    assert not run_until(killed, tiny, None, warm)
    assert ledgers(tmp_path / "killed") == ledgers(tmp_path / "whole")
    assert len(ledgers(tmp_path / "whole")) == 2
    for path in (tmp_path / "killed").glob("*/ledger.sqlite"):
        with Ledger(path, create=False) as ledger:
            assert len(ledger.entries("submission")) == len(ledger.entries("outcome")) == 4
