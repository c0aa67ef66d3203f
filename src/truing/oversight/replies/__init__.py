"""Replies: what a model's reply says to the other roles, and the verdict that it states."""

from truing.oversight.replies._claims import read_challenge, read_claims, read_estimates
from truing.oversight.replies._cues import certainty, count_words
from truing.oversight.replies._quotes import Quotable, Quote
from truing.oversight.replies._reply import Reply
from truing.oversight.replies._speech import Speech, hear
from truing.oversight.replies._verdict import read_verdict

__all__ = [
    "Quotable",
    "Quote",
    "Reply",
    "Speech",
    "certainty",
    "count_words",
    "hear",
    "read_challenge",
    "read_claims",
    "read_estimates",
    "read_verdict",
]
