"""Processor seconds: reserved when a folder is accepted, settled by its outcome, never exceeded."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.research.crowds import Counted, crowd_config, folder
from tests.research.visitors import composition
from truing.cli._referee_results import results_json
from truing.cli._referee_usage import MOST_SHOWN, print_usage
from truing.errors import BudgetError, UserError
from truing.report.page._usage_section import usage_section
from truing.research import (
    Budget,
    Ledger,
    Referee,
    ResearchConfig,
    ResearchReport,
    WeakToStrong,
    make_report,
)
from truing.research._charges import Charges
from truing.research._config import Folders
from truing.research._state import ResearchState
from truing.research.bundle._record_checks import check_budget
from truing.research.doors import LocalDoor
from truing.research.folders import FolderLimits
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored, Submitted

MOST = 10  # processor seconds that a submission may use


def counted(place: Path, uses=lambda content: 2.5, failing=(), **budget) -> Referee:
    """A referee over folders that use planted processor seconds, at most ten each."""
    return Referee(place, crowd_config(**budget), Counted(uses, MOST, failing=failing))


def test_an_accepted_folder_reserves_its_worst_case_and_its_outcome_settles_it(tmp_path):
    referee = counted(tmp_path, cpu_each=30)
    number = referee.submit("ada", folder("a")).number
    waiting = referee.budget("ada")
    assert (waiting.cpu_spent, waiting.cpu_reserved, waiting.cpu_left) == (0, 10, 20)
    referee.score(number)
    scored = referee.budget("ada")
    assert (scored.cpu_spent, scored.cpu_reserved, scored.cpu_left) == (3, 0, 27)
    assert referee.budget("bob").cpu_left == 30
    (record,) = read_records(referee.ledger.entries(), Submitted).values()
    (outcome,) = read_records(referee.ledger.entries(), Scored).values()
    assert (record.reserved, outcome.evaluation.usage.cpu) == (10, 2.5)


def test_a_folder_that_could_exceed_the_budget_is_refused_with_numbers_and_advice(tmp_path):
    referee = counted(tmp_path, cpu_each=15, cpu_all=40)
    first = referee.submit("ada", folder("a")).number
    before = referee.ledger.head
    message = (
        "the submission may use up to 10 processor seconds, but your budget has 5 left; of 15 "
        "processor seconds, 0 are spent and 10 are reserved; submit again when waiting submissions "
        "are scored, because unused seconds return"
    )
    with pytest.raises(BudgetError) as refused:
        LocalDoor(referee, "ada").submit_method(folder("b"))
    assert str(refused.value) == message
    assert referee.ledger.head == before
    referee.score(first)
    referee.score(referee.submit("ada", folder("b")).number)
    with pytest.raises(BudgetError, match=r"9 left.*; submit a composition"):
        referee.submit("ada", folder("c"))
    for name in ("bob", "eve", "dan"):
        referee.submit(name, folder(name))
    with pytest.raises(BudgetError, match=r"the joint budget has 4 left; of 40 .* 6 are spent"):
        referee.submit("fay", folder("f"))


def test_a_repeated_folder_is_neither_charged_nor_refused_by_a_spent_budget(tmp_path):
    referee = counted(tmp_path, cpu_each=10)
    number = referee.submit("ada", folder("a")).number
    referee.score(number)
    assert referee.submit("ada", folder("a")).number == number
    assert referee.budget("ada").cpu_spent == 3


def test_a_failed_folder_is_charged_what_it_used_and_never_more_than_it_reserved(tmp_path):
    uses = {"slow": 10.4, "quick": 0.01}
    referee = counted(tmp_path, lambda content: uses[content], failing=("slow",))
    for name in uses:
        referee.score(referee.submit(name, folder(name)).number)
    assert [referee.budget(name).cpu_spent for name in uses] == [10, 1]


def test_an_equal_folder_of_another_researcher_is_charged_like_the_first(tmp_path):
    """A charge of zero would reveal what others submit."""
    referee = counted(tmp_path)
    for name in ("ada", "bob"):
        referee.score(referee.submit(name, folder("a")).number)
    assert [referee.budget(name).cpu_spent for name in ("ada", "bob")] == [3, 3]
    assert len(referee.problem.runs) == 1


def test_an_interrupted_run_costs_its_researcher_nothing(tmp_path):
    broken = [OSError("the machine stops")]

    def uses(content: str) -> float:
        if broken:
            raise broken.pop()
        return 2.0

    referee = counted(tmp_path, uses)
    referee.submit("ada", folder("a"))
    with pytest.raises(OSError, match="the machine stops"):
        referee.work()
    assert referee.budget("ada").cpu_reserved == 10
    assert referee.work()
    assert (referee.budget("ada").cpu_spent, referee.budget("ada").cpu_reserved) == (2, 0)


def test_a_budget_too_small_for_any_folder_is_a_mistake_of_the_configuration():
    problem = WeakToStrong(climb=("digits",), seeds=2)
    folders = Folders(limits=FolderLimits(cpu=50))
    with pytest.raises(UserError, match=r"budget.cpu_each must be 100 or more.*got 99"):
        ResearchConfig(problem=problem, folders=folders, budget=Budget(cpu_each=99))
    ResearchConfig(problem=problem, folders=folders, budget=Budget(cpu_each=100))


steps = st.lists(
    st.tuples(
        st.sampled_from("abc"),  # researcher
        st.integers(0, 12),  # most
        st.floats(0, 20, allow_nan=False),  # used
        st.booleans(),  # whether the oldest waiting submission is scored before
    ),
    max_size=40,
)


@given(steps, st.none() | st.integers(1, 40), st.none() | st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_no_order_of_events_exceeds_a_budget_or_loses_a_second(events, each, total):
    charges = Charges(Budget(cpu_each=each, cpu_all=total))
    waiting: list[tuple[int, str, int, float]] = []
    paid: Counter[str] = Counter()

    def score() -> None:
        number, who, most, used = waiting.pop(0)
        charge = charges.settle(number, used)
        assert charge == min(math.ceil(used), most)
        assert charges.settle(number, used) == 0  # only once
        paid[who] += charge

    for number, (who, most, used, before) in enumerate(events):
        if before and waiting:
            score()
        left = charges.left(who)
        try:
            charges.check(who, most)
        except BudgetError:
            assert left is not None
            assert left < most
            continue
        assert left is None or left >= most
        charges.reserve(number, who, most)
        waiting.append((number, who, most, used))
        assert each is None or charges.of(who).spent + charges.of(who).reserved <= each
        assert total is None or charges.of_all().spent + charges.of_all().reserved <= total
    while waiting:
        score()
    assert [charges.of(who).spent for who in "abc"] == [paid[who] for who in "abc"]
    assert (charges.of_all().spent, charges.of_all().reserved) == (paid.total(), 0)


def test_a_published_ledger_that_exceeds_a_budget_is_detected(tmp_path):
    referee = counted(tmp_path, cpu_each=15)
    referee.submit("ada", folder("a"))
    assert list(check_budget(referee.ledger, referee.config)) == []
    referee.records.write(Submitted("ada", "folder", folder("b"), MOST))  # a dishonest operator
    (line,) = check_budget(referee.ledger, referee.config)
    assert line.startswith("entry 3 exceeds a budget of 'ada': the submission may use up to 10 ")


def test_accounts_follow_from_the_ledger_alone(tmp_path):
    referee = counted(tmp_path)
    for at, name in enumerate(("ada", "ada", "bob")):
        referee.submit(name, folder(f"{name} {at}"))
    referee.work()
    with Ledger(referee.ledger.path) as ledger:
        charges = ResearchState(ledger).read().charges
    for name in ("ada", "bob"):
        assert charges.of(name) == referee.state.read().charges.of(name)
    assert (charges.of_all().spent, charges.of_all().reserved) == (3, 20)


def test_the_report_states_the_processor_seconds_of_each_folder_and_researcher(tmp_path):
    """Also in an open run: they contain no score."""
    referee = counted(tmp_path, lambda content: len(content) + 0.5, cpu_each=40)
    for who, text in (("ada", "a"), ("bob", "bbb"), ("ada", "cc")):
        referee.submit(who, folder(text))
    for _ in range(2):
        referee.work()
    report = make_report(referee.ledger)
    rows = [(one.submission, one.charged, one.reserved, one.climb.cpu) for one in report.usage]
    assert rows == [(2, 2, 0, 1.5), (3, 4, 0, 3.5), (4, 0, MOST, 0.0)]
    sums = [
        (one.researcher, one.folders, one.charged, one.reserved) for one in report.researcher_usage
    ]
    assert sums == [("bob", 1, 4, 0), ("ada", 2, 2, MOST)]
    for name, _, charged, reserved in sums:
        account = referee.budget(name)
        assert (account.cpu_spent, account.cpu_reserved) == (charged, reserved)
    assert ResearchReport.from_json(report.to_json()).usage == report.usage
    section = usage_section({"referee": report})
    researchers, submissions = (table.rows for table in section.tables)
    assert researchers == (("bob", "1", "4", "0", "36"), ("ada", "2", "2", str(MOST), "28"))
    assert submissions[0] == ("2", "ada", "2", "", "1.50", "0.0", "0", "")
    assert submissions[2] == ("4", "ada", "", str(MOST), "", "", "", "")


def test_a_run_without_folders_states_no_processor_seconds(tmp_path):
    referee = counted(tmp_path)
    referee.submit("ada", composition("plain"))
    assert "usage" not in make_report(referee.ledger).to_json()


def test_the_commands_print_the_processor_seconds_of_researchers_and_folders(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("COLUMNS", "80")
    referee = counted(tmp_path, lambda content: 1.5)
    for at in range(MOST_SHOWN + 2):
        referee.score(referee.submit(f"r{at % 2}", folder(str(at))).number)
    report = make_report(referee.ledger)
    print_usage(report)
    out = capsys.readouterr().out
    assert re.search(r"^r0 +11 +22 +0$", out, re.MULTILINE)
    assert re.search(r"^ +2 +r0 +2 +1\.50 +0$", out, re.MULTILINE)
    assert "2 folders with smaller charges are not shown; --json prints them." in out
    stated = results_json(report)
    assert len(stated["usage"]) == MOST_SHOWN + 2
    assert stated["researcher_usage"][0] == {
        **{"researcher": "r0", "folders": 11, "charged": 22, "reserved": 0}
    }
