"""Tools: the seven operations as functions that agents are shown, for MCP and for Inspect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from truing.errors import LedgerError, ServerError, TruingError
from truing.research.doors._contract import Door, Json, wait_for

Tool = Callable[..., Awaitable[Json]]
WAIT = 20.0  # seconds; a model that asks again and again pays for every answer


def make_tools(door: Door, refused: type[Exception]) -> list[Tool]:
    """Functions whose names, docstrings and annotations say what an agent needs to know.

    Args:
        door: where they lead.
        refused: what the agent's framework takes for an error that the agent is to read.
    """

    async def ask(operation: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
        try:
            return await anyio.to_thread.run_sync(partial(operation, *given))
        except LedgerError:  # whose message has the ledger's path
            raise refused("the referee stopped: its ledger was changed or lost entries") from None
        except TruingError as error:
            raise refused(" ".join(str(error).split())) from None

    async def describe_problem() -> dict[str, Any]:
        """What is to be found out, what may be submitted, the rules and the budget."""
        return await ask(door.describe_problem)

    async def submit_method(
        kind: str, content: str, card: dict[str, Any], name: str = ""
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
        return await ask(door.submit_method, kind, content, name, card)

    async def get_result(number: int) -> dict[str, Any]:
        """The receipt of a submission of yours, as soon as it is scored.

        It waits up to 20 seconds; a receipt that still says accepted may be asked for again.

        Args:
            number: of the submission, as its receipt gave it.
        """
        return await ask(_soon, door, number)

    async def leaderboard() -> dict[str, Any]:
        """The methods of all researchers that beat the best before them, the latest first."""
        return await ask(door.leaderboard)

    async def share_finding(text: str) -> dict[str, Any]:
        """Put a finding into the forum that all researchers of the problem read.

        Args:
            text: of the finding, up to 4,000 characters.
        """
        return await ask(door.share_finding, text)

    async def read_findings(since: int = 0) -> dict[str, Any]:
        """What researchers shared in the forum, the oldest first.

        Args:
            since: number of the last finding that was read; 0 to begin with the first.
        """
        return await ask(door.read_findings, since)

    async def budget() -> dict[str, Any]:
        """How many submissions are spent, and how many are left."""
        return await ask(door.budget)

    return [
        describe_problem,
        submit_method,
        get_result,
        leaderboard,
        share_finding,
        read_findings,
        budget,
    ]


def _soon(door: Door, number: int) -> Json:
    """The receipt once it is scored, or as it is when the wait is over."""
    try:
        return wait_for(door, number, WAIT)
    except ServerError:
        return door.get_result(number)
