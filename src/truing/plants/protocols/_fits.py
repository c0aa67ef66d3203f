"""Protocols that a plant can corrupt."""

from __future__ import annotations

from truing.oversight.protocols import Protocol


def has_sides(rules: Protocol) -> bool:
    """Whether a speaker argues for each answer, as in debate."""
    return any(speaker.each for speaker in rules.speakers)


def has_advocates(rules: Protocol) -> bool:
    """Whether a speaker argues for an answer."""
    return any(speaker.aim == "argue" for speaker in rules.speakers)


def has_critic(rules: Protocol) -> bool:
    """Whether a speaker criticizes earlier speeches."""
    return any(speaker.aim == "criticize" for speaker in rules.speakers)


def lets_choose(rules: Protocol) -> bool:
    """Whether a single speaker chooses the answer that it argues for, as in open consultancy."""
    single = any(speaker.aim == "argue" and not speaker.each for speaker in rules.speakers)
    return single and rules.assignment == "open"
