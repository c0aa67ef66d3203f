"""Agents: language models that write folders, submit them to a referee, and take notes.

Each agent has a workspace, notes and a conversation on disk. An agent that was stopped continues
its conversation, so that no reply is paid for twice.
"""

from truing.research.researchers.agent._agents import AGENT, Agents, Team, requests_of_agents
from truing.research.researchers.agent._conversation import Conversation
from truing.research.researchers.agent._estimate import AgentEstimate, estimate_agents
from truing.research.researchers.agent._memory import Memory
from truing.research.researchers.agent._workspace import Workspace

__all__ = [
    "AGENT",
    "AgentEstimate",
    "Agents",
    "Conversation",
    "Memory",
    "Team",
    "Workspace",
    "estimate_agents",
    "requests_of_agents",
]
