"""Evals: protocols as Inspect tasks, and the embedded agents as a model provider.

Importing this package imports Inspect, which takes two seconds. Inspect finds the package by its
entry point.
"""

from truing.oversight.agents import _provider  # noqa: F401  (registers the provider)
from truing.oversight.evals._ask_once import ask_once
from truing.oversight.evals._bind_models import bind_models, plain_message
from truing.oversight.evals._charge import calling, charged_to
from truing.oversight.evals._client import Kept
from truing.oversight.evals._given_model import give_model
from truing.oversight.evals._host import InspectHost
from truing.oversight.evals._notebook import check_loop, without_widgets
from truing.oversight.evals._oversee import Folders, Watching, oversee
from truing.oversight.evals._rejudge import rejudge
from truing.oversight.evals._solver import oversight, sample_metadata, setup_of, verdict
from truing.oversight.evals._tasks import (
    blind,
    consultancy,
    critique,
    debate,
    expert,
    market_making,
    oversight_task,
    propaganda,
    protocol,
    prover_estimator,
    self_critique,
)

__all__ = [
    "Folders",
    "InspectHost",
    "Kept",
    "Watching",
    "ask_once",
    "bind_models",
    "blind",
    "calling",
    "charged_to",
    "check_loop",
    "consultancy",
    "critique",
    "debate",
    "expert",
    "give_model",
    "market_making",
    "oversee",
    "oversight",
    "oversight_task",
    "plain_message",
    "propaganda",
    "protocol",
    "prover_estimator",
    "rejudge",
    "sample_metadata",
    "self_critique",
    "setup_of",
    "verdict",
    "without_widgets",
]
