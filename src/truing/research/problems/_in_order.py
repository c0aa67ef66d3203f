"""Run several pieces of work at once, and start them in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def run_in_order(
    run: Callable[[int], T], count: int, slots: threading.Semaphore, most: int
) -> list[T]:
    """The results of `run(0)` to `run(count - 1)`.

    With one thread the work is done in the calling thread. Other threads are daemons, so that an
    interrupted process ends at once and does not wait for them.

    Args:
        run: a piece of work.
        count: number of pieces.
        slots: limits how many pieces are under way in all calls together.
        most: number of threads.

    Raises:
        Exception: the error of the first piece that failed, in the order of the pieces. After an
            error no piece starts. Pieces start in order, so all earlier pieces were done.
    """
    found: dict[int, T] = {}
    errors: dict[int, BaseException] = {}
    places, lock = iter(range(count)), threading.Lock()

    def work() -> None:
        while True:
            with slots:
                with lock:
                    place = None if errors else next(places, None)
                if place is None:
                    return
                try:
                    found[place] = run(place)
                except BaseException as error:
                    errors[place] = error

    if most == 1 or count == 1:
        work()
    else:
        _work_together(work, min(most, count), errors)
    if errors:
        raise errors[min(errors)]
    return [found[place] for place in range(count)]


def _work_together(work: Callable[[], None], count: int, errors: dict[int, BaseException]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:  # an interrupt: no more pieces start
        errors[-1] = error
        raise
