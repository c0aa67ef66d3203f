"""Logs: scores in the logs of any Inspect task, and plays in the logs of protocols."""

from truing.oversight.logs._compare import compare_logs
from truing.oversight.logs._comparison import LogAccuracy, LogComparison, LogPair
from truing.oversight.logs._gather import joined, read_plays
from truing.oversight.logs._plays import (
    CAPPED,
    RECORD,
    TRANSCRIPT,
    UNPLAYED,
    LoggedPlay,
    PlayLog,
    open_plays,
    play_log,
)
from truing.oversight.logs._read import LOG_ENDINGS, ScoredLog, find_logs, read_log

__all__ = [
    "CAPPED",
    "LOG_ENDINGS",
    "RECORD",
    "TRANSCRIPT",
    "UNPLAYED",
    "LogAccuracy",
    "LogComparison",
    "LogPair",
    "LoggedPlay",
    "PlayLog",
    "ScoredLog",
    "compare_logs",
    "find_logs",
    "joined",
    "open_plays",
    "play_log",
    "read_log",
    "read_plays",
]
