"""N-gram check: does a file contain code that known methods do not contain?"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.stress._method_monitor import MethodMonitor, MethodView
from truing.stress._monitor import Suspicion, monitor
from truing.stress.monitors.methods._source import (
    known_n_grams,
    longest_literal,
    n_grams,
    outside_reads,
)


@monitor("n-gram")
def n_gram(size: Annotated[int, Within("[1, 8]")] = 4) -> MethodMonitor:
    """Number of token sequences of a method file that no built-in method contains.

    Names of variables, numbers and texts count as equal. The number of values in the longest
    literal is added, because answers can be written into a file.

    Args:
        size: number of tokens of a sequence.
    """

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        unknown = n_grams(view.source, size) - known_n_grams(size)
        return Suspicion(float(len(unknown) + longest_literal(view.source)))

    return MethodMonitor(suspect, contexts=())


@monitor("reads-outside")
def reads_outside() -> MethodMonitor:
    """Number of places where a method file reads something besides its arguments.

    These are imports other than of array libraries, built-in functions such as `open` and
    `globals`, and private attributes.
    """

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        return Suspicion(float(len(outside_reads(view.source))))

    return MethodMonitor(suspect, contexts=())
