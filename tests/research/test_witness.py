"""Witness: a researcher's receipt contradicts a ledger that was cut off, changed or built again."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from planting import Planted, config, number
from visitors import CARD, METHODS, ByCommand, ByDoor, ByInspect, ByMcp, scored, tiny_config

from truing.errors import LedgerError, Notice, UserError
from truing.research import Ledger, Referee
from truing.research.doors import HttpDoor, Tokens, receipt_path
from truing.research.doors._keep import keep_receipt
from truing.research.doors._server import serving

pytestmark = [  # of Inspect, and of what it leaves to be collected
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def worth(content: str, tier: str) -> float:
    return float(content[-1]) / 10


def planted(folder: Path, values: tuple[float, ...] = (0.1, 0.3, 0.2)) -> Referee:
    """A referee that has scored some methods."""
    referee = Referee(folder, config(), Planted(worth))
    for value in values:
        referee.score(referee.submit("ada", number(value)).number)
    return referee


@pytest.fixture
def receipts(tmp_path) -> list[Path]:
    """Receipts of three scored methods and of one that waits, as files of their researcher's."""
    referee = planted(tmp_path / "run")
    referee.submit("bob", number(0.4))
    numbers = [one.number for one in referee.ledger.entries("submission")]
    files = []
    for one in numbers:
        files.append(tmp_path / f"receipt-{one}.json")
        files[-1].write_text(json.dumps(vars(referee.result(one))))
    referee.ledger.close()
    return files


def verify(truing, *words: object) -> tuple[int, dict]:
    code, out, err = truing("ledger", "verify", *words, "--json")
    assert err == ""
    return code, json.loads(out)


def asked(receipts: list[Path]) -> list[object]:
    return [word for path in receipts for word in ("--receipt", path)]


def cut(path: Path, number: int) -> None:
    """Cut off the entries from a number on, and leave the schema as it was."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        ((sql,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'kept'")
        connection.execute("DROP TRIGGER kept")
        connection.execute("DELETE FROM entries WHERE number >= ?", (number,))
        connection.execute(sql)


def test_a_growing_ledger_extends_every_receipt(truing, tmp_path, receipts):
    referee = Referee(tmp_path / "run", config(), Planted(worth))
    referee.close()
    code, told = verify(truing, tmp_path / "run", *asked(receipts))
    assert code == 0
    assert told["receipts"] == dict.fromkeys(map(str, receipts), "")
    code, out, _ = truing("ledger", "verify", tmp_path / "run", *asked(receipts))
    assert (code, out.count("the ledger extends the receipt")) == (0, 4)


def test_a_truncated_ledger_contradicts_the_receipts_of_missing_entries(truing, tmp_path, receipts):
    folder = tmp_path / "run"
    cut(folder / "ledger.sqlite", 6)
    (folder / "head.json").unlink()
    assert verify(truing, folder)[0] == 0  # alone, it is in order
    code, told = verify(truing, folder, *asked(receipts))
    assert code == 1
    found = list(told["receipts"].values())
    assert found[:2] == ["", ""]
    assert found[2:] == [
        f"the receipt names entry {number}, which is missing: the ledger lost entries"
        for number in (6, 8)
    ]


def test_a_rebuilt_ledger_with_its_own_key_contradicts_receipts(truing, tmp_path, receipts):
    """By its operator, who has the secret, the key, and all entries but one."""
    other = tmp_path / "again"
    other.mkdir()
    for name in ("secret", "signing_key"):
        shutil.copy(tmp_path / "run" / name, other / name)
    planted(other, (0.1, 0.2, 0.3)).ledger.close()
    code, told = verify(truing, other, *asked(receipts))
    assert code == 1
    found = list(told["receipts"].values())
    assert found[0] == ""  # nothing before it was changed
    assert "the ledger was built again" in found[1]


def test_a_ledger_of_another_key_contradicts_receipts(truing, tmp_path, receipts):
    planted(tmp_path / "other").ledger.close()
    code, told = verify(truing, tmp_path / "other", "--receipt", receipts[0])
    assert code == 1
    assert "the key of another referee signed the receipt" in told["receipts"][str(receipts[0])]


@pytest.mark.parametrize(
    "change",
    [
        {"released": 0.9},
        {"number": 4},
        {"head": "0" * 64},
        {"signature": "00"},
        {"signature": ""},
        {"public_key": "f" * 64},
        {"public_key": "x"},
        {"reason": 3},
    ],
    ids=str,
)
def test_a_receipt_changed_by_its_researcher_is_invalid(truing, tmp_path, receipts, change):
    forged = json.loads(receipts[0].read_text()) | change
    receipts[0].write_text(json.dumps(forged))
    code, told = verify(truing, tmp_path / "run", "--receipt", receipts[0])
    assert code == 1
    assert "the signature of the receipt is not valid" in told["receipts"][str(receipts[0])]


def test_an_unrecorded_score_is_detected(truing, tmp_path, receipts):
    """A referee that signs one score and records another."""
    from truing.research.ledger._signing import Signer
    from truing.research.ledger._witness import read_receipt, signed_part

    lie = replace(read_receipt(receipts[0]), released=0.9)
    signature = Signer(tmp_path / "run").sign(signed_part(lie))
    receipts[0].write_text(json.dumps(replace(lie, signature=signature).to_json()))
    code, told = verify(truing, tmp_path / "run", "--receipt", receipts[0])
    assert code == 1
    assert "records a score that differs from the receipt" in told["receipts"][str(receipts[0])]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"number": 1}'])
def test_an_invalid_receipt_is_refused_in_one_line(truing, tmp_path, receipts, text):
    receipts[0].write_text(text)
    code, _, err = truing("ledger", "verify", tmp_path / "run", "--receipt", receipts[0])
    assert (code, err.count("\n")) == (2, 1)
    assert "is not a receipt" in err


def test_later_submissions_do_not_change_a_receipt(tmp_path):
    referee = planted(tmp_path / "run")
    first = [referee.result(one) for one in (2, 4, 6)]
    referee.score(referee.submit("bob", number(0.9)).number)
    assert [referee.result(one) for one in (2, 4, 6)] == first


def test_receipt_hashes_do_not_reveal_true_scores(tmp_path):
    """The hash of an outcome covers its true score; every other part of it could be guessed."""
    from truing.research.ledger._entry import make_entry

    referee = planted(tmp_path / "run", (0.3,))
    (outcome,) = referee.ledger.entries("outcome")
    (submission,) = referee.ledger.entries("submission")
    for entry in (submission, outcome):
        guess = {name: value for name, value in entry.body.items() if name != "salt"}
        made = make_entry(entry.kind, guess, entry.key, entry.number, entry.previous)
        assert made.hash != entry.hash
        known = replace(made, body=entry.body)
        assert known.body["salt"] not in json.dumps(vars(referee.result(2)))
    other = planted(tmp_path / "other", (0.3,))
    salts = [one.ledger.entries("outcome")[0].body["salt"] for one in (referee, other)]
    assert salts[0] != salts[1]
    assert outcome.body["salt"] != submission.body["salt"]


# The referee's own anchor


def test_a_running_referee_with_a_truncated_ledger_accepts_nothing(tmp_path):
    referee = planted(tmp_path / "run")
    cut(tmp_path / "run" / "ledger.sqlite", 6)
    for ask in (
        lambda: referee.submit("bob", number(0.7)),
        referee.work,
        referee.leaderboard,
        lambda: referee.budget("bob"),
    ):
        with pytest.raises(LedgerError, match="lost entry 7"):
            ask()
    with Ledger(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert len(ledger.entries()) == 5


@pytest.mark.parametrize("what", ["its end", "all of it"])
def test_a_referee_that_starts_on_a_ledger_that_lost_entries_stops(tmp_path, what):
    folder = tmp_path / "run"
    planted(folder).ledger.close()
    if what == "its end":
        cut(folder / "ledger.sqlite", 6)
    else:
        (folder / "ledger.sqlite").unlink()
    with pytest.raises(LedgerError, match=r"no entry has the noted hash .* restore the ledger"):
        Referee(folder, config(), Planted(worth))


def test_a_head_written_before_a_crash_is_accepted_and_a_missing_head_is_a_warning(tmp_path):
    """The head file is written after the entry, and may be behind or missing."""
    folder = tmp_path / "run"
    planted(folder, (0.1,)).ledger.close()
    behind = (folder / "head.json").read_text()
    planted(folder, (0.1, 0.3)).ledger.close()
    (folder / "head.json").write_text(behind)
    planted(folder, (0.1, 0.3)).ledger.close()
    (folder / "head.json").write_text("")
    with pytest.warns(Notice, match=r"head.json is missing or unreadable, so lost entries"):
        planted(folder, (0.1, 0.3)).ledger.close()
    (folder / "head.json").unlink()
    with pytest.warns(Notice, match="check with truing ledger verify"):
        planted(folder, (0.1, 0.3, 0.4)).ledger.close()
    noted = json.loads((folder / "head.json").read_text())
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert noted == {"number": 7, "hash": ledger.head}


def test_the_signing_key_is_private_and_cannot_be_replaced(tmp_path):
    planted(tmp_path / "run").ledger.close()
    key = tmp_path / "run" / "signing_key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_bytes().hex() not in json.dumps(planted(tmp_path / "run").describe())
    key.unlink()
    with pytest.raises(UserError, match="is not the key with which this research run was started"):
        planted(tmp_path / "run")
    key.write_bytes(b"short")
    with pytest.raises(UserError, match="must have 32 bytes, got 5"):
        planted(tmp_path / "run")


# Through the doors


def test_every_door_returns_a_receipt_that_the_ledger_extends(truing, tmp_path, capsys):
    folder = tmp_path / "referee"
    referee, tokens = Referee(folder, tiny_config(total=9)), Tokens(folder)
    with serving(referee) as url:
        visitors = [
            ByDoor(HttpDoor(url, tokens.issue("ann"))),
            ByCommand(url, tokens.issue("bob")),
            ByMcp(HttpDoor(url, tokens.issue("cem"))),
            ByInspect(folder, "dot"),
        ]
        files = []
        for visitor in visitors:
            files.append(tmp_path / f"{len(files)}.json")
            files[-1].write_text(json.dumps(scored(visitor, METHODS[0])))
        key = visitors[0].ask("describe_problem")["public_key"]
    assert {json.loads(one.read_text())["public_key"] for one in files} == {key}
    capsys.readouterr()
    code, told = verify(truing, folder, *asked(files))
    assert (code, told["receipts"]) == (0, dict.fromkeys(map(str, files), ""))


def test_truing_submit_stores_the_receipt_and_prints_its_path(truing, tmp_path):
    folder = tmp_path / "referee"
    Referee(folder, tiny_config()).ledger.close()
    words = ["submit", "--referee", folder, "--composition", METHODS[0]]
    for name in ("claim", "mechanism"):
        words += [f"--{name}", CARD[name]]
    code, out, _ = truing(*words, "--expected", "0.1", "--wait")
    kept = Path(out.splitlines()[1].removeprefix("receipt: "))
    assert (code, kept.is_relative_to(tmp_path / "receipts")) == (0, True)
    assert json.loads(kept.read_text())["status"] == "scored"
    assert (kept.stat().st_mode | kept.parent.stat().st_mode) & 0o077 == 0
    assert verify(truing, folder, "--receipt", kept)[0] == 0


def test_an_unwritable_receipt_is_returned_with_a_warning(tmp_path, monkeypatch):
    receipt = planted(tmp_path / "run").result(2)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUING_RECEIPTS", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="was not stored in .* set TRUING_RECEIPTS"):
        assert keep_receipt(receipt) == receipt
    monkeypatch.setenv("TRUING_RECEIPTS", str(tmp_path / "receipts"))
    forged = replace(receipt, public_key="../../elsewhere")
    with pytest.warns(UserWarning, match="no valid signature"):
        assert keep_receipt(forged) == forged
    assert not (tmp_path / "receipts").exists()
    keep_receipt(receipt)
    assert json.loads(receipt_path(receipt).read_text()) == receipt.to_json()
