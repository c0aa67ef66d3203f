"""Contest check: whether the fixed models and the baseline of an oversight contest can play."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import UserError
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
        asked: questions of the set with the most choices.

    Raises:
        UserError: an embedded agent is unknown, or the baseline needs too many model calls.
    """
    for role, names in config.models.items():
        programs_of({role: [name for name in names if is_free(name)]})
    if (calls := calls_of_play(baseline, asked, config)) > config.most_calls:
        raise UserError(
            f"the baseline {config.baseline} needs {calls} model calls per play, but most_calls is "
            f"{config.most_calls}; raise most_calls, or name a baseline with fewer calls"
        )
