"""Disagreement of verdicts with those of another protocol, such as a judge without help."""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import Suspicion, monitor
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView
from truing.stress.monitors._suspicion import mean_of


@monitor("protocol-disagreement")
def protocol_disagreement(protocol: str = "expert") -> ProtocolMonitor:
    """Distance of the verdicts from those of the same models under another protocol.

    The suspicion of a play is the total variation distance of the two verdicts.

    Args:
        protocol: the other protocol: `blind` for a judge without help, `expert` for a judge that
            reads the hidden text, `consultancy`. Its arguments follow colons,
            `debate:rounds=1`.
    """
    name = protocol.replace(":", ",")

    def suspect(view: ProtocolView, rng: np.random.Generator) -> Suspicion:
        items = np.array(
            [
                0.0 if other is None else np.abs(one.stated - np.array(other)).sum() / 2
                for one, other in zip(view.watched, view.beside[name], strict=True)
            ]
        )
        return mean_of(items)

    return ProtocolMonitor(suspect, protocols=(name,))
