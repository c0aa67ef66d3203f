"""Work: planning and execution of each kind of step, in one file per kind."""

from truing.studies.work._answers import AnswersPayload
from truing.studies.work._apply import ApplyPayload, apply_head, apply_step, pick_step
from truing.studies.work._ask import AskPayload, ask_elsewhere_step, ask_step
from truing.studies.work._best_of_n import BestOfNPayload, best_of_n_step
from truing.studies.work._block import BlockPayload
from truing.studies.work._choose import ChoicePayload, choose_step, chosen_training
from truing.studies.work._code import code_version, digest
from truing.studies.work._combine import CombinePayload, combine_elsewhere_step, combine_step
from truing.studies.work._diagnose import diagnose_step
from truing.studies.work._elicit import ElicitPayload, apply_probe_step, elicit_step
from truing.studies.work._extract import ExtractPayload, extract_step, read_features
from truing.studies.work._finetune import FinetunePayload, finetune_again, read_notes
from truing.studies.work._fit import FitPayload, fit_step
from truing.studies.work._given import Given, GivenLabels, GivenTruth, LearnPayload, OtherTask
from truing.studies.work._inherit import (
    InheritPayload,
    PlantedSteps,
    compare_inheritance_step,
    inherit_step,
)
from truing.studies.work._label import LabelPayload, label_step
from truing.studies.work._notices import read_notices
from truing.studies.work._on_test import OnTestPayload
from truing.studies.work._perform import add_work, perform
from truing.studies.work._plan_finetune import finetune_step
from truing.studies.work._plant import PlantPayload, plant_step
from truing.studies.work._score import ScorePayload, compare_step, score_step
from truing.studies.work._shift import read_shift, shift_step
from truing.studies.work._stack import stack_step
from truing.studies.work._train import TrainPayload, train_head_again, train_step
from truing.studies.work._uncertainty import uncertainty_step
from truing.studies.work._under_way import FinetuneNotes, FinetuneProgress, read_progress

__all__ = [
    "AnswersPayload",
    "ApplyPayload",
    "AskPayload",
    "BestOfNPayload",
    "BlockPayload",
    "ChoicePayload",
    "CombinePayload",
    "ElicitPayload",
    "ExtractPayload",
    "FinetuneNotes",
    "FinetunePayload",
    "FinetuneProgress",
    "FitPayload",
    "Given",
    "GivenLabels",
    "GivenTruth",
    "InheritPayload",
    "LabelPayload",
    "LearnPayload",
    "OnTestPayload",
    "OtherTask",
    "PlantPayload",
    "PlantedSteps",
    "ScorePayload",
    "TrainPayload",
    "add_work",
    "apply_head",
    "apply_probe_step",
    "apply_step",
    "ask_elsewhere_step",
    "ask_step",
    "best_of_n_step",
    "choose_step",
    "chosen_training",
    "code_version",
    "combine_elsewhere_step",
    "combine_step",
    "compare_inheritance_step",
    "compare_step",
    "diagnose_step",
    "digest",
    "elicit_step",
    "extract_step",
    "finetune_again",
    "finetune_step",
    "fit_step",
    "inherit_step",
    "label_step",
    "perform",
    "pick_step",
    "plant_step",
    "read_features",
    "read_notes",
    "read_notices",
    "read_progress",
    "read_shift",
    "score_step",
    "shift_step",
    "stack_step",
    "train_head_again",
    "train_step",
    "uncertainty_step",
]
