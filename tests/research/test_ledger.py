"""Ledger: what was written stays, once and in order; whatever is changed afterwards is found."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truing.errors import LedgerError, LedgerUnavailableError, StorageError, UserError
from truing.research import GENESIS, Ledger

FIELDS = ["number", "kind", "key", "body", "time", "previous", "hash", "seal"]
BODIES = [{"by": "ann", "cost": 1}, {"score": 0.1 + 0.2, "of": [1, None, "é\ud800"]}, {}, {"b": {}}]
KEYS = ["k0", "second", None, None]
on_one_file = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def ledger(tmp_path):
    """Four entries, of which two have a key."""
    with Ledger(tmp_path / "a.ledger") as ledger:
        for i, body in enumerate(BODIES):
            ledger.append("score" if i % 2 else "charge", body, key=KEYS[i])
        yield ledger


@pytest.fixture
def copy(ledger, tmp_path) -> Path:
    """Its file alone, everything in it, as somebody who wants to change it finds it."""
    ledger.close()
    return Path(shutil.copy(ledger.path, tmp_path / "copy.ledger"))


def append_all(ledger: Ledger, drafts: list[tuple]) -> list:
    with ledger.transaction():
        return [ledger.append(*draft) for draft in drafts]


def change(path: Path, *statements: tuple) -> None:
    """Change a ledger's file behind its back, and leave the schema as it was."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        dropped = triggers.fetchall()
        for name, _ in dropped:
            connection.execute(f"DROP TRIGGER {name}")
        for statement, *values in statements:
            connection.execute(statement, values)
        for _, sql in dropped:
            connection.execute(sql)


def verify(path: Path, head: str | None = None):
    with Ledger(path, create=False) as ledger:
        return ledger.verify(head)


def test_written_entries_are_read(ledger):
    entries = ledger.entries()
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [entry.body for entry in entries] == BODIES
    assert [entry.previous for entry in entries] == [GENESIS, *(e.hash for e in entries[:-1])]
    assert ledger.head == entries[-1].hash
    assert ledger.entries("score") == [entries[1], entries[3]]
    assert ledger.entries(since=2) == entries[2:]
    assert ledger.find("second") == entries[1] == ledger.entry(2)
    assert ledger.find("no such") is ledger.entry(9) is None
    found = ledger.verify(ledger.head)
    assert (found.ok, found.entries, found.first_bad, found.why) == (True, 4, None, "")
    assert found.head == ledger.head


def test_an_empty_ledger_is_valid(tmp_path):
    with Ledger(tmp_path / "new") as ledger:
        assert ledger.head == GENESIS
        assert ledger.verify(GENESIS).ok


def test_the_same_entries_make_the_same_chain_at_another_time(ledger, tmp_path):
    with Ledger(tmp_path / "again") as again:
        for one in ledger.entries():
            again.append(one.kind, dict(reversed(one.body.items())), one.key)
        assert again.head == ledger.head
        assert again.entries()[0].seal != ledger.entries()[0].seal


def test_a_key_is_written_once(ledger):
    head = ledger.head
    assert ledger.append("charge", {"cost": 1, "by": "ann"}, "k0") == ledger.entry(1)
    assert append_all(ledger, [("charge", BODIES[0], "k0"), ("score", BODIES[1], "second")])
    with pytest.raises(UserError, match="the key 'k0' belongs to entry 1, which differs"):
        ledger.append("charge", {"by": "ann", "cost": 2}, "k0")
    with pytest.raises(UserError, match="which differs"):
        ledger.append("score", BODIES[0], "k0")
    assert ledger.head == head


def test_several_entries_are_written_together_or_not_at_all(ledger):
    head = ledger.head
    with pytest.raises(UserError, match="which differs"):
        append_all(ledger, [("charge", {"cost": 2}, "new"), ("score", {}, "k0")])
    assert ledger.head == head
    assert ledger.find("new") is None
    assert [one.number for one in append_all(ledger, [("a", {}), ("b", {}, "new")])] == [5, 6]


def test_a_failed_transaction_writes_nothing(ledger):
    head = ledger.head
    with pytest.raises(ZeroDivisionError), ledger.transaction() as held:  # noqa: PT012
        held.append("charge", {"cost": 2})
        assert held.head != head
        held.append("score", {"score": 1 / 0})
    assert ledger.head == head


def test_a_failed_nested_transaction_reverts_only_itself(ledger):
    with ledger.transaction():
        ledger.append("first", {})
        with pytest.raises(UserError):
            append_all(ledger, [("second", {}), ("third", {"not": object()})])
        ledger.append("fourth", {})
    assert [entry.kind for entry in ledger.entries(since=4)] == ["first", "fourth"]
    assert ledger.verify().ok


@pytest.mark.parametrize(
    "body",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {1: "a"},
        {"a": {None: 1}},
        {"a": {1, 2}},
        {"a": b"x"},
        [1],
        "text",
        None,
    ],
    ids=str,
)
def test_values_that_are_not_json_are_refused(ledger, body):
    with pytest.raises(UserError, match="body"):
        ledger.append("score", body)
    assert len(ledger.entries()) == 4


def test_deeply_nested_values_are_refused(ledger):
    body: dict = {}
    for _ in range(100_000):
        body = {"a": body}
    with pytest.raises(UserError, match="nested 50 deep, not deeper"):
        ledger.append("score", body)
    while body:  # taken apart by hand: to let go of it all at once would overflow the stack
        body = body.pop("a")


@pytest.mark.parametrize("name", ["", "two\nlines", "\ud800", 7, None])
def test_kinds_and_keys_are_lines_of_text(ledger, name):
    with pytest.raises(UserError, match="kind must be"):
        ledger.append(name, {})
    if name is not None:
        with pytest.raises(UserError, match="key must be"):
            ledger.append("score", {}, name)
        with pytest.raises(UserError, match="key must be"):
            ledger.find(name)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@on_one_file
@given(body=st.dictionaries(st.text(), json_values, max_size=3))
def test_any_json_is_read_back_and_verified(ledger, body):
    with pytest.raises(ZeroDivisionError), ledger.transaction():  # noqa: PT012
        entry = ledger.append("any", body)
        assert entry.body == body
        assert ledger.entry(entry.number) == entry
        assert ledger.append("any", body, "once") == ledger.append("any", body, "once")
        raise ZeroDivisionError  # so that the file stays small


@on_one_file
@given(data=st.data())
def test_every_changed_byte_of_every_field_is_detected(ledger, data):
    number = data.draw(st.integers(1, 4), label="entry")
    field = data.draw(st.sampled_from(FIELDS), label="field")
    ledger.close()
    path = Path(shutil.copy(ledger.path, ledger.path.with_name("changed")))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        ((old,),) = connection.execute(f"SELECT {field} FROM entries WHERE number = {number}")
    content = bytearray(b"" if old is None else str(old).encode() if field == "number" else old)
    if content:
        place = data.draw(st.integers(0, len(content) - 1), label="place")
        content[place] ^= data.draw(st.integers(1, 255), label="bits")
    if field == "number":
        new = data.draw(st.integers(5, 2**63 - 1) | st.integers(-(2**63), 0), label="number")
        change(path, ("UPDATE entries SET number = ? WHERE number = ?", new, number))
    else:
        cast = f"UPDATE entries SET {field} = CAST(? AS TEXT) WHERE number = ?"
        change(path, (cast, bytes(content), number))
    found = verify(path)
    assert not found.ok
    assert found.why
    if field != "number":
        assert found.first_bad == number
        with Ledger(path) as changed, pytest.raises(LedgerError, match=f"entry {number} was"):
            changed.entries()


@on_one_file
@given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_changed_byte_in_the_file_is_detected_or_harmless(ledger, place, bits):
    entries = ledger.entries()
    ledger.close()
    content = bytearray(ledger.path.read_bytes())
    content[int(place * len(content))] ^= bits
    path = ledger.path.with_name("changed")
    path.write_bytes(content)
    try:
        with Ledger(path, create=False) as changed:
            same = not changed.verify(entries[-1].hash).ok or (
                changed.entries() == entries and changed.find("k0") == entries[0]
            )
    except (UserError, LedgerError):
        same = True
    assert same


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_deletion_is_detected(copy, number):
    change(copy, ("DELETE FROM entries WHERE number = ?", number))
    found = verify(copy)
    assert (found.ok, found.first_bad, found.entries) == (False, number, number - 1)
    assert "missing" in found.why
    with Ledger(copy) as ledger, pytest.raises(LedgerError, match=f"entry {number} is missing"):
        ledger.entries()


def test_a_deletion_with_renumbered_entries_is_detected(copy):
    change(
        copy,
        ("DELETE FROM entries WHERE number = 2",),
        ("UPDATE entries SET number = number - 1 WHERE number > 2",),
    )
    assert (verify(copy).ok, verify(copy).first_bad) == (False, 2)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (1, 4)])
def test_a_new_order_is_detected(copy, one, other):
    swap = "UPDATE entries SET number = ? WHERE number = ?"
    change(copy, (swap, -1, one), (swap, one, other), (swap, other, -1))
    found = verify(copy)
    assert (found.ok, found.first_bad) == (False, one)


def test_a_well_formed_insertion_is_detected(copy, tmp_path):
    with Ledger(tmp_path / "other") as other:
        forged = append_all(other, [("score", {"score": 1.0})] * 2)[1]
    row = list(vars(forged).values())
    row[3] = '{"score":1.0}'
    change(
        copy,
        ("UPDATE entries SET number = -number WHERE number > 1",),
        ("UPDATE entries SET number = 1 - number WHERE number < 0",),
        (f"INSERT INTO entries VALUES ({', '.join('?' * 8)})", *row),
    )
    found = verify(copy)
    assert (found.ok, found.first_bad) == (False, 2)
    assert "does not contain the hash of the previous entry" in found.why


def test_a_cut_off_end_is_detected_by_an_external_head(ledger, copy):
    head = ledger.head
    change(copy, ("DELETE FROM entries WHERE number = 4",))
    assert verify(copy).ok
    found = verify(copy, head)
    assert (found.ok, found.entries, found.first_bad) == (False, 3, None)
    assert "entries were removed" in found.why


def test_an_old_external_head_is_still_on_the_chain(ledger):
    head = ledger.head
    ledger.append("score", {})
    assert ledger.verify(head).ok
    assert not ledger.verify("f" * 64).ok


def test_a_rewritten_ledger_is_detected_by_an_external_head(ledger, tmp_path):
    with Ledger(tmp_path / "forged") as forged:
        for entry in ledger.entries():
            forged.append(entry.kind, {**entry.body, "score": 1.0}, entry.key)
        assert forged.verify().ok
        assert not forged.verify(ledger.head).ok


def test_no_entry_is_appended_to_a_changed_entry(copy):
    change(copy, ("UPDATE entries SET body = '{}' WHERE number = 4",))
    change(copy, ("UPDATE entries SET time = '2020-01-01' WHERE number = 1",))
    with Ledger(copy) as ledger:
        with pytest.raises(LedgerError, match="entry 1 was changed: its time"):
            ledger.find("k0")
        change(copy, ("UPDATE entries SET body = '{\"b\": {}}' WHERE number = 4",))  # a space
        with pytest.raises(LedgerError, match="entry 4 was changed"):
            ledger.append("score", {})


SCHEMA_CHANGES = {
    "the trigger 'kept' was removed": ["DROP TRIGGER kept"],
    "the trigger 'fixed' was changed": [
        "DROP TRIGGER fixed",
        "CREATE TRIGGER fixed BEFORE UPDATE ON entries BEGIN SELECT 1; END",
    ],
    "the trigger 'more' was added": [
        "CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END"
    ],
    "the table 'notes' was added": ["CREATE TABLE notes (a)"],
    "the view 'seen' was added": ["CREATE VIEW seen AS SELECT * FROM entries"],
    "the index 'quick' was added": ["CREATE INDEX quick ON entries (kind)"],
}


@pytest.mark.parametrize("why", SCHEMA_CHANGES)
def test_a_changed_schema_is_detected(copy, why):
    assert verify(copy).ok
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for statement in SCHEMA_CHANGES[why]:
            connection.execute(statement)
    found = verify(copy)
    assert (found.ok, found.entries, found.first_bad) == (False, 4, None)
    assert why in found.why


def test_a_decreasing_time_is_detected_despite_a_valid_hash(copy):
    with Ledger(copy) as ledger:
        hashed = ledger.entry(3).hash
    time = "2020-01-01T00:00:00.000000+00:00"
    seal = hashlib.sha256(f"{hashed}|{time}".encode()).hexdigest()
    change(copy, ("UPDATE entries SET time = ?, seal = ? WHERE number = 3", time, seal))
    found = verify(copy)
    assert (found.ok, found.first_bad) == (False, 3)
    assert "times never decrease" in found.why


def test_a_clock_set_back_does_not_decrease_times(tmp_path, monkeypatch):
    clock = [datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, zone):
            return clock.pop(0)

    monkeypatch.setattr("truing.research.ledger._entry.datetime", Clock)
    with Ledger(tmp_path / "new") as ledger:
        first, second = ledger.append("a", {}), ledger.append("b", {})
        assert first.time == second.time
        assert ledger.verify().ok


def test_an_open_ledger_that_lost_its_end_accepts_no_entries(ledger):
    """Entries that are cut off while a referee runs, with the schema left as it was."""
    change(ledger.path, ("DELETE FROM entries WHERE number = 4",))
    for ask in (
        lambda: ledger.append("score", {}),
        lambda: ledger.entries(since=4),
        lambda: ledger.find("k0"),
        lambda: ledger.head,
    ):
        with pytest.raises(LedgerError, match=r"lost entry 4, .* restore it from a copy"):
            ask()
    assert [one.number for one in Ledger(ledger.path).entries()] == [1, 2, 3]


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_an_open_ledger_with_a_replaced_file_accepts_no_entries(ledger, tmp_path, how):
    """SQLite alone would go on writing into the file that has no name any more."""
    if how == "replaced":
        other = Path(shutil.copy(ledger.path, tmp_path / "other"))
        other.replace(ledger.path)
    else:
        ledger.path.unlink()
    with pytest.raises(LedgerError, match="the file was truncated or replaced"):
        ledger.append("score", {})


def test_entries_of_another_process_are_accepted(ledger):
    with Ledger(ledger.path) as other:
        other.append("more", {})
    assert ledger.append("again", {}).number == 6


def test_a_copy_of_the_file_of_an_open_ledger_is_complete(ledger, tmp_path):
    for i in range(20):
        ledger.append("score", {"pad": "x" * 997 * i})
        copied = Path(shutil.copy(ledger.path, tmp_path / f"copy-{i}"))
        assert verify(copied, ledger.head).ok


def test_a_locked_ledger_is_unavailable_at_once_without_naming_a_path(ledger):
    ledger.wait_at_most(0.1)
    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerUnavailableError, match="has locked it; try again") as caught:
            ledger.append("score", {})
    assert str(ledger.path) not in str(caught.value)
    assert caught.value.path == str(ledger.path)
    assert ledger.append("score", {}).number == 5


def test_waiting_threads_are_refused_together(ledger):
    """Forty threads would wait for the file forty times, one after the other."""
    ledger.wait_at_most(0.5)
    told: list[str] = []
    waits: list[str] = []
    with ledger._connected() as connection:
        connection.set_trace_callback(waits.append)

    def write() -> None:
        try:
            ledger.append("score", {})
        except LedgerUnavailableError as error:
            told.append(str(error))

    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        threads = [threading.Thread(target=write) for _ in range(40)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert 1 <= waits.count("BEGIN IMMEDIATE") <= 10, "a thread that starts late waits again"
    assert len(told) == 40
    assert ledger.append("score", {}).number == 5


def test_a_full_disk_makes_a_ledger_unavailable_and_loses_nothing(ledger):
    head = ledger.head
    with ledger._connected() as connection:
        connection.execute("PRAGMA max_page_count = 8")
    with pytest.raises(LedgerUnavailableError, match="the disk is full, and nothing was written"):
        ledger.append("score", {"pad": "x" * 100_000})
    assert ledger.head == head
    assert ledger.verify().ok


def test_sqlite_itself_refuses_to_change_or_delete(ledger):
    ledger.close()
    with contextlib.closing(sqlite3.connect(ledger.path)) as connection:
        for statement in ("DELETE FROM entries", "UPDATE entries SET kind = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


# Eight threads share a Ledger; keys are common to both processes, and so is a budget of 40.
CROWD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from truing.research import Ledger
with Ledger(sys.argv[1]) as ledger, ThreadPoolExecutor(8) as threads:
    def work(thread):
        for i in range(12):
            name = f"{thread}.{i}"
            with ledger.transaction():
                ledger.append("score", {"i": i}, "s" + name)
                ledger.append("note", {}, "n" + name)
            with ledger.transaction():
                if len(ledger.entries("charge")) < 40:
                    ledger.append("charge", {"thread": thread})
    list(threads.map(work, range(8)))  # raises what any of them raised
"""


def test_threads_and_processes_write_one_chain(tmp_path, warm):
    path = tmp_path / "crowd"  # which both make at once
    crowd = [subprocess.Popen([warm, "-c", CROWD, str(path)]) for _ in range(2)]
    assert [process.wait() for process in crowd] == [0, 0]
    with Ledger(path, create=False) as ledger:
        entries = ledger.entries()
        assert ledger.verify().ok
    assert [entry.number for entry in entries] == list(range(1, 2 * 8 * 12 + 40 + 1))
    assert sum(entry.kind == "charge" for entry in entries) == 40
    written = [entry.key for entry in entries if entry.kind != "charge"]
    assert len(set(written)) == len(written) == 2 * 8 * 12
    assert all(n == "n" + s[1:] for s, n in zip(written[::2], written[1::2], strict=True))


# Acknowledges each charge and score, written together, by a line; it is killed in the middle.
WRITER = """
import os, sys
from truing.research import Ledger
ledger = Ledger(sys.argv[1])
for i in range(10**6):
    pad = "x" * (i * 997 % 5000)
    with ledger.transaction():
        ledger.append("charge", {"i": i})
        score = ledger.append("score", {"pad": pad})
    os.write(1, f"{score.number} {score.hash}\\n".encode())
"""


def test_a_killed_writer_loses_no_acknowledged_entry(tmp_path, warm):
    path = tmp_path / "killed"
    acknowledged: list[str] = []
    for moment in range(12):
        with subprocess.Popen(
            [warm, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            lines = [process.stdout.readline() for _ in range(1 + moment)]
            timer = threading.Timer(0.0001 * moment**2, process.kill)
            timer.start()
            lines += process.stdout.readlines()
            timer.join()
        acknowledged += lines
        with Ledger(path, create=False) as ledger:
            found = ledger.verify(lines[-1].split()[1])
            entries = ledger.entries()
        assert found.ok, found.why
        assert [e.kind for e in entries] == ["charge", "score"] * (len(entries) // 2)
    hashes = {f"{entry.number} {entry.hash}\n" for entry in entries}
    assert set(acknowledged) <= hashes
    assert len(acknowledged) >= sum(range(1, 13))


# Opens a new ledger and is killed so many microseconds after it began to.
MAKER = """
import os, signal, sys, time
from truing.research import Ledger
for moment in range(60):
    path = f"{sys.argv[1]}/{moment}"
    child = os.fork()
    if not child:
        Ledger(path).append("opened", {}, "opened")
        os._exit(0)
    time.sleep(moment * 0.0002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with Ledger(path) as ledger:
        ledger.append("opened", {}, "opened")
        assert ledger.verify().ok and len(ledger.entries()) == 1
"""


def test_a_ledger_killed_during_creation_is_created_again(tmp_path, warm):
    subprocess.run([warm, "-c", MAKER, str(tmp_path)], check=True, timeout=300)


# A fork with the ledger open, which SQLite forbids to use, and one with it closed.
FORKER = """
import os, sys
from truing.errors import UserError
from truing.research import Ledger
ledger = Ledger(sys.argv[1])
for is_open in (True, False):
    if not is_open:
        ledger.close()
    child = os.fork()
    if not child:
        try:
            ledger.append("child", {})
        except UserError as error:
            os._exit(5 if "was open when this process was forked" in str(error) else 9)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == (5 if is_open else 0)
assert [entry.kind for entry in ledger.entries()] == ["child"] and ledger.verify().ok
"""


def test_only_a_closed_ledger_can_be_used_after_a_fork(tmp_path, warm):
    command = [warm, "-c", FORKER, str(tmp_path / "forked")]
    subprocess.run(command, check=True, timeout=300)


def test_files_that_are_not_ledgers_are_reported_and_unchanged(tmp_path):
    text, other = tmp_path / "text", tmp_path / "other"
    text.write_text("no database at all " * 100)
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (a)")
    before = text.read_bytes(), other.read_bytes()
    for path, why in (
        (text, "is not a ledger"),
        (other, "is a database of another program"),
        (tmp_path, "cannot be opened"),
        (tmp_path / "no" / "folder", "cannot be opened"),
    ):
        with pytest.raises(UserError, match=why) as caught:
            Ledger(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (text.read_bytes(), other.read_bytes()) == before


def test_an_empty_file_is_not_made_into_a_ledger_by_a_reader(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(UserError, match="is not a ledger: it is empty"):
        Ledger(tmp_path / "empty", create=False)
    assert (tmp_path / "empty").read_bytes() == b""


def test_a_ledger_of_another_version_is_reported(copy):
    change(copy, ("PRAGMA user_version = 2",))
    with pytest.raises(UserError, match="is a ledger of version 2; this truing reads version 1"):
        Ledger(copy)


def test_a_missing_ledger_is_reported_and_not_created(tmp_path):
    with pytest.raises(UserError, match="there is no ledger at"):
        Ledger(tmp_path / "mistyped", create=False)
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="changes its user, as only root may")
def test_an_unwritable_ledger_is_reported(copy):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(copy, folder))
        path.chmod(0o444)
        for mode in (0o777, 0o555):
            Path(folder).chmod(mode)
            os.seteuid(65534)
            try:
                with pytest.raises(StorageError, match="is not writable"), Ledger(path) as ledger:
                    ledger.append("score", {})
            finally:
                os.seteuid(0)


def test_a_ledger_is_accessible_only_to_its_owner(tmp_path):
    tmp_path.chmod(0o755)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.append("opened", {})
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.keys() >= {"ledger.sqlite", "ledger.sqlite-wal"}
    assert set(modes.values()) == {0o600}
