"""Tools of an agent: its workspace, its notes, and the submission of its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from truing.research._submission import read_submission
from truing.research.doors import Door
from truing.research.doors._tools import AgentTool, Json, answered
from truing.research.doors._untrusted import as_agents_read
from truing.research.folders import FolderRunner
from truing.research.ledger._receipt import Receipt
from truing.research.researchers.agent._memory import Memory
from truing.research.researchers.agent._toy import Medium, try_on_toy
from truing.research.researchers.agent._workspace import Workspace

Result = TypeVar("Result")


class WorkTools:
    """Functions with names, docstrings and annotations that agents read.

    Args:
        door: door to the referee.
        workspace: files of the agent.
        memory: notes and submissions of the agent.
        refused: exception class whose message the agent's framework shows to the agent.
        runner: runs the folder on a toy problem; None if this machine cannot run it.
    """

    def __init__(
        self,
        door: Door,
        workspace: Workspace,
        memory: Memory,
        refused: type[Exception],
        runner: FolderRunner | None = None,
    ):
        self._door, self._workspace, self._memory = door, workspace, memory
        self._refused, self._runner = refused, runner

    @property
    def functions(self) -> list[AgentTool]:
        """The tools of every agent, for all problems."""
        return [self.recall, self.write_notes]

    @property
    def folder_functions(self) -> list[AgentTool]:
        """The tools of an agent whose problem accepts folders."""
        return [
            self.write_file,
            self.read_file,
            self.list_files,
            self.delete_file,
            *([self.try_folder] if self._runner else []),
            self.submit_folder,
        ]

    async def recall(self) -> Json:
        """Return your memory: your notes and submissions, the budget, the leaderboard, findings.

        Call it first. The findings are the latest findings of other researchers.
        """
        return await self._ask(self._memory.recall, self._door)

    async def write_notes(self, text: str) -> Json:
        """Replace your notes. They remain when this conversation ends or is interrupted.

        Args:
            text: what you tried and learned, and what you plan to do next, up to 4,000 characters.
        """
        await self._ask(self._memory.write_notes, text)
        return {"characters": len(text)}

    async def write_file(self, path: str, text: str) -> Json:
        """Write a text file into your workspace, or replace it.

        Args:
            path: relative path, such as run.py.
            text: whole content of the file.
        """
        await self._ask(self._workspace.write, path, text)
        return {"path": path, "characters": len(text)}

    async def read_file(self, path: str) -> Json:
        """Return a file of your workspace.

        Args:
            path: relative path.
        """
        return {"path": path, "text": await self._ask(self._workspace.read, path)}

    async def list_files(self) -> Json:
        """Return the files of your workspace, with their numbers of characters."""
        return {"files": await self._ask(self._workspace.files)}

    async def delete_file(self, path: str) -> Json:
        """Delete a file of your workspace.

        Args:
            path: relative path.
        """
        await self._ask(self._workspace.delete, path)
        return {"deleted": path}

    async def try_folder(self, medium: Medium = "vectors") -> Json:
        """Run the files of your workspace once on a toy problem, in a sandbox. It costs nothing.

        The toy problem has 200 generated items with weak labels and 100 items to predict, in 3
        classes. Returns the failure, the printed output and the accuracy. It shows whether the code
        works, and nothing about its score.

        Args:
            medium: form of the items: vectors, texts or images.
        """
        return await self._ask(self._try, medium)

    def _try(self, medium: Medium) -> dict[str, Any]:
        assert self._runner is not None, "without a runner there is no such tool"
        return try_on_toy(self._runner, self._workspace.freeze(), medium)

    async def submit_folder(
        self, claim: str, mechanism: str, expected_effect: float, probability: float | None = None
    ) -> Json:
        """Submit the files of your workspace. The referee freezes, runs and scores them.

        It costs one submission of the budget, even if the folder fails. Returns a receipt, as
        submit_method does. If you submit the same files again, it costs nothing and you get the
        same receipt.

        Args:
            claim: what the method does better, and where.
            mechanism: why it should be better.
            expected_effect: the expected gain in accuracy over the baseline, from -1 to 1.
            probability: your probability that the gain is above 0, from 0 to 1.
        """
        card = {"claim": claim, "mechanism": mechanism, "expected_effect": expected_effect}
        if probability is not None:
            card["probability"] = probability
        return as_agents_read(await self._ask(self._submit, card))

    def _submit(self, card: Mapping[str, Any]) -> Receipt:
        content = self._workspace.freeze().to_json()
        submission = read_submission({"kind": "folder", "content": content, "card": card})
        return self._door.submit_method(submission)

    async def _ask(self, operation: Callable[..., Result], *given: object) -> Result:
        return await answered(self._refused, operation, *given)
