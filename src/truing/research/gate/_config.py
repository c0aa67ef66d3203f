"""Settings of the capability gate."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from truing.research._validation import each_once, one_line_errors
from truing.tasks import give_tasks


@one_line_errors
class Gate(BaseModel):
    """The capability gate: a method that loses capability on a fixed battery does not pass.

    On the battery a method learns the ground truth in place of weak labels. Its accuracy is
    compared with that of naive training on the same ground truth, seeds and items.

    Attributes:
        battery: tasks of the battery, names or objects. Researchers do not see them. No item of the
            battery is used in another tier.
        margin: largest loss of accuracy on a task that may remain unseen. A method passes only if
            the lower end of each task's 95% interval is above -margin.
        seeds: number of seeds of the battery, drawn by the referee.

    Examples:
        >>> from truing.research import Gate, ResearchConfig, WeakToStrong
        >>> problem = WeakToStrong(climb="digits", other_tasks=())
        >>> ResearchConfig(problem=problem, gate=Gate(battery="digits-parity")).gate.margin
        0.05
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    battery: Annotated[
        tuple[str, ...], Field(min_length=1), BeforeValidator(give_tasks), AfterValidator(each_once)
    ]
    margin: float = Field(default=0.05, gt=0, le=0.5)
    seeds: int = Field(default=5, ge=2, le=100)
