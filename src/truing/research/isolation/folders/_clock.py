"""Clock: shift the time of day that Python code reads.

The kernel has no clock of the day for single processes, so functions of Python's modules are
replaced: `time`, `time_ns`, `clock_gettime` of the real-time clock, `localtime`, `gmtime`, `ctime`,
`asctime` and `strftime` without a time in `time`, and `now`, `utcnow` and `today` in `datetime`.
Code that asks the kernel itself, such as `numpy.datetime64("now")`, and the times of files are not
shifted. Clocks that only measure durations are not shifted either.
"""

from __future__ import annotations

import datetime as dates
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

NANOSECONDS = 1_000_000_000


def shift_clock(seconds: float) -> None:
    """Shift the time of day in this process by a number of seconds."""
    real, real_ns, real_clock = time.time, time.time_ns, time.clock_gettime
    real_clock_ns = time.clock_gettime_ns
    whole = round(seconds * NANOSECONDS)
    replaced: dict[str, Callable[..., Any]] = {
        "time": lambda: real() + seconds,
        "time_ns": lambda: real_ns() + whole,
        "clock_gettime": lambda clock: real_clock(clock) + seconds * _is_day(clock),
        "clock_gettime_ns": lambda clock: real_clock_ns(clock) + whole * _is_day(clock),
        **{name: _at_shifted(getattr(time, name), 0) for name in ("localtime", "gmtime", "ctime")},
        "asctime": _with_local(time.asctime, 0),
        "strftime": _with_local(time.strftime, 1),
    }
    for name, function in replaced.items():
        setattr(time, name, function)
    for one in _shifted_dates():
        setattr(dates, one.__name__, one)


def _is_day(clock: int) -> bool:
    return clock == time.CLOCK_REALTIME


def _at_shifted(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    """The function, with the shifted time where no time is given."""

    def shifted(*given: Any) -> Any:
        known = len(given) > place and given[place] is not None
        return function(*(given if known else (time.time(),)))

    return shifted


def _with_local(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    def shifted(*given: Any) -> Any:
        return function(*(given if len(given) > place else (*given, time.localtime())))

    return shifted


def _shifted_dates() -> tuple[type, type]:
    """Classes that read the shifted time, and to which objects of the real classes belong."""

    class OfDatetime(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class OfDate(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, date)

    class Shifted(datetime, metaclass=OfDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return datetime.fromtimestamp(time.time())

    class ShiftedDate(date, metaclass=OfDate):
        @classmethod
        def today(cls) -> Any:
            return date.fromtimestamp(time.time())

    Shifted.__name__ = Shifted.__qualname__ = "datetime"
    ShiftedDate.__name__ = ShiftedDate.__qualname__ = "date"
    return Shifted, ShiftedDate
