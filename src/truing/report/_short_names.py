"""Short names of judges and agents: without the provider that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from truing.given import shown
from truing.measures import Comparison, Condition, OversightMeasures, ProtocolMetrics


def short_names(found: OversightMeasures) -> OversightMeasures:
    """Measures whose judges and agents have short names, for tables and charts.

    A name loses the digest of a given model, and the part up to the last `/` that all names share:
    `openai/gpt-4o` and `openai/gpt-4o-mini` become `gpt-4o` and `gpt-4o-mini`. Two agents that
    argue against each other are `gpt-4o against gpt-4o-mini`.
    """
    named = {name for one in found.protocols for name in (one.judge, one.agent) if name}
    return _renamed(found, shortener(named)) if named else found


def shortener(named: Iterable[str]) -> Callable[[str], str]:
    """A function that shortens the names of judges and agents in a text; see `short_names`."""
    names = {part for name in named for part in name.split(", ")}
    shared = _shared_start(names)

    def short(text: str) -> str:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, shown(name, names).removeprefix(shared))
        return text

    return short


def _shared_start(names: Iterable[str]) -> str:
    """The start of all names up to a `/`; empty if they share none."""
    starts = {name[: name.rfind("/", 0, (name + ",").find(",")) + 1] for name in names}
    return starts.pop() if len(starts) == 1 else ""


def _renamed(found: OversightMeasures, short: Callable[[str], str]) -> OversightMeasures:
    def optional(name: str | None) -> str | None:
        return None if name is None else short(name)

    mixed = {one.condition for one in found.protocols if one.mixed}

    def condition(one: Condition) -> Condition:
        agent = optional(one.agent)
        if agent and one in mixed:
            agent = agent.replace(", ", " against ")
        return replace(one, judge=optional(one.judge), agent=agent)

    def row(one: ProtocolMetrics) -> ProtocolMetrics:
        own = condition(one.condition)
        return replace(one, judge=own.judge, agent=own.agent, name=own.label)

    def comparison(one: Comparison) -> Comparison:
        first, second = map(condition, one.conditions)
        return replace(one, first=first.label, second=second.label, conditions=(first, second))

    return replace(
        found,
        protocols=tuple(map(row, found.protocols)),
        groups=tuple(map(row, found.groups)),
        comparisons=tuple(map(comparison, found.comparisons)),
        pairings=tuple(
            replace(
                one,
                judge=optional(one.judge),
                honest=short(one.honest),
                dishonest=short(one.dishonest),
            )
            for one in found.pairings
        ),
        ratings=tuple(
            replace(
                one, judge=optional(one.judge), player=replace(one.player, player=short(one.agent))
            )
            for one in found.ratings
        ),
    )
