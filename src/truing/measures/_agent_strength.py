"""Agent strength: the horizontal axis of the figure of accuracy and ASD against agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from truing.measures._agent_ratings import AgentRating
from truing.measures._conditions import Condition
from truing.measures._estimate import Estimate
from truing.measures._protocol_metrics import ProtocolMetrics

StrengthKind = Literal["elo", "ase"]


def agent_strengths(
    rows: Sequence[ProtocolMetrics], ratings: Sequence[AgentRating]
) -> tuple[StrengthKind, Mapping[Condition, Estimate]]:
    """The kind of strength that is known of all agents, and its value in each condition.

    The field measures an agent's strength by how well it persuades the judge:

    - `elo`: rating of the agent with this judge, from games against the other agents (Khan et al.
      2024; Kenton et al. 2024 plot judge accuracy against the Elo of debaters). The games are those
      of the first protocol whose games connect all agents that have a row.
    - `ase`: otherwise the agent score expectation at beta 1 in the same condition (Sudhir et al.
      2025, whose library solib plots ASD against it). It needs no games. Since both axes then come
      from the same verdicts, a slope alone proves nothing.

    An agent's own accuracy is no axis in these papers. The row of the protocol `expert` shows it,
    if the agent's model is also a judge.

    Args:
        rows: metrics of each condition.
        ratings: ratings of the agents by each judge.
    """
    own = [one for one in rows if one.agent and not one.mixed]
    for protocol in dict.fromkeys(one.protocol for one in ratings):
        games = [one for one in ratings if one.protocol == protocol]
        apart = {one.judge for one in games if one.player.component > 1}
        rated = {(one.judge, one.agent): one.rating for one in games if one.judge not in apart}
        if own and all((one.judge, one.agent) in rated for one in own):
            return "elo", {one.condition: rated[one.judge, one.agent or ""] for one in own}
    return "ase", {one.condition: one.metrics["ase_1"] for one in own}
