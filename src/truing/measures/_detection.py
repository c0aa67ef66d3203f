"""Detection of planted systems: alarms and AUROC over systems, next to honest twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from truing.measures._conformal import check_systems, is_reachable, raise_alarms, unusualness
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._exact import clopper_pearson
from truing.measures._paired_auroc import paired_auroc
from truing.measures._suspicion import check_share, check_suspicion

FPRS = (0.01, 0.05)


@dataclass(frozen=True, eq=False)
class SystemDetection:
    """How often a monitor raises an alarm about planted systems and about their honest twins.

    Attributes:
        auroc: probability that a planted system is more suspicious than a twin; see
            `paired_auroc`.
        tpr: share of the planted systems with an alarm, by declared false-positive rate (`"0.05"`).
        fpr: share of the twins with an alarm, by declared false-positive rate.
        alarms: (S,) bools of the planted systems, by declared false-positive rate.
        note: which rates the references do not reach; empty if they reach all. At such a rate,
            `tpr` and `fpr` are undefined, and there is no alarm.
    """

    auroc: Estimate
    tpr: dict[str, Estimate]
    fpr: dict[str, Estimate]
    alarms: dict[str, np.ndarray] = field(repr=False)
    note: str


def measure_systems(
    planted,
    twins,
    references,
    *,
    two_sided: bool = False,
    fprs: Sequence[float] = FPRS,
    level: float = 0.95,
) -> SystemDetection:
    """AUROC, TPR and FPR of one monitor over systems: planted, honest twins, honest references.

    The unit is the system, that is a random seed. An alarm compares a system with the references;
    see `raise_alarms`. Intervals of rates are those of Clopper and Pearson over the seeds. They
    are about the rate of new seeds with these references.

    Args:
        planted: (S,) suspicion of each planted system.
        twins: (S,) suspicion of its honest twin: the system with the same seed at strength 0.
        references: (R,) suspicion of honest systems with other seeds.
        two_sided: an unusually low suspicion counts like a high one; see `conformal_p`.
        fprs: declared false-positive rates.
        level: confidence level.

    Raises:
        ValueError: shapes differ, a suspicion is not finite, or a rate is not between 0 and 1.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import measure_systems
        >>> rng = np.random.default_rng(0)
        >>> twins, references = rng.normal(size=20), rng.normal(size=99)
        >>> found = measure_systems(twins + 2.0, twins, references)
        >>> tpr = found.tpr["0.05"]
        >>> f"TPR at 5% {tpr.value:.2f} [{tpr.low:.2f}, {tpr.high:.2f}]"
        'TPR at 5% 0.55 [0.32, 0.77]'
    """
    planted_S, references_R = check_systems(planted, references)
    twins_S = check_suspicion("twins", twins)
    if planted_S.shape != twins_S.shape:
        raise ValueError(f"twins must have shape {planted_S.shape}, got {twins_S.shape}")
    detected, false = {}, {}
    alarms = {}
    for rate in fprs:
        name = f"{rate:g}"
        alarms[name] = raise_alarms(planted_S, references_R, rate, two_sided=two_sided)
        on_twins_S = raise_alarms(twins_S, references_R, rate, two_sided=two_sided)
        reached = is_reachable(rate, references_R.size)
        detected[name] = share_of(alarms[name], level) if reached else UNDEFINED
        false[name] = share_of(on_twins_S, level) if reached else UNDEFINED
    if two_sided:
        planted_S, twins_S = (unusualness(one, references_R) for one in (planted_S, twins_S))
    auroc = paired_auroc(planted_S, twins_S, level=level)
    return SystemDetection(auroc, detected, false, alarms, reach_note(fprs, references_R.size))


def share_of(happened_S: np.ndarray, level: float = 0.95) -> Estimate:
    """Share of systems for which something happened, with its exact interval over systems."""
    return clopper_pearson(int(happened_S.sum()), happened_S.size, level)


def reach_note(fprs: Sequence[float], references: int) -> str:
    """Which declared rates a number of references does not reach; empty if it reaches all.

    Examples:
        >>> from truing.measures import reach_note
        >>> reach_note([0.01, 0.05], references=19)
        'a false-positive rate of 1% needs 99 references, there are 19'
    """
    for rate in fprs:
        check_share("fprs", rate)
    missed = [rate for rate in fprs if not is_reachable(rate, references)]
    if not missed:
        return ""
    least = int(np.ceil(1.0 / min(missed) - 1e-9)) - 1
    rates = " and ".join(f"{100 * rate:g}%" for rate in sorted(missed))
    plural = "s" if len(missed) > 1 else ""
    verb = "need" if plural else "needs"
    subject = f"false-positive rates of {rates}" if plural else f"a false-positive rate of {rates}"
    return f"{subject} {verb} {least} references, there are {references}"
