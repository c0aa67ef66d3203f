"""Testing: contract checks for methods, features, tasks and protocols of other packages."""

from truing.testing._checks import check_features, check_method, check_task
from truing.testing._protocols import check_protocol

__all__ = ["check_features", "check_method", "check_protocol", "check_task"]
