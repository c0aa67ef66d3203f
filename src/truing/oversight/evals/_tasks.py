"""Tasks: each protocol as an Inspect task, `inspect eval truing/debate -T task=FILE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model._model import active_model, model_roles

from truing.errors import UserError
from truing.oversight._check_prompts import check_prompts
from truing.oversight._play_options import PlayOptions
from truing.oversight.evals._samples import samples_of
from truing.oversight.evals._solver import oversight, verdict
from truing.oversight.prompts import give_prompts
from truing.oversight.questions import QuestionSet, load_questions
from truing.oversight.rules import PROTOCOLS, fill_roles, setups
from truing.specification import Specification


def oversight_task(
    protocol: str,
    questions: QuestionSet,
    *,
    asked: Sequence[int] | None = None,
    swap: bool = False,
    cache: bool = False,
    options: PlayOptions | None = None,
    names: Mapping[str, list[str]] | None = None,
) -> Task:
    """An Inspect task that plays a protocol on questions of a set.

    Args:
        protocol: specification, such as `debate,rounds=2`.
        questions: question set.
        asked: places of the questions to play, each with all its plays; None for all.
        swap: whether to play everything again with the answers in reverse order.
        cache: whether to cache replies and to use cached replies.
        options: settings of the plays.
        names: names of the models to record, by bound role; by default Inspect's names.
    """
    built = PROTOCOLS.build(protocol)
    samples = samples_of(questions, asked, lambda one: setups(built.value, one, swap))
    return Task(
        dataset=samples,
        solver=oversight(
            built.label,
            cache,
            questions.simulated,
            options.to_json() if options else None,
            dict(names) if names else None,
        ),
        scorer=verdict(),
        sandbox=options.sandbox or None if options else None,
        name=built.label.replace(",", " ").replace("/", "-"),
        metadata={
            "protocol": built.label,
            "questions": questions.name,
            "fingerprint": questions.fingerprint,
        },
    )


Options = str | list[str]
"""A specification; Inspect's command line splits a value with commas into a list."""


def _from_options(name: str, questions: Options, swap: bool, rules: dict[str, Any]) -> Task:
    """A task from `-T` options; unknown options but `prompts` are arguments of the protocol.

    Raises:
        PrerequisiteError: an option is wrong; Inspect prints this error without a traceback.
    """
    prompts = rules.pop("prompts", "")
    given = str(Specification(name, {key: str(value).lower() for key, value in rules.items()}))
    try:
        options = PlayOptions(prompts=give_prompts(prompts))
        if active_model():  # inside an evaluation: report errors once, not for each sample
            fill_roles(PROTOCOLS.build(given).value, model_roles())
        loaded = load_questions(_joined(questions))
        check_prompts(options.prompts, [PROTOCOLS.build(given).value], loaded.questions)
        return oversight_task(given, loaded, swap=swap, options=options)
    except UserError as error:
        raise PrerequisiteError(str(error)) from None


def _joined(option: Options) -> str:
    return option if isinstance(option, str) else ",".join(map(str, option))


@task
def blind(task: Options, swap: bool = False, **rules: Any) -> Task:
    """The judge alone, without the hidden text."""
    return _from_options("blind", task, swap, rules)


@task
def expert(task: Options, swap: bool = False, **rules: Any) -> Task:
    """The judge alone, with the hidden text."""
    return _from_options("expert", task, swap, rules)


@task
def consultancy(task: Options, swap: bool = False, **rules: Any) -> Task:
    """One consultant argues for an answer."""
    return _from_options("consultancy", task, swap, rules)


@task
def debate(task: Options, swap: bool = False, **rules: Any) -> Task:
    """A debater argues for each answer."""
    return _from_options("debate", task, swap, rules)


@task
def propaganda(task: Options, swap: bool = False, **rules: Any) -> Task:
    """One argument for each answer."""
    return _from_options("propaganda", task, swap, rules)


@task
def critique(task: Options, swap: bool = False, **rules: Any) -> Task:
    """An argument and its critique."""
    return _from_options("critique", task, swap, rules)


@task
def self_critique(task: Options, swap: bool = False, **rules: Any) -> Task:
    """An argument, and a critique by its author."""
    return _from_options("self-critique", task, swap, rules)


@task
def market_making(task: Options, swap: bool = False, **rules: Any) -> Task:
    """A market forecasts the verdict, and an adversary moves the forecast."""
    return _from_options("market-making", task, swap, rules)


@task
def prover_estimator(task: Options, swap: bool = False, **rules: Any) -> Task:
    """A prover divides a claim, an estimator states probabilities, the prover challenges one."""
    return _from_options("prover-estimator", task, swap, rules)


@task
def protocol(rules: Options, task: Options, swap: bool = False, prompts: str = "") -> Task:
    """Any protocol by its specification: `-T rules=my_protocol.py:name`."""
    return _from_options(_joined(rules), task, swap, {"prompts": prompts})
