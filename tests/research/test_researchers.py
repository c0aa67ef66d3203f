"""Researchers that run here: what they propose, what they learn from, and how a run goes on."""

from __future__ import annotations

import contextlib
import sqlite3

import numpy as np
import pytest

from tests.research.planting import SPACE, Planted, config, number
from truing.errors import LedgerError, UserError
from truing.methods import composition_space
from truing.research import (
    Ledger,
    MethodCard,
    Referee,
    Submission,
    WeakToStrong,
    make_report,
    spend_budget,
)
from truing.research._report import entropy
from truing.research.problems import WeakToStrongProblem
from truing.research.researchers import RESEARCHERS, Pruner, Researcher, Trial
from truing.research.researchers._vary import vary
from truing.studies import Store

WHOLE = composition_space()


def begin(name: str, space=WHOLE, seed: int = 0):
    return RESEARCHERS.build(name).value.begin(space, np.random.default_rng(seed))


def proposed(one) -> str:
    """What it proposes; the first of several."""
    found = one.propose()
    return found if isinstance(found, str) else found[0]


def good(content: str, tier: str = "climb") -> float:
    """One part is good, and the better the higher its strength."""
    values = SPACE.settled(SPACE.read(content))
    return (0.05 + 0.15 * values["strength"]) * (values["part"] == "good")


@pytest.mark.parametrize("name", ["search", "random"])
def test_proposals_are_in_the_space_and_follow_from_the_seed(name):
    drawn = []
    for _ in range(2):
        one = begin(name)
        drawn.append([])
        for i in range(25):
            specification = proposed(one)
            assert WHOLE.specification(WHOLE.read(specification)) == specification
            one.learn(Trial(specification, 0.02 * (i // 5), i % 5 == 0))
            drawn[-1].append(specification)
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 20


def test_a_variation_changes_few_arguments():
    rng = np.random.default_rng(0)
    start = "composition,transform=smooth,targets=gce,members=3"
    before = WHOLE.settled(WHOLE.read(start))
    changes = []
    for _ in range(200):
        found = vary(WHOLE, start, rng)
        after = WHOLE.settled(WHOLE.read(found))
        changes.append(sum(after[name] != before[name] for name in before))
        for one in WHOLE.arguments:
            if hasattr(one, "low"):
                assert one.low <= after[one.name] <= one.high or not one.active(after)
    assert 1 <= np.median(changes) <= 4
    assert np.mean(np.array(changes) == 0) < 0.05


def test_search_stays_near_the_best_after_a_repeated_earlier_improvement():
    one = begin("search,local=1")
    for i in range(8):
        one.learn(Trial(proposed(one), 0.0, i == 0))
    one.learn(Trial("composition,targets=gce", 0.1, True))
    one.learn(Trial("composition,transform=smooth", None, False))
    assert (one.incumbent, one.best) == ("composition,targets=gce", 0.1)
    first = next(iter(one.tried))
    one.learn(Trial(first, 0.0, True))  # the first improvement, proposed again
    assert (one.incumbent, one.best) == ("composition,targets=gce", 0.1)
    near = [WHOLE.read(proposed(one))["targets"] for _ in range(30)]
    assert near.count("gce") > 15  # of ten rules


def test_search_accepts_earlier_findings_outside_of_its_space():
    one = begin("search", seed=3)
    one.learn(Trial("composition,select=confident,keep=0.99", 0.04, True))
    one.learn(Trial("confidence,alpha_max=0.5", 0.06, True))
    for _ in range(12):
        specification = proposed(one)
        assert WHOLE.specification(WHOLE.read(specification)) == specification
        one.learn(Trial(specification, 0.04, False))
    assert (one.incumbent, one.best) == ("composition,select=confident,keep=0.99", 0.04)


@pytest.mark.parametrize("wrong", ["search,startup=0", "search,local=2", "search,candidates=0"])
def test_arguments_out_of_range_are_refused(wrong):
    with pytest.raises(UserError):
        RESEARCHERS.build(wrong)


def test_researchers_spend_the_budget_exactly_and_search_finds_planted_gains(tmp_path):
    found = {}
    for name in ("search", "random"):
        referee = Referee(tmp_path / name, config(each=25, finalists=1), Planted(good))
        spend_budget(referee, name, RESEARCHERS.build(name).value)
        assert referee.budget(name).spent == 25
        found[name] = referee.close()[0].scores["climb"]
    assert found["search"] > 0.17


def test_a_search_begins_with_earlier_findings_and_its_control_does_not(tmp_path):
    known = ("planted,part=good,strength=0.9", "planted,part=bad")
    for name in ("search", "random"):
        referee = Referee(tmp_path / name, config(each=4, warm=known), Planted(good))
        spend_budget(referee, name, RESEARCHERS.build(name).value)
        tried = [one.body["content"] for one in referee.ledger.entries("submission")]
        assert (tuple(tried[:2]) == known) == (name == "search")


def test_a_researcher_with_invalid_proposals_ends(tmp_path):
    class Stubborn:
        def propose(self):
            return "no method at all"

        def learn(self, trial):
            assert trial.released is None

    referee = Referee(tmp_path, config(each=3), Planted(good))
    spend_budget(referee, "stubborn", Researcher(lambda space, rng: Stubborn(), "None."))
    assert referee.budget("stubborn").spent == 0
    assert referee.close() == ()


def test_a_stopped_run_resumes_to_the_same_chain(tmp_path):
    heads = []
    for stops in ((), (1, 4, 9)):
        folder = tmp_path / str(len(stops))
        folder.mkdir()
        for name in ("secret", "signing_key"):
            (folder / name).write_bytes(b"k" * 32)
        for stop in (*stops, 10**6):

            class Stopping(Planted):
                def evaluate(self, submission, tier, seeds, stop=stop):
                    if len(self.looks) == stop:
                        raise KeyboardInterrupt
                    return super().evaluate(submission, tier, seeds)

            referee = Referee(folder, config(each=12), Stopping(good))
            try:
                spend_budget(referee, "search", RESEARCHERS.build("search").value)
                referee.close()
            except KeyboardInterrupt:
                referee.ledger.close()
        heads.append(referee.ledger.head)
    assert heads[0] == heads[1]


def test_a_diverging_composition_fails_with_the_reason(tmp_path):
    asked = WeakToStrong(other_tasks=(), seeds=2)
    problem = WeakToStrongProblem(asked, None, Store(tmp_path), secret=b"k" * 32)
    away = (
        "composition,transform=channel,select=confident,keep=0.1,targets=entropy,alpha=0.8,"
        "curriculum=confident-first"
    )
    card = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.02)
    found = problem.evaluate(Submission(content=away, card=card), "climb", (1, 2))
    assert found.gains == ()
    assert "have no optimum" in found.failure
    assert problem.look(away, (1, 2)) == ()


# Pruning: a look at few seeds, without the truth


def pruner(worth: dict[str, float], told: list[str]) -> tuple[Pruner, list[tuple[str, int]]]:
    """One whose methods name the choices of ten items that they know, and its looks."""
    looks = []

    def look(specification, seeds):
        looks.append((specification, len(seeds)))
        if worth[specification] < 0:
            return ()
        known = np.arange(10) < worth[specification]
        beliefs = np.stack([~known, known], axis=1).astype(float)
        return (np.repeat(beliefs[None], len(seeds), axis=0),)

    one = Pruner(look, np.random.default_rng(0))
    for specification in told:
        one.learn(Trial(specification, 0.02, True))
    return one, looks


def test_the_proposal_most_similar_to_the_best_is_submitted():
    worth = {"best": 9, "near": 8, "far": 1, "further": 0, "broken": -1}
    one, looks = pruner(worth, ["best"])
    assert one.choose(["further", "broken", "far", "near"]) == "near"
    most = {name: max(seeds for looked, seeds in looks if looked == name) for name in worth}
    assert most["near"] == most["far"] == 3
    assert most["further"] == most["broken"] == 1  # pruned after one seed


def test_without_a_guide_or_without_students_the_first_proposal_is_submitted():
    one, looks = pruner({"a": 3, "b": 9}, [])
    assert one.choose(["a", "b"]) == "a"
    assert looks == []
    one, _ = pruner({"broken": -1, "a": 3, "b": 9}, ["broken"])
    assert one.choose(["a", "b"]) == "a"


def test_only_the_last_two_improvements_guide():
    one, _ = pruner({}, ["a", "b", "c", "c"])
    one.learn(Trial("d", 0.02, False))
    one.learn(Trial("e", None, False))
    assert one.guides == ["b", "c"]


def test_a_preview_needs_no_truth_and_the_oracle_has_no_preview(tmp_path, monkeypatch):
    problem = WeakToStrongProblem(
        WeakToStrong(other_tasks=(), strong="spectral-16", seeds=2),
        None,
        Store(tmp_path / "store"),
        secret=b"k" * 32,
    )
    trainings = problem.trainings["digits"]
    trainings.complete(trainings.steps(trainings.naive, [5]))  # its supervisor learnt from truth

    def refuse(*given):
        raise AssertionError("a look asked for the truth")

    monkeypatch.setattr(type(trainings.source.vault), "reveal", refuse)
    (seen,) = problem.look("composition,targets=gce", [5])
    assert seen.shape == (1, len(trainings.source.task.splits(0).test), 10)
    assert problem.look("oracle", [5]) == ()


def test_previews_are_neither_charged_nor_recorded(tmp_path):
    class Several:
        def propose(self):
            return ["planted,number=0.1", "planted,number=0.2"]

        def learn(self, trial):
            assert trial.specification == "planted,number=0.1"

    referee = Referee(tmp_path, config(each=1), Planted(good))
    spend_budget(referee, "several", Researcher(lambda space, rng: Several(), "None."))
    told = [one.body["content"] for one in referee.ledger.entries("submission")]
    assert told == ["planted,number=0.1"]


# The report, from the ledger alone


def test_the_report_needs_only_the_ledger(tmp_path):
    def worth(content: str, tier: str) -> float | str:
        return "it broke" if "bad" in content else good(content, tier)

    referee = Referee(tmp_path, config(each=12, finalists=2), Planted(worth))
    spend_budget(referee, "random", RESEARCHERS.build("random").value)
    with Ledger(tmp_path / "ledger.sqlite", create=False) as ledger:
        before = make_report(ledger)
    assert before.finalists == ()
    assert {one.best for one in before.progress} == {None}  # nobody is told while it goes on
    verdicts = referee.close()
    with Ledger(tmp_path / "ledger.sqlite", create=False) as ledger:
        report = make_report(ledger)
        assert report.head == ledger.head
    assert report.researchers == {"random": 12}
    assert report.spent == len(report.progress) == sum(report.families.values()) == 12
    assert report.failed == report.families["bad"] == report.failures["it broke"] > 0
    assert report.entropy == pytest.approx(entropy(list(report.families.values())))
    best = [one.best for one in report.progress if one.best is not None]
    assert best == sorted(best)
    assert best[-1] == pytest.approx(verdicts[0].scores["climb"])
    assert all(at.released <= at.best for at in report.progress if at.best is not None)
    assert [one.submission for one in report.finalists] == [one.submission for one in verdicts]


def test_a_ledger_that_lost_an_entry_releases_and_charges_nothing(tmp_path):
    referee = Referee(tmp_path, config(each=12), Planted(good))
    spend_budget(referee, "random", RESEARCHERS.build("random").value)
    referee.ledger.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as file, file:
        file.execute("DROP TRIGGER kept")
        file.execute("DELETE FROM entries WHERE number = 4")  # a submission
    with Ledger(tmp_path / "ledger.sqlite") as ledger, pytest.raises(LedgerError, match="missing"):
        make_report(ledger)
    with pytest.raises(LedgerError, match="entry 4 is missing"):
        Referee(tmp_path, problem=Planted(good)).submit("random", number(0.5))


def test_entropy_is_computed_from_the_shares():
    assert entropy([4]) == entropy([]) == 0
    assert entropy([1, 1, 1, 1]) == pytest.approx(2)
    assert entropy([3, 1]) == pytest.approx(0.811278)


def test_a_ledger_without_a_research_run_has_no_report(tmp_path):
    with (
        Ledger(tmp_path / "ledger.sqlite") as ledger,
        pytest.raises(UserError, match="contains no research run"),
    ):
        make_report(ledger)
