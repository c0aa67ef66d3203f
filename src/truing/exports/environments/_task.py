"""Task: an environment as an Inspect task. Only Inspect imports this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState, generate

if TYPE_CHECKING:
    from truing.exports.environments._environment import Environment

MESSAGES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


def make_task(environment: Environment) -> Task:
    """A task that asks the policy once for each prompt, and scores the reward."""
    samples = [
        Sample(
            id=row["play"],
            input=[MESSAGES[one["role"]](content=one["content"]) for one in row["prompt"]],
            metadata={
                "play": row["play"],
                "question": row["question"],
                "seat": row["seat"],
                "cluster": environment.plays[row["play"]]["setup"]["cluster"],
            },
        )
        for row in environment.prompts
    ]
    settings = environment.settings
    name = f"{settings['protocol']} {settings['train']}".replace(",", " ").replace("/", "-")
    return Task(
        dataset=MemoryDataset(samples, name=settings["questions"]),
        solver=generate(),
        scorer=_reward(environment),
        name=name,
    )


@scorer(metrics=[mean(), stderr(cluster="cluster")], name="reward")
def _reward(environment: Environment) -> Scorer:
    """Reward of the policy's completion."""

    async def score(state: TaskState, target: Target) -> Score:
        del target  # the reward does not use it
        reward = await environment.rewarded(state.output.completion, state.metadata["play"])
        return Score(value=reward, answer=state.output.completion)

    return score
