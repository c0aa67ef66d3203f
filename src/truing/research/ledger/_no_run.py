"""The error for a folder without the run of a referee."""

from __future__ import annotations

from pathlib import Path

from truing.errors import UserError
from truing.run_files import LEDGER


def no_run(folder: Path) -> UserError:
    """Error for a folder without a ledger; it names the ledgers' folders within, if there are any.

    Examples:
        >>> from pathlib import Path
        >>> from truing.research.ledger import no_run
        >>> str(no_run(Path("typo")))
        'typo contains no research run; start one: truing referee serve --config FILE'
    """
    within = sorted(str(one.parent) for one in folder.glob(f"*/{LEDGER}"))
    if within:
        return UserError(
            f"{folder} contains a run for each researcher; name one of: {', '.join(within)}"
        )
    return UserError(
        f"{folder} contains no research run; start one: truing referee serve --config FILE"
    )
