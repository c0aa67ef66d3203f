"""Gather: the results of all plays in some logs of protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from truing.oversight._overseen import Failure, Overseen
from truing.oversight.logs._plays import PlayLog


def read_plays(logs: Sequence[PlayLog]) -> Overseen:
    """Rows, transcripts and failures of the plays in some logs, in the order of the logs.

    A play with the same protocol, models and id may be in several logs, for example after an
    interruption: the newest log counts. A play that failed in a log and finished in another has
    not failed.

    Raises:
        DataError: a file is damaged.
    """
    newest: dict[tuple[str, str | None, str | None, str], str] = {}
    finished, failed = [], []
    for log in logs:
        for one in log.plays():
            if isinstance(one, Failure):
                failed.append(one)
                continue
            key = (log.protocol, one.row.judge, one.row.agent, one.transcript.play)
            newest[key] = max(newest.get(key, ""), log.created)
            finished.append((key, log.created, one.row, one.transcript))
    kept = {key: (row, text) for key, created, row, text in finished if created == newest[key]}
    done = {(key[0], key[3]) for key in kept}
    failures = tuple(
        one for one in failed if len(logs) == 1 or (one.protocol, one.play) not in done
    )
    return Overseen(
        tuple(row for row, _ in kept.values()), tuple(text for _, text in kept.values()), failures
    )


def joined(found: Iterable[Overseen]) -> Overseen:
    """Results of several runs of plays, one after the other."""
    parts = list(found)
    return Overseen(
        tuple(row for one in parts for row in one.records),
        tuple(text for one in parts for text in one.transcripts),
        tuple(why for one in parts for why in one.failures),
    )
