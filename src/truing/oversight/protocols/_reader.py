"""Reader: the model role that selects among drafts in the built-in protocols."""

from __future__ import annotations

READER = "reader"
"""Model role of the reader; the judge's model plays it by default (`--role reader=MODEL`)."""
