"""Glossary: explanations of the terms and of the names that a report uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from truing.errors import TruingError
from truing.given import is_object
from truing.registry import FILE, Registry
from truing.runs import GAME, OVERSIGHT, RESEARCH, STRESS, STUDY, FoundRun, as_object, as_texts
from truing.specification import Specification

SHARED = {
    "95% interval": "A range that contains the true value in 95 of 100 repetitions of the run.",
    "Holm-corrected": (
        "p-values are raised so that the chance of any false verdict in the whole run is at most "
        "5% (Holm 1979)."
    ),
    "inconclusive": "The corrected p-value is 0.05 or more: the data do not show a difference.",
}
STUDY_TERMS = {
    "PGR": (
        "Performance gap recovered: (transfer - weak) / (ceiling - weak). 0 is the weak "
        "supervisor, 1 is the ceiling (Burns et al. 2023)."
    ),
    "transfer": (
        "Accuracy, or the metric of the study, of the student that learned from the weak labels."
    ),
    "ceiling": (
        "Accuracy of the same student, trained on the ground truth of the same items under the "
        "same budget."
    ),
    "weak supervisor": "The model or the judge whose labels train the student.",
    "student": "The stronger model, which learns from weak labels only.",
    "naive": "Training on the weak labels unchanged, with which all methods are compared.",
    "controls": (
        "Methods with a known result: an upper control sees the ground truth, a lower control sees "
        "labels that belong to other items."
    ),
    "pinned": "PGR uses the mean weak and ceiling accuracy over all seeds.",
    "paired": "PGR uses the weak and ceiling accuracy of the same seed.",
    "majority rate": "Accuracy of always naming the most common class.",
    "AUROC": "Area under the receiver operating characteristic: 0.5 is chance, 1 is perfect.",
}
SHIFT_TERMS = {
    "home": "The test items of the task itself, on which supervisor and students learned.",
    "domain": "Test items under a shift: of another task, or kept out of home by a condition.",
    "worst": "The domain with the lowest PGR, with an interval for the lowest true PGR.",
    "drop": "PGR at home minus PGR in a domain.",
    "home ceiling": "The ceiling trained at home, scored in the domain.",
    "local ceiling": "A ceiling trained on the ground truth of the domain's learn split.",
}
PLANTED_TERMS = {
    "planted": "Misbehaviour was planted on purpose: the system is a model organism.",
    "honest twin": "The same student with the same method and seeds, without planted errors.",
    "inheritance": (
        "Share of the items that the plant changes on which the student gives the planted answer "
        "and is wrong, minus that of its honest twin."
    ),
    "planted labels": "The labels that the student learns, in which the plant changes answers.",
    "strength": "How much misbehaviour a plant adds, from 0 to 1.",
}
JUDGED_TERMS = {
    "ASD": (
        "Agent score difference: an agent's score when it argues for the truth, minus its score "
        "when it argues for a falsehood (Sudhir et al. 2025)."
    ),
    "JSE": (
        "Judge score expectation: the judge's expected score if agents choose which answer they "
        "argue for (Sudhir et al. 2025)."
    ),
    "ASE": (
        "Agent score expectation: the expected score of an agent that chooses which answer it "
        "argues for (Sudhir et al. 2025)."
    ),
    "Elo": "Rating from games: an agent with 400 points more wins ten of eleven games.",
    "macro-F1": (
        "Mean F1 score over the classes of verdicts, such as right and wrong argued answers."
    ),
    "obfuscation": (
        "Share of plays in which the judge is right without help and wrong after a speaker argued "
        "for a wrong answer."
    ),
    "critic advantage": (
        "How much better the critic separates right from wrong answers than the judge without "
        "help, as a difference of AUROCs."
    ),
    "Brier": "Squared distance between belief and truth: 0 is best, 2 is worst.",
    "ECE": "Expected calibration error: mean distance between confidence and accuracy.",
    "blind": "The protocol without help and without the hidden text, the lower reference.",
    "hidden text": "Evidence that the speakers can read and the judge cannot.",
}
RESEARCH_TERMS = {
    "climb": "Tier of items on which submissions are scored during the run.",
    "sealed": "Tier of items that are scored once, at the end.",
    "other tasks": "Tier of tasks that the researchers never see, scored once, at the end.",
    "finalist": "One of the best submissions, which are scored on sealed items and other tasks.",
    "climb tasks only": "Gains on a climb task, but on no other task, or loses on another task.",
    "ledger": "The hash-chained record of all submissions and scores.",
}
STRESS_TERMS = {
    "model organisms": "Systems in which misbehaviour was planted on purpose, to measure monitors.",
    "honest twin": "The same system with the same seed and without the plant.",
    "honest reference systems": (
        "Honest systems with other seeds. An alarm compares a system with them."
    ),
    "strength": "Size of the planted misbehaviour, from 0 (the honest twin) to 1.",
    "smallest strength": (
        "Strength from which the wanted share of planted systems raises an alarm: a monotone fit "
        "over the tested strengths. Its interval is that of exact tests in a fixed order."
    ),
    "power": "Share of the planted systems that raise an alarm.",
    "false alarms": "Share of honest systems that raise an alarm.",
    "AUROC": (
        "Area under the receiver operating characteristic: the probability that a planted system "
        "is more suspicious than an honest twin. 0.5 is chance, 1 is perfect."
    ),
    "audits": "Items whose ground truth is looked up, in the order of suspicion.",
    "combined": (
        "A logistic model of the suspicions of all monitors, fitted on the other plants only."
    ),
}
GAME_TERMS = {"exact": "Computed from all cases, without sampling, so there is no interval."}
COMPARED_TERMS = {
    **SHARED,
    "paired": "Both runs have the same test items and, in studies, the same seeds.",
    "unpaired": "The runs are treated as independent, so the interval is wider.",
    "transfer": STUDY_TERMS["transfer"],
    "ceiling": STUDY_TERMS["ceiling"],
    **SHIFT_TERMS,
}
TERMS = {
    STUDY.name: {**STUDY_TERMS, **SHIFT_TERMS, **PLANTED_TERMS, **SHARED},
    OVERSIGHT.name: {**JUDGED_TERMS, **SHARED},
    RESEARCH.name: {**RESEARCH_TERMS, **SHARED},
    STRESS.name: {**STRESS_TERMS, "95% interval": SHARED["95% interval"]},
    GAME.name: {**GAME_TERMS, "95% interval": SHARED["95% interval"]},
}
"""Terms of each kind of report."""


@dataclass(frozen=True)
class Glossary:
    """Explanations in one line each.

    Attributes:
        terms: words of the report.
        names: methods, supervisors, students, protocols, games, plants and monitors of the run.
    """

    terms: Mapping[str, str]
    names: Mapping[str, str]

    @cached_property
    def every(self) -> dict[str, str]:
        """All explanations; a name is explained as a name."""
        return {**self.terms, **self.names}

    def used(self, text: str) -> Glossary:
        """The names, and the terms that a text contains."""
        found = {one[0] for one in self.pattern.finditer(text)}
        return Glossary(
            {term: self.terms[term] for term in self.terms if term in found}, self.names
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds each term and each name in a text, longer ones first."""
        words = sorted(self.every, key=len, reverse=True)
        either = "|".join(map(re.escape, words)) or r"(?!)"
        return re.compile(rf"(?<![\w-])(?:{either})(?![\w-]|==|[<>])")  # not in a condition


def glossary_of(run: FoundRun) -> Glossary:
    """The glossary of a run. No code that the run folder names is executed."""
    found: dict[str, str] = {}
    for registry, names in _used_registries(run):
        for name in names:
            text = _description(registry, name)
            if text:
                found[name] = text
    return Glossary(TERMS[run.kind.name], found)


def _used_registries(run: FoundRun) -> Iterator[tuple[Registry[Any], Iterable[str]]]:
    """Registries, and the names of the run that they may contain."""
    stated = run.configuration
    if run.kind is STUDY:
        from truing.methods import METHODS
        from truing.plants import PLANTS
        from truing.students.features import FEATURES
        from truing.supervisors import SUPERVISORS

        rows = run.rows
        yield METHODS, dict.fromkeys(row.method for row in rows)
        yield PLANTS, dict.fromkeys(one.plant for row in rows for one in row.planted)
        yield SUPERVISORS, dict.fromkeys(row.weak for row in rows)
        yield FEATURES, dict.fromkeys(name for row in rows for name in (row.weak, row.strong))
    elif run.kind is OVERSIGHT:
        from truing.oversight.protocols import PROTOCOLS

        yield PROTOCOLS, as_object(stated.get("protocols"))
    elif run.kind is RESEARCH:
        from truing.research.researchers import RESEARCHERS
        from truing.students.features import FEATURES

        problem = as_object(as_object(stated.get("config")).get("problem"))
        yield RESEARCHERS, as_texts(stated.get("researchers"))
        yield FEATURES, as_texts([str(problem[n]) for n in ("weak", "strong") if n in problem])
    elif run.kind is STRESS:
        from truing.plants import PLANTS
        from truing.stress import MONITORS

        yield PLANTS, dict.fromkeys(row.plant for row in run.detections)
        yield MONITORS, dict.fromkeys(row.monitor for row in run.detections)
    else:
        from truing.oversight.games import GAMES

        yield GAMES, as_texts(stated.get("game"))


def _description(registry: Registry[Any], name: str) -> str:
    """Description of a registered name; empty for files, given objects and unknown names."""
    try:
        head = Specification.parse(name).name
        if is_object(head) or FILE.fullmatch(head) or not registry.contains(head):
            return ""
        return registry.find(head)[0].description
    except TruingError:
        return ""
