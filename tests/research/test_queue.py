"""The queue: fair shares of processor seconds, and no researcher delays another for long."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truing.research._queue import FairQueue, Waiting


class Workers:
    """Workers that score submissions of a queue, in simulated time.

    Attributes:
        started: researcher and time of each start, in order.
        used: processor seconds of scored submissions, by researcher.
    """

    def __init__(self, count: int):
        self.queue, self.count, self.time = FairQueue(), count, 0
        self.running: dict[int, int] = {}  # end of each running submission, by number
        self.jobs: dict[int, tuple[str, int]] = {}
        self.started: list[tuple[str, int]] = []
        self.used: Counter[str] = Counter()

    def submit(self, who: str, seconds: int, most: int) -> int:
        number = len(self.jobs) + 1
        self.jobs[number] = who, seconds
        self.queue.add(number, Waiting(who, str(number), alone=False, reserved=most))
        return number

    def start(self) -> None:
        """Let every free worker start a submission."""
        while len(self.running) < self.count:
            number = self.queue.choose(self.running)
            if number is None:
                return
            who, seconds = self.jobs[number]
            self.started.append((who, self.time))
            self.running[number] = self.time + seconds

    def step(self) -> None:
        """Go on to the next end of a submission."""
        self.start()
        number = min(self.running, key=lambda one: (self.running[one], one))
        self.time = self.running.pop(number)
        who, seconds = self.jobs[number]
        self.used[who] += seconds
        self.queue.settle(number, seconds)
        self.start()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_flood_delays_a_visitor_by_at_most_one_run_per_worker(count):
    workers = Workers(count)
    for _ in range(100):
        workers.submit("flood", seconds=7, most=60)
    for _ in range(20):
        workers.step()
    before = len(workers.started)
    for visitor in ("ann", "bob"):
        workers.submit(visitor, seconds=7, most=60)
    while {"ann", "bob"} - {who for who, _ in workers.started}:
        workers.step()
    since = [who for who, _ in workers.started[before:]]
    assert since[0] == "ann"
    assert since.index("bob") <= count


def test_a_new_researcher_does_not_make_up_for_the_time_of_others_before():
    """Not even with a hundred submissions, while the others have used an hour."""
    workers = Workers(1)
    workers.submit("ann", seconds=3600, most=3600)
    workers.step()
    for _ in range(100):
        workers.submit("flood", seconds=10, most=60)
    workers.submit("ann", seconds=10, most=60)
    for _ in range(3):
        workers.step()
    assert "ann" in [who for who, _ in workers.started[1:4]]


jobs = st.lists(st.integers(1, 9), min_size=30, max_size=30)


@given(st.tuples(jobs, jobs, jobs), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_waiting_researchers_get_equal_processor_seconds(seconds, count):
    """Submissions of any length: shares differ by what runs at the same time, and not more."""
    workers, most = Workers(count), 9
    for who, own in zip("abc", seconds, strict=True):
        for one in own:
            workers.submit(who, one, most)
    while min(Counter(who for who, _ in workers.started)[who] for who in "abc") < 30 and all(
        Counter(who for who, _ in workers.started)[who] < 30 for who in "abc"
    ):
        workers.step()
        shares = [workers.used[who] for who in "abc"]
        assert max(shares) - min(shares) <= most * (count + 1)
    for who in "abc":
        numbers = [number for number, (name, _) in workers.jobs.items() if name == who]
        assert numbers == sorted(numbers)


def test_the_submissions_of_a_researcher_start_in_their_order():
    queue = FairQueue()
    for number in (4, 5, 6):
        queue.add(number, Waiting("ann", str(number), alone=number == 5, reserved=10))
    queue.add(7, Waiting("bob", "7"))
    assert queue.choose() == 4
    assert queue.choose({4}) == 7  # ann has a running submission
    assert queue.choose({4, 7}) is None  # 5 trains with all cores, as 7 does, and 6 comes after 5
    queue.settle(7, 0)
    assert queue.choose({4}) == 5
    assert queue.choose({4, 5}) == 6


def test_equal_methods_do_not_run_together():
    queue = FairQueue()
    for number, who in ((2, "ann"), (3, "bob")):
        queue.add(number, Waiting(who, "the same", alone=False))
    assert queue.choose() == 2
    assert queue.choose({2}) is None
    assert not queue.may_start(3, {2})
    queue.settle(2, 1)
    assert queue.choose() == 3
