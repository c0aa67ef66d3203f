"""Supervisors: trained weak models, judges, recorded labels, probes without labels, noise."""

from truing.supervisors import _judged, _judgements, _majority, _noisy, _recorded  # noqa: F401  (registers the built-in supervisors)
from truing.supervisors._coherent import Contexts, Exclusive, find_coherent_labels
from truing.supervisors._given import SupervisorLike, SupervisorsLike, combine, give_supervisors
from truing.supervisors._kinds import (
    JudgedSupervisor,
    PlantedSupervisor,
    RecordedSupervisor,
    Supervisor,
    TrainedSupervisor,
)
from truing.supervisors._labels import labels_of
from truing.supervisors._parse import parse_supervisor
from truing.supervisors._steps import LabelSteps
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels, supervisor
from truing.supervisors.composed import (
    POOLS,
    Combination,
    CombinedSupervisor,
    EasyToHard,
    EasyToHardSupervisor,
    Rule,
    agreed,
    filtered,
    learnable,
    pooled,
    score_sizes,
)
from truing.supervisors.probes import (
    Contrast,
    Direction,
    ElicitedSupervisor,
    Elicitor,
    Probe,
    contrast_of,
    fit_ccs,
    fit_coherence,
    fit_probe,
    nested_features,
)
from truing.supervisors.prompts import (
    Prompted,
    PromptedSupervisor,
    beliefs_of_answers,
    draw_shots,
    examples_text,
)

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
