"""Testing: contract checks for methods, features and tasks that others write."""

from truing.testing._checks import ContractError, check_features, check_method, check_task

__all__ = ["ContractError", "check_features", "check_method", "check_task"]
