"""Testing: contract checks for extensions, to call from the tests of an extension.

Each check returns the conditions that it checked, and raises `ContractError` at the first
violation.
"""

from truing.testing._contract import Checked
from truing.testing._features import check_features
from truing.testing._folders import FolderTrial, check_folder
from truing.testing._games import check_game
from truing.testing._method_systems import honest_method_view
from truing.testing._methods import check_method
from truing.testing._monitors import check_monitor
from truing.testing._plants import check_plant
from truing.testing._protocol_views import honest_protocol_view
from truing.testing._protocols import check_protocol
from truing.testing._researchers import check_researcher
from truing.testing._small_views import honest_view
from truing.testing._students import check_student
from truing.testing._supervisors import check_supervisor
from truing.testing._tasks import check_task

__all__ = [
    "Checked",
    "FolderTrial",
    "check_features",
    "check_folder",
    "check_game",
    "check_method",
    "check_monitor",
    "check_plant",
    "check_protocol",
    "check_researcher",
    "check_student",
    "check_supervisor",
    "check_task",
    "honest_method_view",
    "honest_protocol_view",
    "honest_view",
]
