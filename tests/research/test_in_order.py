"""Several pieces of work at once: the order of starts, the first error, interrupts."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from truing.research.problems._in_order import run_in_order

SLEEPS = """
import threading, time
from truing.research.problems._in_order import run_in_order
run = lambda place: (print(place, flush=True), time.sleep(600))
run_in_order(run, 4, threading.Semaphore({}), {})
"""


@pytest.mark.parametrize("most", [1, 3, 20])
def test_results_are_in_order(most):
    slots = threading.Semaphore(most)
    assert run_in_order(lambda place: place**2, 10, slots, most) == [n**2 for n in range(10)]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_the_error_of_the_first_failed_piece_is_raised_and_no_more_start(most):
    started, later = [], threading.Event()

    def run(place: int) -> int:
        started.append(place)
        if place == 3:
            later.wait(0.2)  # others end first
        if place >= 3:
            raise ValueError(str(place))
        return place

    with pytest.raises(ValueError, match="3"):
        run_in_order(run, 50, threading.Semaphore(most), most)
    assert {0, 1, 2, 3} <= set(started)
    assert len(started) <= 3 + most


def test_slots_are_shared_by_all_calls():
    slots, lock, met = threading.Semaphore(2), threading.Lock(), threading.Event()
    under_way, most = 0, 0

    def run(place: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if most == 2:
                met.set()
        met.wait()  # for a second run; then a third has the time to start, if it may
        threading.Event().wait(0.01)
        with lock:
            under_way -= 1

    calls = [threading.Thread(target=run_in_order, args=(run, 5, slots, 5)) for _ in range(4)]
    for one in calls:
        one.start()
    for one in calls:
        one.join()
    assert most == 2


@pytest.mark.parametrize("most", [1, 3])
def test_an_interrupted_process_does_not_wait_for_its_runs(most):
    program = SLEEPS.format(most, most)
    with subprocess.Popen([sys.executable, "-c", program], stdout=-1, stderr=-1) as process:
        process.stdout.readline()
        process.send_signal(2)
        process.communicate(timeout=300)
        assert process.returncode
