"""Supervisors: trained weak models, judges, recorded labels, probes without labels, noise."""

from truing.supervisors import (  # noqa: F401  (registers the built-in supervisors)
    _asked,
    _coherence,
    _combination,
    _differences,
    _easy_to_hard,
    _judged,
    _judgements,
    _majority,
    _noisy,
    _recorded,
)
from truing.supervisors._ccs import fit_ccs
from truing.supervisors._coherence import fit_coherence
from truing.supervisors._coherent import Contexts, Exclusive, find_coherent_labels
from truing.supervisors._composed import CombinedSupervisor, EasyToHardSupervisor
from truing.supervisors._contrast import Contrast, contrast_of
from truing.supervisors._easiest import EasyToHard, learnable
from truing.supervisors._given import SupervisorLike, SupervisorsLike, combine, give_supervisors
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
from truing.supervisors._pool import POOLS, Combination, Rule, agreed, filtered, pooled, score_sizes
from truing.supervisors._probe import Direction, Elicitor, Probe, fit_probe
from truing.supervisors._prompted import Prompted, beliefs_of_answers, draw_shots, examples_text
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels, supervisor

__all__ = [
    "POOLS",
    "SUPERVISORS",
    "Combination",
    "CombinedSupervisor",
    "Contexts",
    "Contrast",
    "Direction",
    "EasyToHard",
    "EasyToHardSupervisor",
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
    "Rule",
    "Supervisor",
    "SupervisorLike",
    "SupervisorsLike",
    "TrainedSupervisor",
    "agreed",
    "beliefs_of_answers",
    "check_labels",
    "combine",
    "contrast_of",
    "draw_shots",
    "examples_text",
    "filtered",
    "find_coherent_labels",
    "fit_ccs",
    "fit_coherence",
    "fit_probe",
    "give_supervisors",
    "labels_of",
    "learnable",
    "nested_features",
    "parse_supervisor",
    "pooled",
    "score_sizes",
    "supervisor",
]
