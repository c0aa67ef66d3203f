"""Contest plays: a protocol, played with the fixed models of a contest, within its budget."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from truing.errors import CapError, EngineError, UserError
from truing.loops import run_coroutine
from truing.oversight import play
from truing.oversight.protocols import Protocol, setups
from truing.oversight.rules import fill_roles
from truing.oversight.spending import Budget, CapReached, SharedBudget
from truing.research._problem_config import OversightContest
from truing.research.problems._limited_host import LimitedHost
from truing.research.problems._submitted_protocol import Played
from truing.stress.protocols import Hosts, all_of
from truing.tasks import Item

Belief = tuple[float, ...] | None
"""The judge's probability of each choice; None if no verdict could be read."""


class Outcome(NamedTuple):
    """The outcome of a play.

    Attributes:
        belief: the judge's belief.
        chosen: False if the speaker's choice of an answer could not be read, so that the judge was
            not asked.
    """

    belief: Belief
    chosen: bool


PlayWatcher = Callable[[str, int, int], None]
"""Called with what is played, the number of questions whose plays ended without an error, and the
number of questions."""

AT_ONCE = 64  # questions that are played at the same time; after a failure the others send nothing

_TURN = threading.Lock()  # Inspect's cache is a setting of the process


class ContestPlays:
    """Plays protocols with the fixed models.

    All replies of models behind an API or on this machine are cached, so that a repeated play pays
    for none of them again.

    Args:
        config: models and limits.
        calls: folder of cached replies.
        budget: the budget that the models' calls are charged to; None for no budget.
        watch: called with the progress.
    """

    def __init__(
        self,
        config: OversightContest,
        calls: Path,
        budget: SharedBudget | None = None,
        watch: PlayWatcher | None = None,
    ):
        self.config, self.calls, self.budget, self.watch = config, calls, budget, watch
        self._hosts: Hosts | None = None  # the latest, so that local models stay in memory

    def outcomes(
        self, played: Played, asked: Sequence[tuple[Item, int]], what: str
    ) -> list[list[Outcome]]:
        """The outcomes of all plays of each question.

        Args:
            played: the protocol.
            asked: questions, each with its seed.
            what: what is played, for the progress.

        Raises:
            CapError: the cap of the budget is reached; replies so far are cached.
            EngineError: the operator must repair something: a model cannot be used, such as without
                a key, or has no price.
            NoAnswerError: a model gave no answer. The other plays have ended, and their replies
                are cached.
            UserError: a play broke a limit; no play sends a request after it.
        """
        with _of_operator():
            hosts = self._make_hosts(played.rules)
        if hosts.simulated:
            return self._play(hosts, played, asked, what, None)
        with _TURN, ExitStack() as stack:
            with _of_operator():
                budget = stack.enter_context(self._opened())
            stack.enter_context(hosts.watching())
            return self._play(hosts, played, asked, what, budget)

    def _play(
        self,
        hosts: Hosts,
        played: Played,
        asked: Sequence[tuple[Item, int]],
        what: str,
        budget: Budget | None,
    ) -> list[list[Outcome]]:
        failed: list[Exception] = []
        ended: list[str] = []

        turn = asyncio.Semaphore(AT_ONCE)

        async def one(question: Item, seed: int) -> list[Outcome]:
            try:
                async with turn:
                    found = await self._outcomes(hosts, played, question, seed, failed)
            except Exception as error:
                if not failed:
                    failed.append(error)
                return []
            ended.append(question.id)
            if self.watch:
                self.watch(what, len(ended), len(asked))
            return found

        if self.watch:
            self.watch(what, 0, len(asked))
        work = [partial(one, *pair) for pair in asked]
        found = run_coroutine(_charged(work, hosts, budget))
        for error in failed:
            if isinstance(error, CapReached):
                raise CapError(
                    f"stopped: {error}; to continue, give a higher cap to the same truing research "
                    "command, or to truing referee serve or close"
                ) from None
            raise error
        return found

    async def _outcomes(
        self, hosts: Hosts, played: Played, question: Item, seed: int, failed: Sequence[Exception]
    ) -> list[Outcome]:
        """The outcome of each play of a question, with beliefs in the order of its choices."""
        found = []
        for setup in setups(played.rules, question):
            made = hosts.make(question.id, seed, f"for {setup.argued}")
            host = LimitedHost(made, self.config.most_calls, failed)
            end = await play(played.rules, setup, host, played.options)
            chosen = played.rules.assignment != "open" or end.argued is not None
            found.append(Outcome(end.verdict, chosen))
        return found

    def _make_hosts(self, rules: Protocol) -> Hosts:
        """The models by role of a protocol. Calls of a stand-in are charged to the named role."""
        models = {"judge": [self.config.judge], "debater": [self.config.debater]}
        filled = fill_roles(rules, models)
        named = {role: names for role, (_, names) in filled.items()}
        hosts = self._hosts = Hosts(rules, named, None, str(self.calls))
        if not hosts.simulated:
            for role, (bound, _) in filled.items():
                for model in hosts.bound[role]:
                    model._set_role(bound)
        return hosts

    @contextmanager
    def _opened(self) -> Iterator[Budget | None]:
        if self.budget is None:
            yield None
            return
        with self.budget.open() as budget:
            yield budget


@contextmanager
def _of_operator() -> Iterator[None]:
    """Context in which a user's mistake is the operator's, so that no submission fails by it."""
    try:
        yield
    except UserError as error:
        raise EngineError(f"{error}; the submission is scored after that") from error


async def _charged(
    work: Sequence[Callable[[], Awaitable[Any]]], hosts: Hosts, budget: Budget | None
) -> list[Any]:
    """Results of all plays, whose calls are charged to the budget."""
    if hosts.simulated:
        return await all_of(work, at_once=False)
    from truing.oversight.evals import charged_to

    with charged_to(budget):
        return await asyncio.gather(*(one() for one in work))
