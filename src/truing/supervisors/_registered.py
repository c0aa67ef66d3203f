"""Registered: what the factory of a supervisor returns."""

from __future__ import annotations


class Registered:
    """Base class of what the factory of a supervisor returns: a `Labeler`, an `Elicitor`, ..."""
