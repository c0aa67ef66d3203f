"""Studies: plan a grid, run the steps that are not stored on an engine, and make result rows."""

from truing.studies._by_role import ROLE_NAMES
from truing.studies._chain import ChainPlanner
from truing.studies._class_balance import ClassBalance, RoleBalance
from truing.studies._complete import complete
from truing.studies._curves import LossCurve
from truing.studies._difference import DifferenceFromNaive, Help
from truing.studies._flat import flat_planted, flat_rows, flat_shifts
from truing.studies._follow import Watcher
from truing.studies._graph import StepGraph
from truing.studies._make_rows import make_rows, with_verdict
from truing.studies._measure import Measure, Measuring, measured_if_stored, measured_in
from truing.studies._objects import objects_of, store_objects
from truing.studies._over_tasks import TaskMean, means_over_tasks
from truing.studies._partial import PartialRows
from truing.studies._penalty import Penalty
from truing.studies._place import write_whole
from truing.studies._plan import Plan, make_plan
from truing.studies._plan_line import PlanLine
from truing.studies._planted import TRIGGERED, World
from truing.studies._planted_row import InheritanceDifference, PlantedRow, Rates
from truing.studies._reading import Reading
from truing.studies._row import (
    HOME,
    METRIC_NAMES,
    UNSTATED_CONTROLS,
    Ceiling,
    Row,
    Shift,
    WorstDomain,
)
from truing.studies._run import Run, Work, run_plan
from truing.studies._step import Job, Payload, Resources, Step, make_job
from truing.studies._store import Store
from truing.studies._stressed import Stress, Stressed, give_stress, parse_stressed
from truing.studies._study import Study
from truing.studies._training_memory import TrainingNeed, training_needs
from truing.studies._unanswerable import Unanswerable
from truing.studies._validated import LearningRate, StoppedAt
from truing.studies.engines import Engine, LocalEngine, RayEngine

__all__ = [
    "HOME",
    "METRIC_NAMES",
    "ROLE_NAMES",
    "TRIGGERED",
    "UNSTATED_CONTROLS",
    "Ceiling",
    "ChainPlanner",
    "ClassBalance",
    "DifferenceFromNaive",
    "Engine",
    "Help",
    "InheritanceDifference",
    "Job",
    "LearningRate",
    "LocalEngine",
    "LossCurve",
    "Measure",
    "Measuring",
    "PartialRows",
    "Payload",
    "Penalty",
    "Plan",
    "PlanLine",
    "PlantedRow",
    "Rates",
    "RayEngine",
    "Reading",
    "Resources",
    "RoleBalance",
    "Row",
    "Run",
    "Shift",
    "Step",
    "StepGraph",
    "StoppedAt",
    "Store",
    "Stress",
    "Stressed",
    "Study",
    "TaskMean",
    "TrainingNeed",
    "Unanswerable",
    "Watcher",
    "Work",
    "World",
    "WorstDomain",
    "complete",
    "flat_planted",
    "flat_rows",
    "flat_shifts",
    "give_stress",
    "make_job",
    "make_plan",
    "make_rows",
    "means_over_tasks",
    "measured_if_stored",
    "measured_in",
    "objects_of",
    "parse_stressed",
    "run_plan",
    "store_objects",
    "training_needs",
    "with_verdict",
    "write_whole",
]
