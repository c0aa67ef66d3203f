"""A wrong call from Python is one line that says what is allowed."""

from __future__ import annotations

import pytest

import truing
from truing.errors import CallError, UserError
from truing.research import Budget, ResearchConfig, WeakToStrong

FRAME = {"tasks": "digits", "weak": "pca-4", "strong": "pca-16", "methods": "naive"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: truing.Game("prover-verifier", argumnts={}),
            r"unknown argument 'argumnts' of Game; did you mean arguments\? \(allowed: name, arg",
        ),
        (
            lambda: truing.Oversight(protocols="blind"),
            r"Oversight needs the argument 'questions'; write Oversight\(protocols=\.\.\., quest",
        ),
        (
            lambda: truing.Oversight(protocols="blind", question="cases"),
            r"unknown argument 'question' of Oversight; did you mean questions",
        ),
        (
            lambda: truing.ResearchRun(researchers="search", trial=3),
            r"unknown argument 'trial' of ResearchRun; did you mean trials\?",
        ),
        (lambda: truing.LocalEngine(worker=2), r"'worker' of LocalEngine; did you mean workers\?"),
        (
            lambda: truing.run(truing.Study(**FRAME), workers=2),
            r"argument 'workers' of run\(Study, \.\.\.\); pass engine=truing.LocalEngine\(2\)",
        ),
        (lambda: truing.Method(target=max), r"'target' of Method; did you mean targets"),
        (lambda: truing.Study("digits", "pca-4"), "Study takes named arguments only, got 2; write"),
        (
            lambda: truing.Game("prover-verifier", {}, 1, 2),
            "Game takes at most 3 positional arguments, got 4",
        ),
        (lambda: truing.Game("prover-verifier", name="x"), "Game got two values of 'name'"),
        (lambda: truing.EstimatorStudent(), "EstimatorStudent needs the argument 'estimator'"),
        (lambda: ResearchConfig(finalist=3), "'finalist' of ResearchConfig; did you mean finalis"),
        (lambda: Budget(20), "Budget takes named arguments only: each=..., all=..., ..."),
    ],
)
def test_an_unknown_missing_or_surplus_argument_is_one_line(call, message):
    with pytest.raises(CallError, match=message) as found:
        call()
    assert isinstance(found.value, TypeError)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: truing.LocalEngine("two"), "workers must be an integer or None, got 'two'"),
        (lambda: truing.Game("prover-verifier", seed="a"), "seed must be an integer, got 'a'"),
        (lambda: truing.ResearchRun(researchers="random", trials=0), "trials must be an integer, "),
        (lambda: truing.load(3), "folder must be the path of a run folder, got 3"),
        (lambda: truing.Store(3), "location must be the path of a folder or a URL, got 3"),
        (lambda: truing.run(truing.Game("prover-verifier"), out=3), "out must be the path of a fo"),
        (lambda: WeakToStrong(weak=["pca-4", "pca-8"]), "a research run has exactly one, got 2"),
        (lambda: truing.method(max), r'the decorator needs a name: @truing.method\("my-name"\)'),
    ],
)
def test_a_value_of_another_type_is_one_line(call, message):
    with pytest.raises(UserError, match=message) as found:
        call()
    assert "\n" not in str(found.value)


def test_a_right_call_is_unchanged():
    assert truing.LocalEngine(2).workers == truing.LocalEngine(workers=2).workers == 2
    assert truing.Study(**FRAME).methods == ("naive",)
    assert truing.ResearchRun(researchers="random", trials=7).config.budget.each == 7
