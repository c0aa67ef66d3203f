"""Contest check: whether the fixed models and the baseline of an oversight contest can play."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import UserError
from truing.oversight import check_answers
from truing.oversight.agents import judge
from truing.oversight.protocols import Protocol
from truing.oversight.spending import is_free
from truing.research._problem_config import OversightContest
from truing.research.problems._contest_costs import calls_of_play
from truing.stress.protocols import programs_of
from truing.tasks import Item


def check_contest(config: OversightContest, baseline: Protocol, asked: Sequence[Item]) -> None:
    """Check what would let every submission fail.

    Models behind an API are checked when they are first asked.

    Args:
        config: the contest.
        baseline: the baseline protocol.
        asked: the questions of all sets.

    Raises:
        UserError: an embedded agent is unknown or is no judge, a question has too many answers for
            a forced choice, or the baseline needs too many model calls.
    """
    free = {role: [one for one in names if is_free(one)] for role, names in config.models.items()}
    programs = programs_of(free)
    if any(getattr(one, "func", one) is not judge for one in programs["judge"]):
        raise UserError(
            f"judge {config.judge} is an embedded speaker, which gives no verdicts; name a judge, "
            "such as truing/judge"
        )
    if config.verdict == "logprobs":
        check_answers(asked)
    if (calls := calls_of_play(baseline, asked, config)) > config.most_calls:
        raise UserError(
            f"the baseline {config.baseline} needs {calls} model calls per play, but most_calls is "
            f"{config.most_calls}; raise most_calls, or name a baseline with fewer calls"
        )
