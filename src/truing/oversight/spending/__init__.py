"""Spending: prices, caps, and the ledger of what the calls of a run cost."""

from truing.oversight.spending._budget import Budget, CapReached
from truing.oversight.spending._ledger import Ledger
from truing.oversight.spending._prices import Prices, check_caps, check_priced, is_free, price_of
from truing.oversight.spending._shared_budget import SharedBudget
from truing.oversight.spending._spending import Charge, RoleSpending, Spending, read_spending

__all__ = [
    "Budget",
    "CapReached",
    "Charge",
    "Ledger",
    "Prices",
    "RoleSpending",
    "SharedBudget",
    "Spending",
    "check_caps",
    "check_priced",
    "is_free",
    "price_of",
    "read_spending",
]
