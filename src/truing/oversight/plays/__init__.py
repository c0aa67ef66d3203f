"""Plays: run a protocol on one question, with any host that sends the requests."""

from truing.oversight.plays._call import Call, Host
from truing.oversight.plays._choosing import request_verdict
from truing.oversight.plays._host_wrapper import HostWrapper
from truing.oversight.plays._play import QUESTION_LIMITS, Table, play
from truing.oversight.plays._played import Consultation, Forecast, Play, mean_belief
from truing.oversight.plays._view import View

__all__ = [
    "QUESTION_LIMITS",
    "Call",
    "Consultation",
    "Forecast",
    "Host",
    "HostWrapper",
    "Play",
    "Table",
    "View",
    "mean_belief",
    "play",
    "request_verdict",
]
