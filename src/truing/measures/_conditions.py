"""Conditions: which protocol, judge and agent a row of results belongs to, and which are compared.

A grid plays the same questions with several judges or agents. Each combination is then a separate
row. If judges, or agents, have different questions, they are a sample of judges (such as people who
each judge some debates), and all of them share a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from truing.measures._judgements import Judgement

Between = Literal["protocols", "judges", "agents"]
SHARED = 0.5  # smallest share of judgements on shared questions in a grid


@dataclass(frozen=True)
class Condition:
    """One row of results.

    Attributes:
        protocol: name of the protocol.
        judge: name of the judge; None if unknown, or if all judges share the row.
        agent: name of the agents; None if no one spoke, if unknown, or if all agents share the row.
    """

    protocol: str
    judge: str | None = None
    agent: str | None = None

    @property
    def label(self) -> str:
        """The protocol, with agent and judge if these are stated.

        `debate by gpt-4o, judged by gpt-4o-mini`.
        """
        agent = f" by {self.agent}" if self.agent else ""
        return f"{self.protocol}{agent}{f', judged by {self.judge}' if self.judge else ''}"


@dataclass(frozen=True)
class Design:
    """The conditions of some judgements.

    Attributes:
        by_judge, by_agent: whether each judge, or agent, has separate rows.
        conditions: the conditions: by judge, then by protocol, then by agent, each in the order of
            first appearance.
        mixed: conditions in which different agents argue for the answers of a question.
    """

    by_judge: bool
    by_agent: bool
    conditions: tuple[Condition, ...]
    mixed: frozenset[Condition]

    @classmethod
    def of(cls, judgements: Sequence[Judgement], pool_judges: bool = False) -> Design:
        """The design of some judgements.

        Args:
            judgements: the judgements.
            pool_judges: whether all judges share a row in any case.
        """
        by_judge = not pool_judges and _is_crossed(
            ((one.protocol,), one.question, one.judge) for one in judgements
        )
        by_agent = _is_crossed(
            ((one.protocol, one.judge), one.question, one.agent) for one in judgements
        )
        design = cls(by_judge, by_agent, (), frozenset())
        found = [(design.condition(one), one) for one in judgements]
        order = [
            {name: at for at, name in enumerate(dict.fromkeys(names))}
            for names in zip(
                *((one.judge, one.protocol, one.agent) for one, _ in found), strict=True
            )
        ]
        conditions = sorted(
            dict.fromkeys(one for one, _ in found),
            key=lambda one: [
                places[name]
                for places, name in zip(order, (one.judge, one.protocol, one.agent), strict=True)
            ],
        )
        mixed = frozenset(one for one, judged in found if len(set(judged.argued_by)) > 1)
        return replace(design, conditions=tuple(conditions), mixed=mixed)

    def condition(self, one: Judgement) -> Condition:
        """The condition of a judgement."""
        judge, agent = one.judge if self.by_judge else None, one.agent if self.by_agent else None
        return Condition(one.protocol, judge, agent)

    @property
    def pairs(self) -> tuple[tuple[Condition, Condition, Between], ...]:
        """The pairs of conditions that are compared, and what they compare.

        Two protocols are compared with the same judge and the same agent, or if one of the two has
        only one agent with this judge (`blind` has none). Two judges are compared under the same
        protocol with the same agent. Two agents are compared under the same protocol with the same
        judge, each as the only agent: pairings of different agents are games (see `rate_players`).
        """
        agents: dict[tuple[str, str | None], set[str | None]] = defaultdict(set)
        for one in self.conditions:
            agents[one.protocol, one.judge].add(one.agent)
        alone = {one for one in self.conditions if len(agents[one.protocol, one.judge]) == 1}
        found: list[tuple[Condition, Condition, Between]] = []
        for first, second in combinations(self.conditions, 2):
            kind = self._kind(first, second, first in alone or second in alone)
            if kind:
                found.append((first, second, kind))
        return tuple(found)

    def _kind(self, first: Condition, second: Condition, alone: bool) -> Between | None:
        """What a comparison of two conditions compares; None if they are not compared."""
        same_protocol, same_judge, same_agent = (
            getattr(first, name) == getattr(second, name) for name in ("protocol", "judge", "agent")
        )
        if same_judge and not same_protocol:
            return "protocols" if same_agent or alone else None
        if same_protocol and same_agent:
            return "judges"
        if same_protocol and same_judge and not self.mixed & {first, second}:
            return "agents"
        return None


def _is_crossed(rows: Iterable[tuple[tuple[str | None, ...], str, str | None]]) -> bool:
    """Whether several names have the same questions.

    Args:
        rows: what is the same for all names, the question, and the name.
    """
    names: dict[tuple[str | None, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for shared, question, name in rows:
        if name is not None:
            names[shared][question].add(name)
    counts = [_counts(questions) for questions in names.values()]
    every, on_shared = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return every > 0 and on_shared >= SHARED * every


def _counts(questions: Mapping[str, set[str]]) -> tuple[int, int]:
    """Number of pairs of a question and a name, and how many of them share the question.

    Both are 0 if there is only one name.
    """
    if len(set().union(*questions.values())) < 2:
        return 0, 0
    sizes = [len(one) for one in questions.values()]
    return sum(sizes), sum(size for size in sizes if size > 1)
