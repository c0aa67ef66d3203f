"""Several workers at one referee: each submission is scored once, also if workers are killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.research.crowds import Counted, crowd_config, folder
from tests.research.visitors import METHODS, composition, tiny_config
from truing.errors import BudgetError
from truing.research import Ledger, Referee
from truing.research._claims import Claims
from truing.research._state import ResearchState
from truing.research.doors import LocalDoor
from truing.research.doors._operator import Operator
from truing.research.doors._worker import Worker
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored, Submitted
from truing.research.problems import Evaluation, Gain
from truing.research.problems._one_thread import one_thread

ROOT = Path(__file__).parents[2]


def charged(path: Path) -> dict[str, int]:
    """Processor seconds that a ledger charges, by researcher."""
    with Ledger(path) as ledger:
        state = ResearchState(ledger).read()
        assert state.charges.of_all().reserved == 0
        return {who: state.charges.of(who).spent for who in state.spent}


def test_fifty_researchers_at_once_spend_exactly_the_processor_seconds(tmp_path):
    """Each may spend 6 and all of them 180, in folders of 3; everyone asks as often as they can."""
    config = crowd_config(cpu_each=6, cpu_all=180)
    referee = Referee(tmp_path, config, Counted(lambda content: 2.01, most=3, seconds=0.001))
    refused: Counter[str] = Counter()

    def research(name: str) -> None:
        door = LocalDoor(referee, name, at_once=False)
        for at in range(3):
            for _ in range(2):  # every request twice
                try:
                    door.submit_method(folder(f"{name} {at}"))
                except BudgetError:
                    refused[name] += 1

    worker = Worker(referee, Operator(), halt=lambda error: None, count=3)
    worker.start()
    threads = [threading.Thread(target=research, args=(f"r{i}",)) for i in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    while len(referee.state.read().queue):
        worker.wake()
        time.sleep(0.005)
    worker.stop()
    spent = charged(referee.ledger.path)
    assert sum(spent.values()) == 180
    assert max(spent.values()) == 6
    assert refused
    assert sorted(referee.problem.runs) == sorted(set(referee.problem.runs))
    accepted = read_records(referee.ledger.entries(), Submitted)
    outcomes = read_records(referee.ledger.entries(), Scored).values()
    assert sorted(one.submission for one in outcomes) == list(accepted)
    assert len(accepted) == 60
    assert referee.ledger.verify().ok


KILLED = """
import os, random, signal, sys, time, warnings
from pathlib import Path
from tests.research.crowds import Counted, crowd_config, folder
from truing.errors import BudgetError
from truing.research import Referee
from truing.research.doors._operator import Operator
from truing.research.doors._worker import work

def uses(content):
    return (hash_of(content) % 30) / 10

def hash_of(content):
    return sum(ord(one) * (at + 1) for at, one in enumerate(content))

def run(place, workers):
    config = crowd_config(cpu_each=9, cpu_all=20)
    referee = Referee(place, config, Counted(uses, most=3, seconds=0.002))
    for at in range(4):
        for name in ("ann", "bob", "cem", "dot"):
            while True:
                try:
                    referee.submit(name, folder(f"{name} {at}"))
                except BudgetError:
                    if len(referee.state.read().queue):
                        referee.work()
                        continue
                break
    work(referee, workers, until_empty=True)

draws = random.Random(1)
warnings.simplefilter("ignore")  # about a missing head.json, if a kill came before it
for workers, most in ((1, 0), (1, 0.1), (3, 0.1)):
    place, kills = Path(sys.argv[1]) / f"{workers} {most}", 0
    place.mkdir()
    for name in ("secret", "signing_key"):
        (place / name).write_bytes(b"k" * 32)
    while True:
        moment = draws.uniform(0.001, most) if most else 0
        child = os.fork()
        if child == 0:
            # By its own alarm, which comes in time however slow this process is.
            signal.setitimer(signal.ITIMER_REAL, moment)
            run(place, workers)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            break
        kills += 1
        most *= 1.1  # so that it ends on any machine
    print(kills)
"""


def test_a_referee_killed_at_random_moments_charges_and_scores_like_one_that_was_not(
    tmp_path, warm
):
    done = subprocess.run(
        [warm, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stderr == ""
    kills = [int(one) for one in done.stdout.split()]
    assert kills[0] == 0
    assert min(kills[1:]) > 0
    whole, killed, several = (
        tmp_path / name / "ledger.sqlite" for name in ("1 0", "1 0.1", "3 0.1")
    )
    with Ledger(whole) as one, Ledger(killed) as other:
        assert other.verify().ok
        assert other.head == one.head  # which covers everything but times
        outcomes = read_records(one.entries(), Scored).values()
        assert sum(charged(whole).values()) > 20 - 3
    with Ledger(several) as ledger:
        assert ledger.verify().ok
        found = read_records(ledger.entries(), Scored).values()
        accepted = read_records(ledger.entries(), Submitted)
    assert sorted(one.submission for one in found) == list(accepted)
    spent = charged(several)
    assert 20 - 3 < sum(spent.values()) <= 20
    assert max(spent.values()) <= 9
    assert len(outcomes) == len({one.submission for one in outcomes})


SHARED = """
import os, sys, time
from pathlib import Path
from tests.research.crowds import Counted, crowd_config
from truing.research import Referee
from truing.research.doors._worker import work

place = Path(sys.argv[1])

class Exclusive(Counted):
    def evaluate(self, submission, tier, seeds):
        os.close(os.open(place / f"ran {submission.content}", os.O_CREAT | os.O_EXCL))
        return super().evaluate(submission, tier, seeds)

for at in range(3):
    if os.fork() == 0:
        problem = Exclusive(lambda content: 1.0, most=3, seconds=0.01)
        referee = Referee(place, problem=problem)
        (place / f"ready {at}").touch()
        while len(list(place.glob("ready *"))) < 3:
            time.sleep(0.001)
        work(referee, 2, until_empty=True)
        os._exit(0)
print(sum(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(3)))
"""


def test_workers_in_several_processes_score_each_submission_once(tmp_path, warm):
    referee = Referee(tmp_path, crowd_config(), Counted(lambda content: 1.0, most=3))
    for at in range(24):
        referee.submit(f"r{at % 7}", folder(str(at)))
    referee.ledger.close()
    done = subprocess.run(
        [warm, "-c", SHARED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
    assert len(list(tmp_path.glob("ran *"))) == len(referee.ledger.entries("outcome")) == 24


def test_the_claim_of_a_killed_worker_is_free_at_once(tmp_path):
    claims = Claims(tmp_path)
    code = (
        "import sys, time; from pathlib import Path; from truing.research._claims import Claims\n"
        "claims = Claims(Path(sys.argv[1]))\n"
        "with claims.choosing():\n    claims.take(5)\n"
        "print('claimed', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout.readline() == "claimed\n"
        with claims.choosing() as running:
            assert running == {5}
        other.kill()
        other.wait()
    with claims.choosing() as running:
        assert running == set()
        claims.take(5)
    with claims.claim(5), Claims(tmp_path).choosing() as running:
        assert running == {5}
    with claims.choosing() as running:
        assert running == set()


def test_a_folder_runs_beside_a_composition_and_two_compositions_do_not(tmp_path):
    inside, most = Counter(), Counter()
    both = threading.Barrier(2)

    class Meeting(Counted):
        def evaluate(self, submission, tier, seeds):
            inside[submission.kind] += 1
            most[submission.kind] = max(most[submission.kind], inside[submission.kind])
            if submission.content == "meets" or submission.content == "first":
                both.wait()
            found = super().evaluate(submission, tier, seeds)
            inside[submission.kind] -= 1
            return found

    referee = Referee(tmp_path, crowd_config(), Meeting(lambda content: 1.0, 3, seconds=0.01))
    referee.submit("ann", composition("first"))
    for at in range(4):
        referee.submit(f"r{at}", composition(f"{at}"))
    referee.submit("bob", folder("meets"))
    worker = Worker(referee, Operator(), halt=lambda error: None, count=3)
    worker.start()
    while len(referee.state.read().queue):
        worker.wake()
        time.sleep(0.005)
    worker.stop()
    assert most == {"composition": 1, "folder": 1}


class Finals(Counted):
    """Gains that differ, and a count of the evaluations on each tier.

    Args:
        before: called before each evaluation, with the submission and the tier.
    """

    def __init__(self, before):
        super().__init__(lambda content: 1.0, most=3)
        self.before, self.asked = before, Counter()

    def evaluate(self, submission, tier, seeds):
        self.asked[submission.content, tier] += 1
        self.before(submission, tier)
        value = 0.1 + len(submission.content) / 100
        return Evaluation((Gain(value, value - 0.01, value + 0.01, 1e-9, tier, 0.5),))


def test_closing_scores_folders_beside_each_other_and_other_methods_in_turn(tmp_path):
    both, one = threading.Barrier(2), threading.Lock()

    def before(submission, tier):
        if tier == "sealed" and submission.kind == "folder":
            both.wait()  # it ends only if both folders are scored at a time
        if tier == "sealed" and submission.kind == "composition":
            assert one.acquire(blocking=False)
            time.sleep(0.01)
            one.release()

    config = crowd_config().model_copy(update={"finalists": 4, "audit": False})
    referee = Referee(tmp_path, config, Finals(before))
    for at, given in enumerate(
        (folder("a"), folder("bb"), composition("ccc"), composition("dddd"))
    ):
        referee.submit(f"r{at}", given)
    found = referee.close(workers=3)
    assert len(found) == 4
    assert referee.close() == found
    assert set(referee.problem.asked.values()) == {1}


def test_an_interrupted_close_continues_without_scoring_a_finalist_again(tmp_path):
    broken = [OSError("the machine stops")]

    def before(submission, tier):
        if (submission.content, tier) == ("a", "sealed") and broken:
            raise broken.pop()

    config = crowd_config().model_copy(update={"audit": False})
    referee = Referee(tmp_path, config, Finals(before))
    for given in (folder("a"), folder("bb")):
        referee.submit("ann", given)
    with pytest.raises(OSError, match="the machine stops"):
        referee.close()
    assert len(referee.ledger.entries("final")) == 1
    before_close = referee.budget("ann")
    again = Referee(tmp_path, problem=referee.problem)
    assert {one.verdict for one in again.close()} == {"better"}
    asked = referee.problem.asked
    assert asked.pop(("a", "sealed")) == 2
    assert set(asked.values()) == {1}
    assert again.budget("ann") == before_close


def test_a_further_process_scores_what_a_served_referee_accepted(tmp_path, truing):
    referee = Referee(tmp_path / "run", tiny_config())
    for content in METHODS[:2]:
        LocalDoor(referee, "ann", at_once=False).submit_method(composition(content))
    words = ("referee", "work", "--folder", tmp_path / "run", "--until-empty", "--workers", "2")
    code, out, err = truing(*map(str, words))
    assert (code, err) == (0, "")
    assert out.startswith("2 workers score the submissions of ")
    assert len(referee.ledger.entries("outcome")) == 2
    code, out, err = truing("leaderboard", "--referee", str(tmp_path / "run"), "--json")
    assert json.loads(out)["budget"]["spent"] == 0


def test_libraries_use_one_thread_until_the_last_of_overlapping_blocks_ends():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads() -> set[int]:
        return {one["num_threads"] for one in threadpool_info()}

    with threadpool_limits(2):
        first, second = one_thread(), one_thread()
        for one in (first, second):
            one.__enter__()
        first.__exit__(None, None, None)
        assert threads() == {1}
        second.__exit__(None, None, None)
        assert 2 in threads()


UNFINISHED = """
import sys, threading, time
from pathlib import Path
from truing.research.folders import FolderLimits, FrozenFolder
from truing.research.problems._folder_scoring import FolderScoring

running = threading.Event()
class Slow:
    level, limits = "none", FolderLimits()
    def run(self, folder, inputs):
        print("running", flush=True)
        running.set()
        time.sleep(6000)

class Assigned:
    inputs = None

scoring = FolderScoring(Slow(), b"k", {})
given = FrozenFolder({"run.py": ""}), [Assigned()], None, []
threading.Thread(target=scoring.beliefs, args=given, daemon=True).start()
running.wait()
"""


def test_an_unfinished_run_does_not_delay_the_end_of_a_worker():
    done = subprocess.run([sys.executable, "-c", UNFINISHED], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "running\n", "")
