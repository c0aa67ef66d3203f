"""Limited host: the models of a play, with limits on the requests of a submitted protocol."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import UserError
from truing.oversight import Call, Host, Reply
from truing.oversight.plays import HostWrapper

MOST_CHARACTERS = 60_000  # of the messages of a request


class LimitedHost(HostWrapper):
    """Counts the requests of a play, and sends none beyond the limits.

    Args:
        host: sends the requests.
        most: largest number of requests of a play.
        failed: errors of the plays of the same submission; after an error no play sends a request.
    """

    def __init__(self, host: Host, most: int, failed: Sequence[Exception] = ()):
        super().__init__(host)
        self.most, self.calls, self.failed = most, 0, failed

    async def ask(self, call: Call) -> Reply:
        """Reply of the model that plays the role.

        Raises:
            UserError: the play needs too many requests, or a request is too long.
            Exception: the first error of another play.
        """
        if self.failed:
            raise self.failed[0]
        self.calls += 1
        if self.calls > self.most:
            raise UserError(f"a play needs more than {self.most} model calls")
        if sum(len(text) for _, text in call.messages) > MOST_CHARACTERS:
            raise UserError(f"a request has more than {MOST_CHARACTERS:,} characters")
        return await self.host.ask(call)
