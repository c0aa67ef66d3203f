"""Probes: supervisors that find directions in activations, without labels."""

from truing.supervisors.probes import _coherence, _differences  # noqa: F401  (registers the built-in probes)
from truing.supervisors.probes._ccs import fit_ccs
from truing.supervisors.probes._coherence import fit_coherence
from truing.supervisors.probes._contrast import Contrast, contrast_of
from truing.supervisors.probes._kind import ElicitedSupervisor, nested_features, parse_elicited
from truing.supervisors.probes._probe import Direction, Elicitor, Probe, fit_probe

__all__ = [
    "Contrast",
    "Direction",
    "ElicitedSupervisor",
    "Elicitor",
    "Probe",
    "contrast_of",
    "fit_ccs",
    "fit_coherence",
    "fit_probe",
    "nested_features",
    "parse_elicited",
]
