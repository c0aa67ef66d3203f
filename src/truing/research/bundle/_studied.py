"""What was studied: problem, data, models, baseline and limits, from the configuration of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.oversight.spending import is_free
from truing.research._config import ResearchConfig
from truing.research._problem_config import ChooseProtocol, OversightContest, WeakToStrong
from truing.research.problems._choose_protocol import BASELINE as SIMULATED_BASELINE
from truing.wording import counted

NAIVE = "naive training"
VERDICT_FORMS = {
    "text": "text: probabilities that the judge writes",
    "logprobs": "logprobs: log-probabilities of the answers",
}
Line = tuple[str, Sequence[str]]
"""A label, and its values."""


def baseline_of(config: ResearchConfig) -> str:
    """The method or the protocol with which submissions are compared."""
    problem = config.problem
    if isinstance(problem, WeakToStrong):
        return NAIVE
    return problem.baseline if isinstance(problem, OversightContest) else SIMULATED_BASELINE


def studied(config: ResearchConfig) -> list[Line]:
    """What a research run studied, as labels with values."""
    problem = config.problem
    if isinstance(problem, WeakToStrong):
        lines = _weak_to_strong(problem)
    elif isinstance(problem, OversightContest):
        lines = _contest(problem)
    else:
        lines = _choose_protocol(problem)
    return [*lines, *_shared(config)]


def _weak_to_strong(problem: WeakToStrong) -> Iterator[Line]:
    yield "problem", ["weak-to-strong: a student learns from the labels of its weak supervisor"]
    yield "climb tasks", problem.climb
    yield "sealed items", ["other items of the climb tasks"]
    yield _others("other tasks", problem.other_tasks)
    yield "weak supervisor", [problem.weak]
    yield "strong student", [problem.strong]
    if problem.layers:
        yield "layers", [f"{name}: {features}" for name, features in problem.layers.items()]
    if problem.pools:
        yield "pools", problem.pools
    yield "baseline", [f"{NAIVE}: the student learns from the weak labels unchanged"]


def _contest(problem: OversightContest) -> Iterator[Line]:
    yield "problem", ["oversight: a judge decides questions with the help of debaters"]
    yield "question sets", problem.questions
    yield "sealed questions", ["about 40% of each question set; the others are of the tier climb"]
    yield _others("other question sets", problem.other_questions)
    if problem.limit is not None:
        yield "questions of each set", [f"{problem.limit} at most, from the start of the set"]
    yield "judge", [problem.judge]
    yield "debater", [problem.debater]
    yield "verdict form", [VERDICT_FORMS[problem.verdict]]
    yield "baseline protocol", [problem.baseline]
    yield "model calls", [f"{problem.most_calls} at most per play"]
    for role, (given, made) in problem.prices.items():
        yield f"price of {role}", [f"${given:g} input, ${made:g} output per million tokens"]
    yield "configured caps on calls", _caps(problem) or ["none"]
    if not (is_free(problem.judge) and is_free(problem.debater)):
        yield "spent on calls", ["not in the ledger, and so not in this folder"]


def _caps(problem: OversightContest) -> list[str]:
    """The hard caps on the models' calls."""
    dollars = [] if problem.spend is None else [f"${problem.spend:g}"]
    return dollars + ([] if problem.tokens is None else [f"{problem.tokens:,} tokens"])


def _choose_protocol(problem: ChooseProtocol) -> Iterator[Line]:
    yield "problem", ["choose-protocol: a simulated judge decides generated cases"]
    yield "cases", [f"{problem.cases} for each seed"]
    yield "judge", [f"skill {problem.skill:g}, budget {problem.budget}"]
    yield "baseline protocol", [SIMULATED_BASELINE]
    yield "model calls", [f"{problem.most_calls} at most per play"]


def _others(label: str, names: Sequence[str]) -> Line:
    return f"{label} ({len(names)})" if names else label, names or ["none"]


def _shared(config: ResearchConfig) -> Iterator[Line]:
    yield "seeds", [f"{config.problem.seeds} for each evaluation, drawn by the referee"]
    budget = config.budget
    each = counted(budget.each, "submission")
    yield "budget", [f"{each} for each researcher, {budget.all} for all together"]
    limits = ((budget.cpu_each, "for each researcher"), (budget.cpu_all, "for all together"))
    if cpu := [f"{seconds:,} s {whose}" for seconds, whose in limits if seconds is not None]:
        yield "processor time", cpu
