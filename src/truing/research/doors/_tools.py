"""Tools: the seven operations as functions that agents are shown, for MCP and for Inspect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from truing.errors import LedgerError, ServerError, TruingError
from truing.research._submission import read_submission
from truing.research.doors._contract import Door, Json, wait_for

Tool = Callable[..., Awaitable[Json]]
WAIT = 20.0  # seconds; a model that asks again and again pays for every answer


class AgentTools:
    """Functions whose names, docstrings and annotations say what an agent needs to know.

    Args:
        door: where they lead.
        refused: what the agent's framework takes for an error that the agent is to read.
    """

    def __init__(self, door: Door, refused: type[Exception]):
        self._door, self._refused = door, refused

    @property
    def functions(self) -> list[Tool]:
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

    async def describe_problem(self) -> dict[str, Any]:
        """What is to be found out, what may be submitted, the rules and the budget."""
        return await self._ask(self._door.describe_problem)

    async def submit_method(
        self, kind: str, content: str, card: dict[str, Any], name: str = ""
    ) -> dict[str, Any]:
        """Hand a method in to be trained and scored by the referee. It costs one of the budget.

        The receipt has a number, a status (accepted, scored or failed), the best released score,
        whether this submission improved it, and the reason of a failure. A score of 0 is the
        baseline's; scores below it are never released. The receipt is signed and kept in a file of
        the researcher's. The same method again costs nothing.

        Args:
            kind: "composition"; "file" or "predictions" where the problem allows them.
            content: the composition's specification, the text of a Python file, or JSON
                {TASK: [choice, ...]} about the items that the problem names.
            card: {"claim": what the method does better, "mechanism": why it should,
                "expected_effect": the gain that is expected, a number from -1 to 1}.
                It is frozen with the method before anything is scored.
            name: of the method in the file, such as "smooth,by=0.5"; empty for a composition.
        """
        given = {"kind": kind, "content": content, "name": name, "card": card}
        return await self._ask(lambda: self._door.submit_method(read_submission(given)))

    async def get_result(self, number: int) -> dict[str, Any]:
        """The receipt of a submission of yours, as soon as it is scored.

        It waits up to 20 seconds; a receipt that still says accepted may be asked for again.

        Args:
            number: of the submission, as its receipt gave it.
        """
        return await self._ask(_soon, self._door, number)

    async def leaderboard(self) -> dict[str, Any]:
        """The methods of all researchers that beat the best before them, the latest first."""
        return await self._ask(self._door.leaderboard)

    async def share_finding(self, text: str) -> dict[str, Any]:
        """Put a finding into the forum that all researchers of the problem read.

        Args:
            text: of the finding, up to 4,000 characters.
        """
        return await self._ask(self._door.share_finding, text)

    async def read_findings(self, since: int = 0) -> dict[str, Any]:
        """What researchers shared in the forum, the oldest first.

        Args:
            since: number of the last finding that was read; 0 to begin with the first.
        """
        return await self._ask(self._door.read_findings, since)

    async def budget(self) -> dict[str, Any]:
        """How many submissions are spent, and how many are left."""
        return await self._ask(self._door.budget)

    async def _ask(self, operation: Callable[..., Json], *given: object) -> Json:
        try:
            return await anyio.to_thread.run_sync(partial(operation, *given))
        except LedgerError:  # whose message has the ledger's path
            line = "the referee stopped: its ledger was changed or lost entries"
            raise self._refused(line) from None
        except TruingError as error:
            raise self._refused(" ".join(str(error).split())) from None


def _soon(door: Door, number: int) -> Json:
    """The receipt once it is scored, or as it is when the wait is over."""
    try:
        return wait_for(door, number, WAIT)
    except ServerError:
        return door.get_result(number)
