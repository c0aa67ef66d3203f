"""People: a person judges under a protocol in which models speak."""

from truing.oversight.people._people import People
from truing.oversight.people._score import PersonScore, Solved
from truing.oversight.people._sitting import Asked, Done, Judged, Sitting

__all__ = ["Asked", "Done", "Judged", "People", "PersonScore", "Sitting", "Solved"]
