"""Supervisors: trained weak models, judges, recorded labels, planted noise."""

from truing.supervisors import _combination, _judged, _judgements, _noisy, _recorded  # noqa: F401  (registers the built-in supervisors)
from truing.supervisors._given import SupervisorLike, SupervisorsLike, give_supervisors
from truing.supervisors._kinds import (
    CombinedSupervisor,
    JudgedSupervisor,
    LabelSteps,
    PlantedSupervisor,
    RecordedSupervisor,
    Supervisor,
    TrainedSupervisor,
    parse_supervisor,
)
from truing.supervisors._labels import labels_of
from truing.supervisors._pool import POOLS, Combination, Rule
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels, supervisor

__all__ = [
    "POOLS",
    "SUPERVISORS",
    "Combination",
    "CombinedSupervisor",
    "JudgedSupervisor",
    "LabelSteps",
    "Labeler",
    "PlantedSupervisor",
    "RecordedSupervisor",
    "Rule",
    "Supervisor",
    "SupervisorLike",
    "SupervisorsLike",
    "TrainedSupervisor",
    "check_labels",
    "give_supervisors",
    "labels_of",
    "parse_supervisor",
    "supervisor",
]
