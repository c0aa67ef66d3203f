"""Studies: a grid becomes a plan, an engine runs what the store does not hold, rows come out."""

from truing.studies._class_balance import ClassBalance, RoleBalance
from truing.studies._curves import Curve
from truing.studies._follow import Watcher
from truing.studies._place import write_whole
from truing.studies._plan import Plan, make_plan
from truing.studies._row import Difference, Gain, Help, Row, make_rows, with_verdict
from truing.studies._run import Run, Work, complete, run_plan
from truing.studies._step import Resources, Step
from truing.studies._store import Store
from truing.studies._study import Study
from truing.studies.engines import Engine, LocalEngine, RayEngine

__all__ = [
    "ClassBalance",
    "Curve",
    "Difference",
    "Engine",
    "Gain",
    "Help",
    "LocalEngine",
    "Plan",
    "RayEngine",
    "Resources",
    "RoleBalance",
    "Row",
    "Run",
    "Step",
    "Store",
    "Study",
    "Watcher",
    "Work",
    "complete",
    "make_plan",
    "make_rows",
    "run_plan",
    "with_verdict",
    "write_whole",
]
