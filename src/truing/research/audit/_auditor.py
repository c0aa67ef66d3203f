"""Auditor: run all checks on a case."""

from __future__ import annotations

from collections.abc import Sequence

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit._finding import Audit, AuditFinding, correct, over_tasks
from truing.research.audit._runs import Tally
from truing.research.audit.checks import CHECKS


def audit_case(case: AuditCase, tally: Tally, checks: Sequence[Check] = CHECKS) -> Audit:
    """The audit of a case: one finding for each check, with p-values corrected over all tests.

    Args:
        case: the case.
        tally: counts the runs that the checks ask for.
        checks: the checks.
    """
    asked = [check for check in checks if _applies(check, case)]
    model_first = sorted(asked, key=lambda one: one.kind != "model")  # a wrong name costs no run
    by_name = {check.name: _ask(check, case) for check in model_first}
    found = [by_name[check.name] for check in asked]
    return Audit(case.number, correct(found), tally.runs, tally.usage, case.model)


def _applies(check: Check, case: AuditCase) -> bool:
    if check.kind == "model":
        return bool(case.model) and case.folder is not None
    if check.of_task is not None or check.runs:
        return bool(case.tasks)
    return case.folder is not None


def _ask(check: Check, case: AuditCase) -> AuditFinding:
    if check.of_task is None:
        return check.finding(_of_code(check, case))
    return over_tasks([check.finding(check.of_task(one)) for one in case.tasks])


def _of_code(check: Check, case: AuditCase) -> Outcome:
    """The outcome of a check of the code. Code that a rule cannot read is flagged."""
    assert check.of_code is not None, "a check has a question"
    try:
        return check.of_code(case)
    except (RecursionError, ArithmeticError, ValueError, MemoryError) as error:
        if check.kind != "rule":
            raise
        return Outcome(f"the rule cannot read this code: {type(error).__name__}", hit=True)
