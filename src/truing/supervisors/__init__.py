"""Supervisors: trained weak models, judges, recorded labels, planted noise."""

from truing.supervisors import _judged, _judgements, _noisy, _recorded  # noqa: F401  (registers the built-in ones)
from truing.supervisors._supervisor import (
    SUPERVISORS,
    Labeller,
    Supervisor,
    check_labels,
    parse_supervisor,
    supervisor,
)

__all__ = [
    "SUPERVISORS",
    "Labeller",
    "Supervisor",
    "check_labels",
    "parse_supervisor",
    "supervisor",
]
