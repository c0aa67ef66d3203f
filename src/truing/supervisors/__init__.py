"""Supervisors: trained weak models, judges, recorded labels, probes without labels, noise."""

from truing.supervisors import (  # noqa: F401  (registers the built-in supervisors)
    _asked,
    _coherence,
    _differences,
    _judged,
    _judgements,
    _majority,
    _noisy,
    _recorded,
)
from truing.supervisors._ccs import fit_ccs
from truing.supervisors._coherence import fit_coherence
from truing.supervisors._coherent import Contexts, Exclusive, find_coherent_labels
from truing.supervisors._contrast import Contrast, contrast_of
from truing.supervisors._given import SupervisorLike, SupervisorsLike, give_supervisors
from truing.supervisors._kinds import (
    ElicitedSupervisor,
    JudgedSupervisor,
    LabelSteps,
    PlantedSupervisor,
    PromptedSupervisor,
    RecordedSupervisor,
    Supervisor,
    TrainedSupervisor,
    nested_features,
    parse_supervisor,
)
from truing.supervisors._labels import labels_of
from truing.supervisors._probe import Direction, Elicitor, Probe, fit_probe
from truing.supervisors._prompted import Prompted, beliefs_of_answers, draw_shots, examples_text
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels, supervisor

__all__ = [
    "SUPERVISORS",
    "Contexts",
    "Contrast",
    "Direction",
    "ElicitedSupervisor",
    "Elicitor",
    "Exclusive",
    "JudgedSupervisor",
    "LabelSteps",
    "Labeler",
    "PlantedSupervisor",
    "Probe",
    "Prompted",
    "PromptedSupervisor",
    "RecordedSupervisor",
    "Supervisor",
    "SupervisorLike",
    "SupervisorsLike",
    "TrainedSupervisor",
    "beliefs_of_answers",
    "check_labels",
    "contrast_of",
    "draw_shots",
    "examples_text",
    "find_coherent_labels",
    "fit_ccs",
    "fit_coherence",
    "fit_probe",
    "give_supervisors",
    "labels_of",
    "nested_features",
    "parse_supervisor",
    "supervisor",
]
