"""People: a person judges under a protocol in which models speak."""

from truing.oversight.people._session import JudgingSession
from truing.oversight.people._sitting import Asked, Done, Judged, Sitting, Solved

__all__ = ["Asked", "Done", "Judged", "JudgingSession", "Sitting", "Solved"]
