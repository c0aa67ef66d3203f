"""What the entries of a ledger say: read and written without a changed byte, by 0.1.0 too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from planting import Planted, config, method, number

from truing.errors import LedgerError, UserError
from truing.research import Ledger, Referee, make_report, read_config
from truing.research._records import RECORDS, Scored, Submitted, read_record, read_records
from truing.research._state import ResearchState

FROZEN = Path(__file__).parents[1] / "frozen" / "0.1.0" / "research"
RESEARCHERS = ("search", "random")


@pytest.fixture
def old(tmp_path) -> Path:
    """A copy of a research run of 0.1.0: a ledger that is opened is also written to."""
    return Path(shutil.copytree(FROZEN, tmp_path / "old"))


def test_a_ledger_of_0_1_0_is_verified(truing, old):
    code, out, err = truing("ledger", "verify", old, "--json")
    found = json.loads(out)["ledgers"]
    assert code == 0
    assert all(line.endswith(" clusters") for line in err.splitlines()), "only sizes of tasks"
    assert {path: (one["ok"], one["entries"]) for path, one in found.items()} == {
        str(old / name / "ledger.sqlite"): (True, 13) for name in RESEARCHERS
    }


@pytest.mark.parametrize("name", RESEARCHERS)
def test_every_entry_of_0_1_0_is_read_and_written_unchanged(old, name):
    with Ledger(old / name / "ledger.sqlite", create=False) as ledger:
        entries = ledger.entries()
    assert {one.kind for one in entries} == RECORDS.keys() - {"finding"}  # which nobody shared
    for entry in entries:
        record = read_record(entry)
        body = dict(entry.body)
        if entry.kind == "opened":  # 0.1.0 named one field of the configuration differently
            config = dict(body["config"])
            body["config"] = {"min_step_se": config.pop("errors"), **config}
        assert json.loads(json.dumps(record.to_json())) == body
        assert record.key == entry.key


def test_the_report_of_a_ledger_of_0_1_0_equals_the_original_report(old):
    reports = {}
    for name in RESEARCHERS:
        with Ledger(old / name / "ledger.sqlite", create=False) as ledger:
            reports[name] = make_report(ledger).to_json()
    assert json.dumps(reports, indent=2) + "\n" == (old / "report.json").read_text()


def test_a_research_run_of_0_1_0_is_resumed_without_a_changed_byte(truing, old):
    before = {path: path.read_bytes() for path in (old / "research.json", old / "report.json")}
    code, _, err = truing("research", "resume", old)
    assert code == 0
    assert all(line.endswith(" clusters") for line in err.splitlines()), "only sizes of tasks"
    assert {path: path.read_bytes() for path in before} == before


def test_a_new_configuration_may_not_use_the_names_of_0_1_0():
    with pytest.raises(UserError, match=r"^unknown field errors$"):
        read_config({"errors": 3})


def test_a_referee_reads_a_closed_ledger_of_0_1_0_without_writing(old):
    """It is closed: nothing is scored again, and nothing is written."""
    referee = Referee(old / "search", problem=Planted(lambda content, tier: 0.0))
    before = referee.ledger.head
    assert (referee.closed, referee.budget("search").spent) == (True, 4)
    assert [row.submission for row in referee.leaderboard()] == [6]
    assert (referee.result(6).released, referee.result(6).improved) == (0.04, True)
    assert [one.submission for one in referee.close()] == [8, 2]
    assert (referee.problem.looks, referee.ledger.head) == ([], before)


def test_the_state_follows_from_the_bodies_of_entries_not_from_their_keys(tmp_path):
    referee = Referee(tmp_path / "run", config(each=9), Planted(lambda content, tier: 0.1))
    for value in (0.1, 0.2):
        referee.score(referee.submit("ada", number(value)).number)
    referee.submit("bob", method())
    referee.share("bob", "the good part helps")
    referee.close()
    with Ledger(tmp_path / "without-keys") as ledger:
        for entry in referee.ledger.entries():
            ledger.append(entry.kind, entry.body)
        keyless, keyed = ResearchState(ledger).read(), referee.state.read()
    for name in ("submissions", "spent", "outcomes", "climbs", "findings", "finals", "decided"):
        assert getattr(keyless, name) == getattr(keyed, name)
    assert (keyless.closed, len(keyless.outcomes), keyless.total) == (True, 3, 3)


def test_a_malformed_body_is_reported_with_its_entry(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.append("outcome", {"submission": 1, "released": 0.0})
        ledger.append("submission", {"researcher": "ada"})
        ledger.append("of-a-later-version", {})
        entries = ledger.entries()
    for wanted, why in (
        (Scored, r"^entry 1 \(outcome\) is malformed: the field evaluation is missing$"),
        (Submitted, r"^entry 2 \(submission\) is malformed: the field 'kind' is missing$"),
    ):
        with pytest.raises(LedgerError, match=why):
            read_records(entries, wanted)
    assert read_record(entries[2]) is None
