"""Kinds of run and the names of their files, which no other module defines."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from truing.run_files import (
    ABOUT,
    COMPARISON_PAGE,
    ENVIRONMENT,
    GAMES,
    LEDGER,
    LEDGER_LOG,
    LOSSES,
    NOTES,
    PARTIAL,
    POWER,
    PRESSURE,
    PROGRESS,
    REPORT,
    REQUESTS,
    RESEARCH_CONFIG,
    RESEARCH_REPORT,
    SPENDING,
    STOPPING,
    TRANSCRIPTS,
)
from truing.stress import StressTest
from truing.studies import Study


@dataclass(frozen=True)
class RunKind:
    """The files of a run folder.

    Attributes:
        name: study, oversight, research, referee, game, stress or comparison.
        configuration: file of the configuration; it claims the folder.
        results: file of the results, written last; a run without it is not finished. Empty if the
            configuration contains the results.
        fields: fields of the configuration that this version writes.
        others: other files that the run writes.
    """

    name: str
    configuration: str
    results: str
    fields: frozenset[str] = frozenset()
    others: tuple[str, ...] = (ENVIRONMENT,)


STUDY = RunKind(
    "study", "study.json", "results.jsonl", frozenset(Study.model_fields), (ENVIRONMENT, LOSSES)
)
OVERSIGHT = RunKind(
    "oversight",
    "oversight.json",
    "judgements.jsonl",
    frozenset(
        {
            "protocols",
            "questions",
            "fingerprint",
            "code",
            "prompts",
            "models",
            "limit",
            "swap",
            "play",
            "pressure",
            "replay",
            "tournament",
            "stop",
        }
    ),
    (TRANSCRIPTS, GAMES, PRESSURE, REQUESTS, SPENDING, STOPPING, ENVIRONMENT),
)
RESEARCH = RunKind(
    "research",
    RESEARCH_CONFIG,
    RESEARCH_REPORT,
    frozenset({"config", "researchers", "agents", "served"}),
    (SPENDING, ENVIRONMENT),
)
GAME = RunKind("game", "game.json", "outcome.json", frozenset({"game", "arguments", "seed"}))
STRESS = RunKind(
    "stress",
    "stress.json",
    "detections.jsonl",
    frozenset({"planted", *StressTest.model_fields}),
    (POWER, ENVIRONMENT),
)
REFEREE = RunKind("referee", LEDGER, "", others=())  # a served research run
COMPARISON = RunKind(
    "comparison",
    "comparison.json",
    "",
    frozenset({"kind", "runs", "settings", "compared", "unchanged", "alone"}),
    (COMPARISON_PAGE,),
)

RUN_KINDS = (STUDY, OVERSIGHT, RESEARCH, GAME, STRESS, REFEREE)
"""Kinds of run, in the order in which a folder is searched for them."""
KINDS = {kind.name: kind for kind in (*RUN_KINDS, COMPARISON)}
"""All kinds of run by name, and comparisons."""

LEDGER_FILES = (LEDGER, LEDGER_LOG)
"""Files that change when the ledger changes."""
WATCHED = frozenset(
    {name for kind in RUN_KINDS for name in (kind.configuration, kind.results) if name}
    | {
        *LEDGER_FILES,
        TRANSCRIPTS,
        PRESSURE,
        GAMES,
        POWER,
        ENVIRONMENT,
        REPORT,
        PROGRESS,
        ABOUT,
        NOTES,
        PARTIAL,
    }
)
"""Files that change when the run changes."""

PERSON = "person"  # model of the judge in the configuration, if people judge


def kind_among(names: Container[str]) -> RunKind | None:
    """The kind of run whose configuration file is among some file names, or None."""
    return next((kind for kind in RUN_KINDS if kind.configuration in names), None)
