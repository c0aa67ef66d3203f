"""Supervisors: trained weak models, judges, recorded labels, probes without labels, noise."""

from truing.supervisors import _differences, _judged, _judgements, _majority, _noisy, _recorded  # noqa: F401  (registers the built-in supervisors)
from truing.supervisors._ccs import fit_ccs
from truing.supervisors._contrast import Contrast, contrast_of
from truing.supervisors._given import SupervisorLike, SupervisorsLike, give_supervisors
from truing.supervisors._kinds import (
    ElicitedSupervisor,
    JudgedSupervisor,
    LabelSteps,
    PlantedSupervisor,
    RecordedSupervisor,
    Supervisor,
    TrainedSupervisor,
    nested_features,
    parse_supervisor,
)
from truing.supervisors._labels import labels_of
from truing.supervisors._probe import Direction, Elicitor, Probe, fit_probe
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels, supervisor

__all__ = [
    "SUPERVISORS",
    "Contrast",
    "Direction",
    "ElicitedSupervisor",
    "Elicitor",
    "JudgedSupervisor",
    "LabelSteps",
    "Labeler",
    "PlantedSupervisor",
    "Probe",
    "RecordedSupervisor",
    "Supervisor",
    "SupervisorLike",
    "SupervisorsLike",
    "TrainedSupervisor",
    "check_labels",
    "contrast_of",
    "fit_ccs",
    "fit_probe",
    "give_supervisors",
    "labels_of",
    "nested_features",
    "parse_supervisor",
    "supervisor",
]
