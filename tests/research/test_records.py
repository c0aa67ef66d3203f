"""What the entries of a ledger say: read with present names, and never rewritten."""

from __future__ import annotations

import hmac
import json
import re
import shutil
from pathlib import Path

import pytest
from planting import Planted, config, method, number

from truing.errors import LedgerError, UserError
from truing.research import Ledger, Referee, make_report, read_config
from truing.research._state import ResearchState
from truing.research.ledger._read_records import RECORDS, read_record, read_records
from truing.research.ledger._records import Scored, Submitted
from truing.research.ledger._secret import draw_seeds

FROZEN = Path(__file__).parents[1] / "frozen"
LEDGERS = {"0.1.0": {"search": 13, "random": 13}, "0.2.0": {"random": 10}}
"""Number of entries in the ledger of each researcher, by version."""
RENAMED = {
    '"errors":': '"min_step_se":',
    '"transfer":': '"other_tasks":',
    '"climbs_without_transfer":': '"climb_tasks_only":',
}
"""Keys of earlier versions, and their present names."""


@pytest.fixture(params=LEDGERS)
def version(request) -> str:
    return request.param


@pytest.fixture
def old(tmp_path, version) -> Path:
    """A copy of a research run of an earlier version: opening a ledger writes files beside it."""
    return Path(shutil.copytree(FROZEN / version / "research", tmp_path / "old"))


def renamed(text: str) -> object:
    """The values in a JSON text, with present names."""
    for former, present in RENAMED.items():
        text = text.replace(former, present)
    return json.loads(text)


def known(found: object, stored: object) -> object:
    """The values found without the fields that the stored values lack: later versions add some."""
    if isinstance(found, dict) and isinstance(stored, dict):
        return {name: known(found[name], stored[name]) for name in found if name in stored}
    if isinstance(found, list) and isinstance(stored, list) and len(found) == len(stored):
        return [known(one, other) for one, other in zip(found, stored, strict=True)]
    return found


def test_an_earlier_ledger_is_verified(truing, old, version):
    code, out, err = truing("ledger", "verify", old, "--json")
    found = json.loads(out)["ledgers"]
    assert code == 0
    assert all(line.endswith(" clusters") for line in err.splitlines()), "only sizes of tasks"
    assert {path: (one["ok"], one["entries"]) for path, one in found.items()} == {
        str(old / name / "ledger.sqlite"): (True, count) for name, count in LEDGERS[version].items()
    }


def test_every_entry_of_an_earlier_ledger_is_read_with_present_names(old, version):
    for name in LEDGERS[version]:
        with Ledger(old / name / "ledger.sqlite", create=False) as ledger:
            entries = ledger.entries()
        unseen = {"finding", "gate", "audit"}  # no one shared one, and these are newer
        assert {one.kind for one in entries} == RECORDS.keys() - unseen
        for entry in entries:
            record = read_record(entry)
            stored = renamed(json.dumps(entry.body))
            assert known(json.loads(json.dumps(record.to_json())), stored) == stored
            assert record.key == entry.key


def test_the_report_of_an_earlier_ledger_equals_the_original_report(old, version):
    reports = {}
    for name in LEDGERS[version]:
        with Ledger(old / name / "ledger.sqlite", create=False) as ledger:
            reports[name] = make_report(ledger).to_json()
    stored = renamed((old / "report.json").read_text())
    assert known(json.loads(json.dumps(reports)), stored) == stored


def test_an_earlier_research_run_is_resumed_without_a_changed_byte(truing, old):
    before = {path: path.read_bytes() for path in (old / "research.json", old / "report.json")}
    code, _, err = truing("research", "resume", old)
    assert code == 0
    assert all(line.endswith(" clusters") for line in err.splitlines()), "only sizes of tasks"
    assert {path: path.read_bytes() for path in before} == before


def test_a_new_configuration_may_not_use_earlier_names():
    with pytest.raises(UserError, match=r"^unknown field 'errors'; known: problem, budget, step"):
        read_config({"errors": 3})
    with pytest.raises(
        UserError, match=r"^unknown field of problem 'transfer'; known: kind, climb, other_tasks"
    ):
        read_config({"problem": {"kind": "weak-to-strong", "transfer": ["digits-parity"]}})


def test_a_problem_without_a_kind_is_weak_to_strong():
    assert read_config({"problem": {"climb": ["digits"]}}).problem.kind == "weak-to-strong"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"problem": {"kind": "w2s"}}, "unknown problem.kind 'w2s'; the kinds are weak-to-strong,"),
        ({"folders": {"limits": {"ram": 4}}}, "unknown field of folders.limits 'ram'; known: cpu"),
        ({"problem": {"seeds": 1}}, "problem.seeds must be greater than or equal to 2, got 1"),
        ({"folders": {"limit": {}}}, "unknown field of folders 'limit'; did you mean limits?"),
    ],
)
def test_a_wrong_configuration_names_the_field_and_what_is_allowed(given, line):
    with pytest.raises(UserError, match="^" + re.escape(line)):
        read_config(given)


def test_the_seeds_of_other_tasks_follow_from_the_earlier_name_of_the_tier():
    """So a run that an earlier version started is finished with the same seeds."""
    first = hmac.digest(b"secret", b"transfer seed 0", "sha256")[:16]
    assert draw_seeds(b"secret", "other_tasks", 1) == (int.from_bytes(first, "big"),)


@pytest.mark.parametrize("version", ["0.1.0"], indirect=True)
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
