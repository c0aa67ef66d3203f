"""Stress tests: monitors of planted systems and their honest twins, and what they detect."""

from truing.stress._costs import REVIEWER, RequestCost, asks_models, request_costs
from truing.stress._method_monitor import Call, Context, MethodMonitor, MethodView
from truing.stress._monitor import (
    MONITORS,
    Changed,
    Head,
    Seen,
    StudyMonitor,
    Suspicion,
    View,
    monitor,
)
from truing.stress._plan import StressPlan, plan_stress
from truing.stress._power import power_rows
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView, SeenPlay, SeenTurn
from truing.stress._row import PowerRow, StressRow
from truing.stress._scene import Scene, Systems
from truing.stress._stress_test import MARK, StressTest

__all__ = [
    "MARK",
    "MONITORS",
    "REVIEWER",
    "Call",
    "Changed",
    "Context",
    "Head",
    "MethodMonitor",
    "MethodView",
    "PowerRow",
    "ProtocolMonitor",
    "ProtocolView",
    "RequestCost",
    "Scene",
    "Seen",
    "SeenPlay",
    "SeenTurn",
    "StressPlan",
    "StressRow",
    "StressTest",
    "StudyMonitor",
    "Suspicion",
    "Systems",
    "View",
    "asks_models",
    "monitor",
    "plan_stress",
    "power_rows",
    "request_costs",
]
