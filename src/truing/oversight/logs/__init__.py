"""Logs: scores in the logs of any Inspect task, their intervals and their paired differences."""

from truing.oversight.logs._compare import compare_logs
from truing.oversight.logs._comparison import LogAccuracy, LogComparison, LogPair
from truing.oversight.logs._read import LOG_ENDINGS, ScoredLog, find_logs, read_log

__all__ = [
    "LOG_ENDINGS",
    "LogAccuracy",
    "LogComparison",
    "LogPair",
    "ScoredLog",
    "compare_logs",
    "find_logs",
    "read_log",
]
