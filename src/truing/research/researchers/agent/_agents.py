"""Agents: which model searches, in which directions, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from truing.errors import UserError
from truing.oversight import Requests
from truing.research._problem_config import PROGRAMS

AGENT = "agent"  # name of the researcher, and of its first agent
TURNS = 40  # requests of a conversation; then the agent continues from its notes
PER_SUBMISSION = 25  # requests of an agent for each submission of its budget
MOST_AGENTS = 50


@dataclass(frozen=True)
class Agents:
    """Agents of one model that work on the same problem at the same time.

    All agents share a referee, its forum and its leaderboard. The budget of submissions is divided
    equally among them.

    Attributes:
        model: the model, as Inspect names it, with settings: `openai/gpt-4o,temperature=0.7`; or a
            `Model` of Inspect.
        directions: a direction of search for each agent; one text may contain several, separated by
            `;`. An empty text stands for no direction.
        turns: number of requests after which an agent begins a new conversation, in which it reads
            its notes. A conversation is sent to the model with each request, so short
            conversations cost less.

    Raises:
        UserError: a value is not allowed.

    Examples:
        >>> from truing.research.researchers.agent import Agents
        >>> Agents("openai/gpt-4o", "losses; filters").names
        ('agent', 'agent-2')
    """

    model: str
    directions: Sequence[str] = ("",)
    turns: int = TURNS

    def __post_init__(self) -> None:
        several = (
            self.directions.split(";") if isinstance(self.directions, str) else self.directions
        )
        object.__setattr__(self, "directions", tuple(one.strip() for one in several))
        if not isinstance(self.model, str):
            from truing.oversight.evals import give_model  # imports Inspect

            object.__setattr__(self, "model", give_model(self.model))
        if not self.model:
            raise UserError(
                "the researcher agent has no model; name a model: --model PROVIDER/MODEL"
            )
        if not 1 <= len(self.directions) <= MOST_AGENTS:
            raise UserError(
                f"directions must name 1 to {MOST_AGENTS} agents, got {len(self.directions)}; "
                "separate directions by ;"
            )
        if isinstance(self.turns, bool) or not isinstance(self.turns, int) or self.turns < 5:
            raise UserError(f"turns must be an integer, 5 or more, got {self.turns!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the agents as researchers."""
        more = (f"{AGENT}-{number}" for number in range(2, len(self.directions) + 1))
        return (AGENT, *more)

    @property
    def simulated(self) -> bool:
        """Whether a program takes the place of the model."""
        return self.model.startswith(PROGRAMS)

    def share(self, submissions: int) -> int:
        """Number of submissions of each agent, if all may submit `submissions` methods."""
        return max(submissions // len(self.directions), 1)

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"model": self.model, "directions": list(self.directions), "turns": self.turns}

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Agents:
        """Read the JSON form."""
        return cls(stated["model"], tuple(stated["directions"]), stated["turns"])


def requests_of_agents(**settings: Any) -> Requests:
    """Settings of an agent's requests: its replies contain whole files, so they may be long.

    Args:
        settings: settings of `Requests` that differ from the default.
    """
    return Requests(**{"max_tokens": 8192, "attempt_timeout": 600, "timeout": 3600, **settings})


@dataclass(frozen=True)
class Team:
    """Agents, and the limits of one execution of their work.

    Attributes:
        agents: the agents.
        requests: settings of requests, with the caps on dollars and tokens of all executions.
        seconds: time limit of an agent in this execution, in seconds; None for no limit.
    """

    agents: Agents
    requests: Requests = field(default_factory=requests_of_agents)
    seconds: float | None = None
