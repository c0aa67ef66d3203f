"""Whether embedded agents, which read the shipped wording, can read changed templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from truing.errors import UserError
from truing.oversight.agents._brief import Brief
from truing.oversight.prompts import SHIPPED, Prompts, sample_requests
from truing.oversight.rules import Protocol

FACTS = (
    *("answers", "clues", "turns", "rumor", "record_size", "quotes", "rounds", "forecast"),
    *("draft", "critique", "subclaims"),
)
"""Attributes of a `Brief` that embedded agents need in every request."""
OF_SPEAKERS = ("me", "argued")
SENTENCES = {
    "question": ("one short question",),
    "choice": ("Find the correct answer.",),
    "rating": ("Is this critique helpful",),
    "speech": ("Divide the claim", "Estimate the probability", "Challenge one estimate."),
}
"""Words by which embedded agents recognize a request."""


def check_readable(prompts: Prompts, protocols: Iterable[Protocol]) -> None:
    """Refuse templates from which embedded agents cannot read what they need.

    Raises:
        UserError: an embedded agent reads something else from a changed template than from the
            shipped template.
    """
    if not prompts.templates.changed:
        return
    for rules in protocols:
        for (what, changed), (_, shipped) in zip(
            sample_requests(rules, prompts), sample_requests(rules, SHIPPED), strict=True
        ):
            found, wanted = _facts(what, changed), _facts(what, shipped)
            for fact, value in wanted.items():
                if found[fact] != value:
                    raise UserError(
                        f"embedded agents (truing/...) cannot read the changed {what} request: "
                        f"they read {fact} as {found[fact]!r} instead of {value!r}; keep the "
                        "sentences and tags of the shipped templates (truing list prompts), or use "
                        "other models"
                    )


def _facts(what: str, messages: tuple[str, ...]) -> dict[str, Any]:
    """What embedded agents read from a request."""
    if what == "reminder":  # they read the request before it
        return {}
    if what == "rewrite":
        return {"critique": Brief("", "", messages[0]).critique}
    system, user = messages
    brief = Brief(system, user)
    names = (*FACTS, *OF_SPEAKERS) if what in ("speech", "critique") else FACTS
    facts = {name: getattr(brief, name) for name in names}
    words = [one for one in SENTENCES.get(what, ()) if one in f"{system}{user}"]
    return {**facts, "the task": words}
