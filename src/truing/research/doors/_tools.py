"""Tools: the seven operations as functions for agents, for MCP and for Inspect."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio

from truing.errors import LedgerError, ServerError, TruingError, UserError
from truing.research._answers import Answer, Description
from truing.research._submission import read_submission
from truing.research.doors._contract import Door, wait_for
from truing.research.doors._untrusted import as_agents_read
from truing.research.folders import FrozenFolder
from truing.research.ledger._receipt import Receipt

Json = dict[str, Any]  # the schema of each answer for agents
AgentTool = Callable[..., Awaitable[Json]]
Result = TypeVar("Result")
LATER = (
    "the referee cannot score now; if you submitted a method, the submission is accepted and will "
    "be scored later: do not submit it again"
)
WAIT = 20.0  # seconds; a model pays for each repeated question


class AgentTools:
    """Functions with names, docstrings and annotations that agents read.

    Args:
        door: door to the referee.
        refused: exception class whose message the agent's framework shows to the agent.
    """

    def __init__(self, door: Door, refused: type[Exception]):
        self._door, self._refused = door, refused

    @property
    def functions(self) -> list[AgentTool]:
        """The tools, in the order in which an agent needs them."""
        return [
            self.describe_problem,
            self.submit_method,
            self.get_result,
            self.leaderboard,
            self.share_finding,
            self.read_findings,
            self.budget,
        ]

    async def describe_problem(self) -> Json:
        """Return the problem: its aim, the allowed submissions, the rules and the budget."""
        return await self._ask(self._door.describe_problem)

    async def submit_method(
        self,
        kind: str,
        card: Json,
        content: str = "",
        name: str = "",
        files: dict[str, str] | None = None,
    ) -> Json:
        """Submit a method. The referee trains and scores it. It costs one submission of the budget.

        Returns a receipt: the submission's number, its status (accepted, scored or failed), the
        best released score, whether this submission improved it, and the reason if it failed. If
        the status is accepted, get_result returns the score later. The score of the baseline is 0,
        and lower scores are never released. The receipt is signed and stored in a file. If you
        submit the same method again, it costs nothing and you get the same receipt.

        Args:
            kind: "composition"; also "file", "folder" or "predictions" if the problem allows them.
            card: method card {"claim": what the method does better, "mechanism": why it should be
                better, "expected_effect": the expected gain in accuracy, a number from -1 to 1,
                "probability": optional, your probability from 0 to 1 that the gain is above 0}. The
                card is frozen with the method before the method is scored.
            content: the specification of the composition, the text of a Python file, or predictions
                as JSON {TASK: [choice, ...]} for the items that the problem lists; empty for a
                folder.
            name: name of the method in a file, such as "smooth,by=0.5"; empty for other kinds.
            files: the files of a folder as {path: text}, among them "run.py", see `folders` in the
                problem; empty for other kinds.
        """

        def submit() -> Receipt:
            text = content if files is None else _folder(kind, content, files)
            given = {"kind": kind, "content": text, "name": name, "card": card}
            return self._door.submit_method(read_submission(given))

        return await self._ask(submit)

    async def get_result(self, number: int) -> Json:
        """Return the receipt of one of your submissions, as soon as it is scored.

        Waits up to 20 seconds. If the status is then still accepted, call this tool again later.

        Args:
            number: number of the submission, from its receipt.
        """
        return await self._ask(_soon, self._door, number)

    async def leaderboard(self) -> Json:
        """Return all methods that raised the best released score, latest first."""
        return await self._ask(self._door.leaderboard)

    async def share_finding(self, text: str) -> Json:
        """Share a finding in the forum, which all researchers of this problem can read.

        Args:
            text: the finding, up to 4,000 characters.
        """
        return await self._ask(self._door.share_finding, text)

    async def read_findings(self, since: int = 0) -> Json:
        """Return findings from the forum, oldest first.

        Args:
            since: number of the last finding that you have read; 0 for all findings.
        """
        return await self._ask(self._door.read_findings, since)

    async def budget(self) -> Json:
        """Return the submissions and processor seconds that you have spent, and what is left."""
        return await self._ask(self._door.budget)

    async def _ask(self, operation: Callable[..., Answer | Description], *given: object) -> Json:
        return as_agents_read(await answered(self._refused, operation, *given))


async def answered(
    refused: type[Exception], operation: Callable[..., Result], *given: object
) -> Result:
    """The result of an operation in a thread; raises `refused` with one line for our errors."""
    try:
        return await anyio.to_thread.run_sync(partial(operation, *given))
    except LedgerError:  # its message contains the path of the ledger
        line = "the referee stopped: its ledger was changed or lost entries"
        raise refused(line) from None
    except (UserError, ServerError) as error:
        raise refused(" ".join(str(error).split())) from None
    except TruingError:  # its message may quote a question, or state what the referee pays
        raise refused(LATER) from None


def _folder(kind: str, content: str, files: dict[str, str]) -> str:
    """The content of a submitted folder."""
    if kind != "folder" or content:
        raise UserError('files are for kind "folder" with an empty content')
    return FrozenFolder.from_json(json.dumps(files)).to_json()


def _soon(door: Door, number: int) -> Receipt:
    """The receipt, once the submission is scored or the wait is over."""
    try:
        return wait_for(door, number, WAIT)
    except ServerError:
        return door.get_result(number)
