"""Estimate: what agents typically cost. Only `--spend` and `--tokens` are upper bounds."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight import Spent, max_tokens_of
from truing.research.researchers.agent._agents import Agents

REQUESTS = 8  # per submission: read, write files, submit, take notes, share
PROMPT = 4300  # tokens of the prompt, the definitions of the tools and the description
WRITTEN = 500  # tokens of a reply
RESULT = 400  # tokens of the results of its tool calls


@dataclass(frozen=True)
class AgentEstimate:
    """Typical cost of agents.

    Attributes:
        requests: number of requests of all agents.
        tokens: their tokens.
    """

    requests: int
    tokens: Spent


def estimate_agents(agents: Agents, submissions: int) -> AgentEstimate:
    """Typical cost: eight requests for each submission, each of which reads its conversation again.

    Args:
        agents: the agents.
        submissions: number of submissions of all agents together.

    Examples:
        >>> from truing.research.researchers.agent import Agents, estimate_agents
        >>> estimate_agents(Agents("openai/gpt-4o"), submissions=5).tokens
        Spent(read=874000, written=20000)
    """
    each = REQUESTS * agents.share(submissions)
    places = [number % agents.turns for number in range(each)]
    written = min(WRITTEN, max_tokens_of(agents.model, WRITTEN))
    read = sum(PROMPT + place * (written + RESULT) for place in places)
    count = len(agents.directions)
    return AgentEstimate(each * count, Spent(read * count, each * written * count))
