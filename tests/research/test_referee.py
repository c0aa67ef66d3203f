"""The referee: what it charges, what it tells, what it keeps, and when it calls a method better."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.research.planting import Planted, Sampled, config, method, number
from tests.students.tiny import make_tiny
from truing.errors import BudgetError, ClosedError, NoSubmissionError, StoreError, UserError
from truing.measures import holm
from truing.methods import METHODS, Method
from truing.research import (
    MethodCard,
    Referee,
    ResearchConfig,
    Submission,
    WeakToStrong,
    make_report,
    read_config,
)
from truing.research._answers import BudgetState
from truing.research._problem_config import ChooseProtocol
from truing.research.isolation import LEVELS, Isolation, SandboxLimits, probe
from truing.research.ledger._secret import draw_seeds, make_secret
from truing.research.problems import ChooseProtocolProblem, Evaluation, Gain, WeakToStrongProblem
from truing.research.problems import _weak_to_strong as module
from truing.studies import Store
from truing.tasks import Vault, load_task

ROOT = Path(__file__).parents[2]
GIVEN = probe()
SECRET = b"k" * 32
SEALABLE = all(getattr(GIVEN, need) for need in LEVELS["sealed"].needs)


def judged(folder: Path, worth=lambda content, tier: 0.0, **given) -> Referee:
    """A referee over planted gains."""
    return Referee(folder, config(**given), Planted(worth))


def hand_in(referee: Referee, submission: Submission, researcher: str = "ada"):
    return referee.score(referee.submit(researcher, submission).number)


def seen(referee: Referee, researchers=("ada", "bob")) -> str:
    """Everything that a researcher can ask for."""
    numbers = [one.number for one in referee.ledger.entries("submission")]
    return json.dumps(
        [
            referee.describe(),
            [referee.result(one) for one in numbers],
            referee.leaderboard(),
            referee.findings(),
            [referee.budget(one) for one in researchers],
        ],
        sort_keys=True,
        default=vars,
    )


# What is charged


def test_a_repeated_method_gets_the_same_score_without_a_charge(tmp_path):
    referee = judged(tmp_path, lambda content, tier: 0.05)
    first = hand_in(referee, method("planted,part=good"))
    again = hand_in(referee, method("planted, part=good,strength=0.5"))  # its default
    assert again == first
    assert referee.budget("ada").spent == 1
    assert len(referee.problem.looks) == 1


def test_names_distinguish_only_files(tmp_path):
    referee = judged(tmp_path)
    named = [method().model_copy(update={"name": name}) for name in ("", "x", "y,by=1")]
    assert len({hand_in(referee, one).number for one in named}) == 1
    files = [one.model_copy(update={"kind": "file"}) for one in named]
    assert len({one.digest for one in (*named, *files)}) == 4
    assert referee.budget("ada").spent == 1


def test_an_equal_method_of_another_researcher_shares_the_evaluation_and_is_charged(tmp_path):
    referee = judged(tmp_path, lambda content, tier: 0.05)
    first = hand_in(referee, method())
    second = hand_in(referee, method(), "bob")
    assert len(referee.problem.looks) == 1
    assert (first.improved, second.improved) == (True, False)
    assert second.released == first.released == 0.04
    assert [referee.budget(one).spent for one in ("ada", "bob")] == [1, 1]


def test_budgets_are_exact_and_a_failure_is_charged_like_a_score(tmp_path):
    referee = judged(tmp_path, lambda content, tier: "it broke", each=2, total=3)
    assert hand_in(referee, number(0.1)).status == "failed"
    assert hand_in(referee, number(0.2)).reason == "it broke"
    with pytest.raises(BudgetError, match="your budget of 2"):
        referee.submit("ada", number(0.3))
    assert hand_in(referee, number(0.1)).status == "failed"  # known: nothing is charged
    hand_in(referee, number(0.3), "bob")
    with pytest.raises(BudgetError, match="the joint budget of"):
        referee.submit("bob", number(0.4))
    assert referee.budget("bob") == BudgetState("bob", spent=1, left=0, each=2, all=3)
    assert len(referee.ledger.entries("submission")) == 3


def test_a_refused_submission_changes_nothing(tmp_path):
    referee = judged(tmp_path)
    before = referee.ledger.head
    for content in ("oracle", "planted,part=none", "planted,path=/etc/passwd"):
        with pytest.raises(UserError):
            referee.submit("ada", method(content))
    with pytest.raises(NoSubmissionError):
        referee.result(1)
    assert referee.ledger.head == before


def test_the_first_card_of_a_method_is_final(tmp_path):
    referee = judged(tmp_path)
    first = referee.submit("ada", method(claim="it loses"))
    later = referee.submit("ada", method(claim="as I always said, it wins"))
    assert later.number == first.number
    (entry,) = referee.ledger.entries("submission")
    assert entry.body["card"]["claim"] == "it loses"
    assert "The first method card of a method is final" in referee.describe()["rules"]


def test_a_result_is_visible_only_to_its_researcher(tmp_path):
    referee = judged(tmp_path)
    receipt = referee.submit("ada", method())
    assert referee.result(receipt.number, "ada") == receipt
    with pytest.raises(NoSubmissionError):
        referee.result(receipt.number, "bob")


def test_an_unexpected_failure_records_the_isolation_level(tmp_path):
    def worth(content: str, tier: str) -> float:
        raise RecursionError("/a/path")

    referee = judged(tmp_path, worth)
    receipt = hand_in(referee, method().model_copy(update={"kind": "file"}))
    assert receipt.reason == "scoring failed (RecursionError)"
    assert receipt.isolation == "sealed"


def test_a_score_that_is_not_a_number_is_a_failure(tmp_path):
    referee = judged(tmp_path, lambda content, tier: float("nan"))
    receipt = hand_in(referee, method())
    assert (receipt.status, receipt.reason) == ("failed", "the score is not finite")
    assert referee.close() == ()


# What is told


def told(folder: Path, scores: list[float]) -> list[tuple]:
    worth = {f"planted,number={i / 100:g}": score for i, score in enumerate(scores, 1)}
    referee = judged(folder, lambda content, tier: worth[content], each=len(scores))
    receipts = [hand_in(referee, number(i / 100)) for i in range(1, len(scores) + 1)]
    return [(one.status, one.released, one.improved) for one in receipts]


def test_a_receipt_depends_only_on_the_improvements(tmp_path):
    rng = np.random.default_rng(5)
    for case in range(8):
        scores = rng.normal(0, 0.1, 10).tolist()
        receipts = told(tmp_path / f"{case} a", scores)
        best, others = 0.0, []
        for score, (_, released, improved) in zip(scores, receipts, strict=True):
            if improved:  # the same step of the ladder, at another place on it
                best = released
                others.append(best + rng.uniform(0.001, 0.019))
            else:  # anything that is no step better
                others.append(rng.uniform(best - 0.5, best + 0.019))
            assert released <= max(score, best) + 1e-9
        assert told(tmp_path / f"{case} b", others) == receipts


def test_the_ladder_starts_at_the_baseline_for_any_first_submission(tmp_path):
    """A first submission that is wrong on purpose creates no steps below the baseline."""
    below = told(tmp_path / "below", [-0.5, -0.3, -0.1, -0.01, 0.0, 0.019])
    assert below == [("scored", 0.0, False)] * 6
    rising = told(tmp_path / "rising", [-0.5, 0.05, 0.0, -0.5])
    assert rising == [
        ("scored", 0.0, False),
        ("scored", 0.04, True),
        *[("scored", 0.04, False)] * 2,
    ]
    failing = judged(tmp_path / "failing", lambda content, tier: "it broke")
    assert hand_in(failing, method()).released == 0.0
    assert failing.leaderboard() == []
    assert "a score below the baseline is never released" in failing.describe()["rules"]


def test_five_researchers_share_one_ladder(tmp_path):
    """What five colluding researchers see together is what one of them would see alone."""
    scores = np.random.default_rng(3).normal(0, 0.1, 20)
    worth = {number(i / 100).content: float(score) for i, score in enumerate(scores, 1)}
    seen_by = []
    for name, count in (("one", 1), ("five", 5)):
        referee = judged(tmp_path / name, lambda content, tier: worth[content], each=20)
        receipts = [hand_in(referee, number(i / 100), f"r{i % count}") for i in range(1, 21)]
        seen_by.append([(one.released, one.improved) for one in receipts])
    assert seen_by[0] == seen_by[1]
    assert seen_by[0][-1][0] > 0


def test_the_step_counts_the_effective_number_of_clusters(tmp_path, other):
    """Clusters of 1 to 20 items: the large ones weigh more than their number."""
    rows = [
        {
            "id": f"i{i}",
            "text": f"word{i % 7} item {i}",
            "truth": "ab"[i % 2],
            "cluster": f"c{i % 20 if i < 200 else i}",
        }
        for i in range(300)
    ]
    path = tmp_path / "unequal.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    problem = make_problem(path, other)
    task = problem.sources[str(path)].task
    sizes = np.unique(task.clusters[task.splits(0).test], return_counts=True)[1]
    assert sizes.min() < sizes.max()
    assert problem.items == pytest.approx(sizes.sum() ** 2 / (sizes**2).sum())
    assert problem.items < 0.9 * len(sizes)


def test_the_stated_step_is_the_applied_step(tmp_path):
    referee = judged(tmp_path, min_step_se=3.0)
    assert referee.step == pytest.approx(1.5 / np.sqrt(1000))
    assert f"{referee.step:.3f}" in referee.describe()["rules"]


# Seeds


def test_seeds_follow_from_the_secret_and_are_the_same_for_all_methods(tmp_path):
    """A method that is handed in again with another space or another digit is no second draw."""
    drawn = {}
    for name in ("first", "second"):
        referee = judged(tmp_path / name)
        for i in range(1, 6):
            hand_in(referee, number(i / 10))
        drawn[name] = [seeds for _, _, seeds in referee.problem.looks]
    assert len(set(drawn["first"])) == len(set(drawn["second"])) == 1
    assert not set(drawn["first"][0]) & set(drawn["second"][0])  # nobody knows them beforehand
    shutil.copy(tmp_path / "first" / "secret", (tmp_path / "third").mkdir() or tmp_path / "third")
    referee = judged(tmp_path / "third")
    for i in range(5, 0, -1):  # whenever it comes
        hand_in(referee, number(i / 10))
    assert [seeds for _, _, seeds in referee.problem.looks][::-1] == drawn["first"]


@pytest.mark.parametrize(
    "parts", ["members=3,targets=mixture,alpha", "relabel=knn,transform=sharpen,temperature"]
)
def test_a_tiny_change_of_an_argument_changes_no_seed(tiny, other, parts):
    """Of resampled members and folds, too: sixty spellings would be sixty tickets."""
    trainings = make_problem(tiny, other).trainings[str(tiny)]
    labels = [f"composition,{parts}={value}" for value in (0.5, 0.5000001)]
    first, second = (trainings.trained(METHODS.build(one), (1, 2)) for one in labels)
    assert np.abs(first - second).max() < 1e-3
    again = trainings.trained(METHODS.build(labels[0]), (3, 4))
    assert np.abs(first - again).max() > 0.01  # seeds do


@pytest.mark.skipif(not SEALABLE, reason="this machine cannot seal submitted code")
def test_a_file_with_another_space_is_charged_and_scores_the_same(tmp_path, tiny, other):
    problem = make_problem(tiny, other, isolation=Isolation())
    referee = Referee(tmp_path / "run", ResearchConfig(problem=problem.config), problem)
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    code = FILE.format(body="return np.sqrt(weak), uniform(weak)")
    for content in (code, code + " \n"):
        hand_in(referee, Submission(kind="file", content=content, name="mine", card=card))
    first, second = (one.body["evaluation"] for one in referee.ledger.entries("outcome"))
    assert first == second
    assert referee.budget("ada").spent == 2


def test_seeds_have_128_effective_bits():
    """Of 32 bits, a learn set that became known gives its seed away in minutes."""
    seeds = draw_seeds(b"k" * 32, "climb", 64)
    assert len(set(seeds)) == 64
    ones = [sum(seed >> bit & 1 for seed in seeds) for bit in range(128)]
    assert all(8 < count < 56 for count in ones)  # no bit is constant; fails once in 1e9 secrets
    task = load_task("digits").task
    other = seeds[0] ^ 1 << 127
    assert not np.array_equal(task.splits(seeds[0]).learn, task.splits(other).learn)


@pytest.mark.parametrize("seed", [2**127 + 5, 2**128 - 1])
def test_every_problem_accepts_a_seed_of_128_bits(tiny, other, seed):
    problem = make_problem(tiny, other)
    for content in ("knn-relabel", "ensemble,members=2", "composition,targets=confidence"):
        assert problem.evaluate(method(content), "climb", (seed, 1)).gains
    cases = ChooseProtocolProblem(ChooseProtocol(cases=10, seeds=2))
    assert cases.evaluate(method("protocol,help=debate"), "climb", (seed, 1)).gains


def test_each_tier_has_its_own_seeds(tmp_path):
    referee = judged(tmp_path, lambda content, tier: 0.1)
    hand_in(referee, method())
    referee.close()
    seeds = [set(one) for _, _, one in referee.problem.looks]
    assert len(seeds) == 3
    assert not seeds[0] & seeds[1] | seeds[0] & seeds[2] | seeds[1] & seeds[2]


def test_the_secret_is_private_and_cannot_be_replaced(tmp_path):
    judged(tmp_path).ledger.close()
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    (tmp_path / "secret").unlink()
    with pytest.raises(UserError, match="is not the secret with which"):
        judged(tmp_path)


# The end


def test_sealed_items_and_other_tasks_are_scored_once_at_the_end(tmp_path):
    referee = judged(tmp_path, lambda content, tier: float(content[-1]) / 100, each=6)
    for i in range(1, 7):
        hand_in(referee, number(i / 10))
    assert {tier for _, tier, _ in referee.problem.looks} == {"climb"}
    verdicts = referee.close()
    assert referee.close() == verdicts
    late = [(content, tier) for content, tier, _ in referee.problem.looks if tier != "climb"]
    best = [f"planted,number=0.{i}" for i in (6, 5, 4)]
    assert late == [(content, tier) for content in best for tier in ("sealed", "other_tasks")]
    assert [one.content for one in verdicts] == best
    with pytest.raises(ClosedError):
        referee.submit("ada", number(0.9))


def test_accepted_submissions_are_scored_before_closing(tmp_path):
    referee = judged(tmp_path, lambda content, tier: 0.1)
    number_ = referee.submit("ada", method()).number
    referee.close()
    assert referee.result(number_).status == "scored"


def test_verdicts_are_corrected_for_every_tried_method(tmp_path):
    referee = Referee(tmp_path, config(each=30, finalists=2), Sampled(lambda content, tier: 0.03))
    for i in range(1, 31):
        hand_in(referee, number(i / 50))
    verdicts = referee.close()
    alone = [one.gains["sealed"][0].p for one in verdicts]
    assert [one.p_holm for one in verdicts] == pytest.approx(holm([*alone, *[1.0] * 28])[:2])
    assert all(one.p_holm >= min(1.0, 29 * p) for one, p in zip(verdicts, alone, strict=True))
    for one in verdicts:
        assert (one.verdict == "better") == (one.p_holm < 0.05)


def test_no_method_equal_to_naive_is_called_better(tmp_path):
    chosen, once = [], []
    for research in range(3):
        folder = tmp_path / str(research)
        folder.mkdir()
        make_secret(folder / "secret", bytes([research]) * 32)  # the same chance in every run
        problem = Sampled(lambda content, tier: 0.0)
        referee = Referee(folder, config(each=60, finalists=10), problem)
        for i in range(60):
            hand_in(referee, number(i / 60))
        verdicts = referee.close()
        assert {one.verdict for one in verdicts} == {"inconclusive"}
        chosen += [one.scores["climb"] for one in verdicts]
        once += [one.scores["sealed"] for one in verdicts]
    assert np.mean(chosen) > 0  # the winner's curse
    assert abs(np.mean(once)) < np.mean(chosen)  # and what undoes it


def test_better_and_worse_methods_get_their_verdicts(tmp_path):
    for name, worth in (("better", 0.3), ("worse", -0.3)):
        problem = Planted(lambda content, tier, worth=worth: worth)
        referee = Referee(tmp_path / name, config(), problem)
        hand_in(referee, method())
        assert referee.close()[0].verdict == name


def test_a_certain_gain_is_preferred_to_a_larger_uncertain_gain_as_finalist(tmp_path):
    """The highest mean of many belongs to a method that is worth much with one seed alone."""

    class Wavering(Planted):
        def evaluate(self, submission, tier, seeds):
            (gain,) = super().evaluate(submission, tier, seeds).gains
            wide = 0.3 if submission.content == "planted" else 0.01
            return Evaluation((replace(gain, low=gain.value - wide, high=gain.value + wide),))

    worth = {"planted": 0.2, "planted,number=0.1": 0.1}
    referee = Referee(tmp_path, config(finalists=1), Wavering(lambda content, tier: worth[content]))
    for content in worth:
        hand_in(referee, method(content))
    assert [one.content for one in referee.close()] == ["planted,number=0.1"]


def test_submissions_with_identical_results_share_one_finalist_slot(tmp_path):
    worth = {number(i / 10).content: 0.2 for i in range(1, 5)} | {"planted": 0.1}
    referee = judged(tmp_path, lambda content, tier: worth[content], finalists=2)
    for content in worth:
        hand_in(referee, method(content))
    verdicts = referee.close()
    assert [one.content for one in verdicts] == ["planted,number=0.1", "planted"]
    assert verdicts[0].p_holm == pytest.approx(5e-9)  # all five were tried


# A research run in a process that is killed around every entry that it writes, and started again.
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.research.planting import Planted, config, number
from truing.research import Ledger, Referee

def run(folder, moment):
    written, append = [], Ledger.append
    def deadly(self, *draft):
        written.append(draft)
        if moment == 2 * len(written):
            os.kill(os.getpid(), signal.SIGKILL)
        with self.transaction():
            entry = append(self, *draft)
            if moment == 2 * len(written) + 1:  # it is in the file, and not yet for good
                os.kill(os.getpid(), signal.SIGKILL)
        return entry
    Ledger.append = deadly
    problem = Planted(lambda content, tier: float(content[-1]) / 50)
    referee = Referee(folder, config(each=2), problem)
    if not referee.closed:
        for value in (0.1, 0.2, 0.1):
            referee.submit("ada", number(value))
        referee.submit("bob", number(0.3))
    referee.close()
    print(referee.ledger.head, referee.ledger.verify().ok, flush=True)

for moment in range(2, 30):
    folder = Path(sys.argv[1]) / str(moment)
    folder.mkdir()
    for name in ("secret", "signing_key"):
        (folder / name).write_bytes(b"k" * 32)
    for mortal in (moment, 0):
        if os.fork() == 0:
            run(folder, mortal)
            os._exit(0)
        os.wait()
"""


def test_a_close_killed_at_any_entry_ends_with_the_same_ledger(tmp_path, warm):
    command = [warm, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == ""
    told = done.stdout.splitlines()
    # 12 entries; the 4 moments after the last of them kill nobody, who tells as well as the next
    assert (len(told), len(set(told))) == (28 + 4, 1)
    assert told[0].endswith(" True")


def test_two_concurrent_closes_score_each_finalist_once(tmp_path):
    """Even where a method answers otherwise each time."""
    rng = np.random.default_rng(0)
    other = judged(tmp_path, lambda content, tier: rng.random())
    meanwhile = []

    def worth(content: str, tier: str) -> float:
        if tier == "sealed" and not meanwhile:
            meanwhile.append(other.close())
        return rng.random()

    referee = judged(tmp_path, worth)
    for i in range(1, 4):
        hand_in(referee, number(i / 10))
    assert referee.close() == meanwhile[0]
    assert len(referee.ledger.entries("final")) == 3


def test_a_gain_on_climb_tasks_only_is_labeled(tmp_path):
    worths = {
        "planted": {"climb": 0.2, "sealed": 0.2, "other_tasks": 0.0},
        "planted,number=0.1": {"climb": 0.19, "sealed": 0.2, "other_tasks": 0.2},
        "planted,number=0.2": {"climb": 0.18, "sealed": 0.2, "other_tasks": "no such class here"},
        "planted,number=0.3": {"climb": 0.0, "sealed": 0.0, "other_tasks": 0.0},
    }
    referee = judged(tmp_path, lambda content, tier: worths[content][tier], finalists=4)
    for content in worths:
        hand_in(referee, method(content))
    found = {one.content: one.climb_tasks_only for one in referee.close()}
    assert list(found.values()) == [True, False, True, False]


@pytest.mark.parametrize(
    ("gains", "alone"), [((0.1, 0.0), False), ((0.1, -0.1), True), ((0.0, 0.0), True)]
)
def test_climb_tasks_only_means_no_gain_or_a_loss_on_other_tasks(tmp_path, gains, alone):
    class Twice(Planted):
        def evaluate(self, submission, tier, seeds):
            each = gains if tier == "other_tasks" else (0.1,)
            made = (
                Gain(one, one - 0.01, one + 0.01, 1e-9, f"{tier} {i}", 0.5)
                for i, one in enumerate(each)
            )
            return Evaluation(tuple(made))

    referee = Referee(tmp_path, config(), Twice(None))
    hand_in(referee, method())
    (found,) = referee.close()
    assert found.climb_tasks_only is alone


def test_an_infrastructure_error_does_not_block_later_submissions(tmp_path):
    broken = {"planted,number=0.1"}

    def worth(content: str, tier: str) -> float:
        if content in broken:
            raise OSError("no space left on device")
        return 0.1

    referee = judged(tmp_path, worth)
    first, second = (referee.submit("ada", number(one)).number for one in (0.1, 0.2))
    with pytest.raises(OSError, match="no space left"):
        referee.work()
    assert referee.work()
    assert [referee.result(one).status for one in (first, second)] == ["accepted", "scored"]
    with pytest.raises(OSError, match="no space left"):
        referee.work()
    broken.clear()
    assert referee.work()
    assert referee.result(first).status == "scored"
    assert not referee.work()


def queued(folder: Path, wanted: dict[str, int], worth=lambda content, tier: 0.1) -> Referee:
    """A referee with so many submissions of each researcher, who submit one after the other."""
    referee = judged(folder, worth, each=99)
    values = iter(range(1, 100))
    for researcher, count in wanted.items():
        for _ in range(count):
            referee.submit(researcher, number(next(values) / 100))
    return referee


def scored(referee: Referee) -> list[str]:
    """The researchers in the order of their outcomes."""
    numbers = [one.body["submission"] for one in referee.ledger.entries("outcome")]
    return [referee.ledger.entry(one).body["researcher"] for one in numbers]


def test_researchers_are_scored_in_turns(tmp_path):
    referee = queued(tmp_path, {"ada": 5, "bob": 2, "eve": 1})
    while referee.work():
        pass
    assert "".join(one[0] for one in scored(referee)) == "abeabaaa"
    numbers = [one.body["submission"] for one in referee.ledger.entries("outcome")]
    ada = [one for one in numbers if referee.ledger.entry(one).body["researcher"] == "ada"]
    assert ada == sorted(ada)  # each researcher's own in the order of submission


def test_a_restarted_referee_keeps_the_turns(tmp_path):
    referee = queued(tmp_path / "whole", {"ada": 3, "bob": 3})
    while referee.work():
        pass
    stopped = queued(tmp_path / "stopped", {"ada": 3, "bob": 3})
    stopped.work()
    stopped.ledger.close()
    again = judged(tmp_path / "stopped", lambda content, tier: 0.1, each=99)
    while again.work():
        pass
    assert scored(again) == scored(referee) == ["ada", "bob"] * 3


def test_infrastructure_errors_use_the_turns_of_their_researcher(tmp_path):
    def worth(content: str, tier: str) -> float:
        if content in ada:
            raise OSError("no space left on device")
        return 0.1

    ada = {number(i / 100).content for i in range(1, 5)}
    referee = queued(tmp_path, {"ada": 4, "bob": 2}, worth)
    for _ in range(4):  # ada fails, bob, ada fails, bob
        with contextlib.suppress(OSError):
            referee.work()
    assert scored(referee) == ["bob", "bob"]


def test_an_equal_method_is_scored_once_in_any_turn(tmp_path):
    referee = judged(tmp_path, lambda content, tier: 0.1, each=99)
    for researcher, value in (("ada", 0.1), ("ada", 0.2), ("bob", 0.2)):
        referee.submit(researcher, number(value))
    while referee.work():
        pass
    assert scored(referee) == ["ada", "bob", "ada"]
    assert len(referee.problem.looks) == 2
    assert referee.close()[0].researcher == "ada"  # of equal results, the earliest submission


# Weak to strong: truth

LOWER = """
import numpy as np
from truing.methods import Method, method, uniform

@method("mine")
def mine(wrong: float = 0.0):
    def targets(weak, belief, progress):
        rolled = np.arange(len(weak)) < wrong * len(weak)
        return np.where(rolled[:, None], weak[:, ::-1], weak), uniform(weak)
    return Method(targets=targets, static=True)
"""


def make_problem(tiny: Path, other: Path, **given) -> WeakToStrongProblem:
    small = {"weak": "pca-1", "strong": "pca-5", "seeds": 2}
    asked = WeakToStrong(climb=(str(tiny),), other_tasks=(str(other),), **small)
    return WeakToStrongProblem(asked, given.get("isolation"), Store(), secret=SECRET)


@pytest.fixture
def other(tmp_path, tiny) -> Path:
    """The other task: the same items, classes called otherwise."""
    rows = [json.loads(line) for line in tiny.read_text().splitlines()]
    for row in rows:
        row["truth"] = "canary-" + row["truth"]
    path = tmp_path / "elsewhere.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def poison(problem: WeakToStrongProblem, task: str, split: str) -> None:
    """Exchange the truth of a split for another one."""
    source = problem.sources[task]
    truth = source.vault.reveal(np.arange(len(source.task)), "score").copy()
    items = getattr(source.task.splits(0), split)
    truth[items] = (truth[items] + 1) % len(source.task.choices)
    problem.sources[task] = replace(source, vault=Vault(truth))
    problem.trainings[task].source = problem.sources[task]


def research(folder: Path, secret: Path, problem: WeakToStrongProblem) -> Referee:
    folder.mkdir()
    for name in ("secret", "signing_key"):
        shutil.copy(secret, folder / name)
    asked = ResearchConfig(problem=problem.config, min_step_se=0, step=0.001, files=False)
    referee = Referee(folder, asked, problem)
    for content in ("composition,targets=window", "confidence", "naive", "knn-relabel"):
        hand_in(referee, method(content))
    referee.share("bob", "confidence helps")
    return referee


@pytest.fixture
def secret(tmp_path) -> Path:
    path = tmp_path / "known-secret"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return path


def test_truth_of_later_tiers_changes_no_answer_to_a_researcher(tmp_path, tiny, other, secret):
    honest = research(tmp_path / "honest", secret, make_problem(tiny, other))
    problem = make_problem(tiny, other)
    poison(problem, str(tiny), "sealed")
    for split in ("test", "sealed"):
        poison(problem, str(other), split)
    poisoned = research(tmp_path / "poisoned", secret, problem)
    assert seen(poisoned) == seen(honest)
    assert "canary" not in seen(honest)
    assert "elsewhere" not in seen(honest)
    assert honest.close() != poisoned.close()  # it was poison


def test_truth_of_the_test_items_affects_only_released_scores(tmp_path, tiny, other, secret):
    honest = research(tmp_path / "honest", secret, make_problem(tiny, other))
    problem = make_problem(tiny, other)
    poison(problem, str(tiny), "test")
    poisoned = research(tmp_path / "poisoned", secret, problem)
    assert seen(poisoned) != seen(honest)
    blind = [json.loads(seen(one)) for one in (honest, poisoned)]
    for told_ in blind:
        told_[2] = None  # the leaderboard lists released scores
        for receipt in told_[1]:
            for name in ("released", "improved", "hash", "head", "signature"):
                receipt[name] = None  # hashes and signatures cover the scores
    assert blind[0] == blind[1]


@pytest.mark.skipif(not SEALABLE, reason="this machine cannot seal submitted code")
def test_files_that_lower_then_climb_get_no_score_below_the_baseline(tmp_path):
    """Students that learn most labels reversed, then fewer and fewer, as naive ones in the end."""
    asked = WeakToStrong(climb=("digits",), other_tasks=(), seeds=2)
    problem = WeakToStrongProblem(asked, Isolation(), Store(), secret=SECRET)
    referee = Referee(tmp_path / "run", ResearchConfig(problem=asked), problem)
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    receipts = [
        hand_in(
            referee, Submission(kind="file", content=LOWER, name=f"mine,wrong={one}", card=card)
        )
        for one in (1.0, 0.75, 0.5, 0.25, 0.0)
    ]
    gains = [
        one.body["evaluation"]["gains"][0]["value"] for one in referee.ledger.entries("outcome")
    ]
    assert gains[0] < -2 * referee.step  # two steps and more that the old ladder released
    assert gains[-1] == pytest.approx(0, abs=1e-9)
    assert {(one.status, one.released, one.improved) for one in receipts} == {("scored", 0, False)}


def test_truth_is_revealed_only_to_score_a_tier(tmp_path, tiny, other, secret):
    problem = make_problem(tiny, other)
    referee = research(tmp_path / "run", secret, problem)
    seen_now = {name: source.vault.summary() for name, source in problem.sources.items()}
    test = len(problem.sources[str(tiny)].task.splits(0).test)
    assert seen_now[str(tiny)]["score"] == {"times": 4, "items": 4 * test}
    assert "ceiling" not in seen_now[str(tiny)]
    assert seen_now[str(other)] == {}
    referee.close()
    assert problem.sources[str(other)].vault.summary()["score"]["times"] == 4


@pytest.mark.parametrize(
    "content",
    [
        "oracle",
        "shuffled",
        "tests/methods/planting.py:mine",
        "bootstrap,rungs=/tmp/evil.py:grab",
        "bootstrap,rungs=file:/tmp/seen.npy",
        "composition,members=1000",
        "ensemble,members=11",
        "bootstrap,rungs=nothing-like-it",
        "bootstrap,rungs=" + "+".join(["pca-2"] * 11),
        "../../etc",
        "composition,alpha=2",
        "composition\n",
    ],
)
def test_an_invalid_method_is_refused(tiny, other, content):
    with pytest.raises(UserError):
        make_problem(tiny, other).check(method(content))


def test_a_control_of_any_author_is_barred(tiny, other, monkeypatch):
    monkeypatch.setattr(METHODS, "factories", dict(METHODS.factories))
    monkeypatch.setattr("truing.registry.is_installed", lambda module: True)

    @METHODS.register("half")
    def half(control: bool = True) -> Method:
        return replace(METHODS.build("naive").value, control="lower" if control else None)

    problem = make_problem(tiny, other)
    listed = problem.describe()["methods"]
    assert not {"half", "oracle", "shuffled"} & set(listed)
    assert {"naive", "confidence"} <= set(listed)
    for name, why in (
        ("half", "is a control"),
        ("shuffled", "is a control"),
        ("oracle", "learns from the ground truth"),
    ):
        with pytest.raises(UserError, match=f"{name} may not be submitted: it {why}"):
            problem.check(method(name))
    assert problem.check(method("half,control=false")).content == "half,control=false"


def test_a_rung_too_large_for_the_task_is_a_failure_with_its_reason(tmp_path, tiny, other, secret):
    problem = make_problem(tiny, other)
    referee = Referee(tmp_path / "run", ResearchConfig(problem=problem.config), problem)
    receipt = hand_in(referee, method("bootstrap,rungs=pca-9"))
    assert (receipt.status, receipt.reason[:6]) == ("failed", "pca-9:")


def test_a_full_disk_is_not_a_failure_of_the_method(tmp_path, tiny, other, secret, monkeypatch):
    problem = make_problem(tiny, other)
    asked = ResearchConfig(problem=problem.config, files=False)
    referee = Referee(tmp_path / "run", asked, problem)
    number_ = referee.submit("ada", method("confidence")).number

    def full(*_):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(module.Trainings, "complete", full)
        with pytest.raises(StoreError, match="disk"):
            referee.score(number_)
    assert referee.result(number_).status == "accepted"
    assert referee.score(number_).status == "scored"


def test_a_fine_tuned_student_takes_compositions_and_no_file(tmp_path):
    """A file answers for heads; handed in, it would be charged and fail."""
    rows = [
        {"id": f"r{i}", "text": f"{'no' * (i % 2)} {i % 7}", "truth": "ab"[i % 2]}
        for i in range(60)
    ]
    task = write_jsonl(tmp_path / "texts.jsonl", rows)
    strong = f"hf/{make_tiny('llama', tmp_path)},num_epochs=1,batch_size=16,max_length=8"
    asked = WeakToStrong(climb=(str(task),), other_tasks=(), weak="lsa-1", strong=strong, seeds=2)
    problem = WeakToStrongProblem(asked, SimpleNamespace(level="sealed"), Store(), secret=SECRET)
    assert problem.describe()["files"] is False
    with pytest.raises(UserError, match="does not accept"):
        problem.check(method("x = 1").model_copy(update={"kind": "file", "name": "mine"}))
    assert problem.check(method("confidence")).content == "confidence"

    trainings = problem.trainings[str(task)]
    alphas = ("0.5", "0.5000001")  # the last digit is no other draw of weights and order
    one, other = (
        trainings.trained(METHODS.build(f"composition,targets=confidence,alpha={alpha}"), [1])
        for alpha in alphas
    )
    assert one == pytest.approx(other, abs=1e-3, nan_ok=True)

    referee = Referee(tmp_path / "run", ResearchConfig(problem=asked, step=0.3), problem)
    assert hand_in(referee, method("confidence")).status == "scored"
    (found,) = referee.close()
    assert (found.failures["sealed"], found.scores["sealed"] is not None) == ("", True)


# Weak to strong: submitted files

FILE = """
import time
import numpy as np
from truing.methods import Method, method, uniform

@method("mine")
def mine() -> Method:
    def targets(weak, belief, progress):
        {body}
    return Method(targets=targets)
"""


@pytest.mark.skipif(not SEALABLE, reason="this machine cannot seal submitted code")
def test_files_fail_with_their_reason_and_are_charged(tmp_path, tiny, other):
    isolation = Isolation(limits=SandboxLimits(seconds=3.0, cpu=3))
    problem = make_problem(tiny, other, isolation=isolation)
    referee = Referee(tmp_path / "run", ResearchConfig(problem=problem.config), problem)
    bodies = {
        "return weak, uniform(weak)": "",
        "raise ValueError('oh no')": "crashed: ValueError in line 9",
        "time.sleep(60)": "timed out",
        "return weak * np.nan, uniform(weak)": "finite",
        "return weak[:3], uniform(weak)": "wrong shape",
        "import os; os._exit(3)": "",
    }
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    for body, reason in bodies.items():
        code = FILE.format(body=body)
        one = Submission(kind="file", content=code, name="mine", card=card)
        receipt = hand_in(referee, one)
        assert receipt.status == ("scored" if body.startswith("return weak, u") else "failed"), body
        assert reason in receipt.reason
        assert receipt.isolation == isolation.level
    assert referee.budget("ada").spent == len(bodies)
    assert "oh no" not in seen(referee)
    assert "oh no" not in json.dumps(make_report(referee.ledger).to_json())
    details = [one.body["evaluation"]["detail"] for one in referee.ledger.entries("outcome")]
    assert "ValueError: oh no" in details  # which the owner reads in the ledger
    first = referee.ledger.entries("outcome")[0].body["evaluation"]["gains"][0]
    assert abs(first["value"]) < 0.02  # what it returns is naive training


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"problem": {"climb": ["digitz"]}}, "unknown task 'digitz'"),
        ({"problem": {"climb": ["digits"], "weak": "pcaa-4"}}, "unknown supervisor 'pcaa-4'"),
        ({"problem": {"climb": ["digits"], "strong": "pcaa-4"}}, "unknown student 'pcaa-4'"),
        ({"folders": {"models": {"small": "/nowhere"}}}, "the model 'small' is /nowhere, which"),
        ({"problem": {"kind": "choose-protocol"}, "folders": {}}, "folders are allowed for"),
    ],
)
def test_a_configuration_that_cannot_be_used_starts_no_run(tmp_path, wrong, line):
    folder = tmp_path / "run"
    with pytest.raises(UserError, match=line):
        Referee(folder, read_config({"files": False, **wrong}))
    Referee(folder, read_config({"problem": {"kind": "choose-protocol"}})).ledger.close()
