"""Run folders made by hand, in the form that runs leave, with whatever names a test wants."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from truing.measures import Difference, Estimate
from truing.research import ResearchReport, read_config
from truing.studies import DifferenceFromNaive, Help, Row, Shift, Study, WorstDomain

MACHINE = {"truing": "0.1.0", "python": "3.11", "platform": "Linux", "packages": {"numpy": "2.0"}}


def write(path: Path, *values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def figure(mean: float) -> dict[str, float]:
    return {"mean": mean, "sd": 0.01}


def diagnostics(assumption: str = "items are new") -> dict[str, Any]:
    part = {"assumptions": [{"assumption": assumption, "holds": True}]}
    return {
        "error_correction": dict.fromkeys(("corrected", "repeated", "broken"), figure(0.3)) | part,
        "capa": {"value": figure(0.2)},
        "misfit": {"misfit": figure(0.1), "slack": figure(0.0)},
        "calibration": {"brier": figure(0.2), "expected_calibration_error": figure(0.1)},
    }


def row(**changed: Any) -> Row:
    """A row of three seeds; PGR 0.5 [0.4, 0.6]."""
    fields = {
        "task": "digits",
        "weak": "pca-4",
        "strong": "spectral-16",
        "method": "naive",
        "regime": "heads on fixed features",
        "seeds": 3,
        "n_test": 539,
        "weak_accuracy": 0.7,
        "weak_low": 0.68,
        "weak_high": 0.72,
        "transfer_accuracy": 0.8,
        "transfer_low": 0.77,
        "transfer_high": 0.83,
        "ceiling_accuracy": 0.9,
        "ceiling_low": 0.88,
        "ceiling_high": 0.92,
        "pgr": 0.5,
        "pgr_low": 0.4,
        "pgr_high": 0.6,
        "pgr_sd": 0.1,
        "baseline": "pinned",
        "note": "",
        "simulated": False,
        "difference": None,
        "diagnostics": None,
        "help": None,
        "by_seed": {
            "weak": [0.68, 0.7, 0.72],
            "transfer": [0.78, 0.8, 0.82],
            "ceiling": [0.9, 0.9, 0.9],
        },
    }
    return Row(**{**fields, **changed})


def shifted(home: Row, worst: str = "", **domains: float | None) -> Row:
    """A row with results under shift: PGR by domain, each with an interval of 0.1 on both sides."""
    there = [
        replace(home, domain=name, **_pgr(value), difference=None)
        for name, value in domains.items()
    ]
    drops = [
        Estimate.point(None) if value is None or home.pgr is None else _around(home.pgr - value)
        for value in domains.values()
    ]
    known = {name: value for name, value in domains.items() if value is not None}
    lowest = worst or min(known, key=known.__getitem__, default="")
    found = None
    if lowest:
        value = known[lowest]
        found = WorstDomain(value, value - 0.15, value + 0.15, lowest)
    mean = _around(sum(known.values()) / len(known)) if known else Estimate.point(None)
    return replace(home, shift=Shift(tuple(there), tuple(drops), mean, found))


def _around(value: float) -> Estimate:
    return Estimate(value, value - 0.1, value + 0.1)


def _pgr(value: float | None) -> dict[str, float | None]:
    one = Estimate.point(None) if value is None else _around(value)
    return {"pgr": one.value, "pgr_low": one.low, "pgr_high": one.high}


def rows(name: str = "confidence", **changed: Any) -> list[Row]:
    """Naive and another method, with a comparison, diagnostics and help."""
    better = DifferenceFromNaive(0.05, 0.02, 0.08, 0.001, 0.002, "better")
    gain = Help("pca-4", Difference(0.3, 0.2, 0.4, 0.001), Difference(-0.1, -0.2, 0.0, 0.06))
    other = {"method": name, "difference": better, "help": gain, "weak": "pixel-debate"}
    return [row(**changed), row(**{**changed, "diagnostics": diagnostics(), **other})]


def study_folder(folder: Path, held: list[Row], license: str = "CC BY 4.0") -> Path:
    study = Study(tasks="digits", weak="pca-4", strong="spectral-16", methods="naive")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(study.model_dump_json())
    write(folder / "results.jsonl", *(one.to_json() for one in held))
    task = {"items": 1797, "choices": 10, "license": license, "origin": "UCI", "fingerprint": "0d"}
    seen = {"truth_seen_now": {"score": {"times": 1, "items": 539}}}
    write(folder / "environment.json", MACHINE | {"tasks": {held[0].task: task | seen}})
    return folder


def verdicts(protocol: str = "debate", group: str | None = None) -> list[dict[str, Any]]:
    """A blind judge that guesses, and one that a protocol helps; sixty verdicts."""
    made = []
    for number in range(20):
        about = {"question": f"q{number}", "truth": number % 2, "simulated": True, "group": group}
        guess = 0.4 + 0.01 * (number % 20)
        made.append(about | {"protocol": "blind", "belief": [guess, 1 - guess]})
        for argued in (0, 1):
            sure = 0.6 + 0.02 * (number % 18) - 0.1 * (argued != number % 2)
            belief = [sure, 1 - sure] if number % 2 == 0 else [1 - sure, sure]
            made.append(about | {"protocol": protocol, "belief": belief, "argued": argued})
    return made


def oversight_folder(folder: Path, held: list[dict[str, Any]], questions: str = "cases") -> Path:
    stated = {
        "protocols": {"blind": {}, "debate": {}},
        "questions": questions,
        "models": {"judge": ["truing/judge"]},
    }
    write(folder / "oversight.json", stated)
    write(folder / "judgements.jsonl", *held)
    write(folder / "environment.json", MACHINE | {"tasks": {questions: {"items": 20}}})
    return folder


def transcripts(folder: Path, held: list[dict[str, Any]], said: str = "For the mill.") -> Path:
    """Transcripts of the plays of an oversight folder: one speech each, except of the blind."""
    made = []
    for row in held:
        turn = {"round": 1, "speaker": "Debater A", "argues": 0, "said": said, "reasoning": "why"}
        turns = [] if row["protocol"] == "blind" else [turn]
        about = {"protocol": row["protocol"], "play": row["question"], "question": "Who did it?"}
        made.append(about | {"turns": turns})
    return write(folder / "transcripts.jsonl", *made)


def person_folder(folder: Path) -> Path:
    """A judge session: ada gives a verdict on twenty questions."""
    held = [one | {"judge": "person:ada"} for one in verdicts() if one["protocol"] == "blind"]
    oversight_folder(folder, held)
    stated = json.loads((folder / "oversight.json").read_text())
    models = {"judge": ["person"], "debater": ["truing/debater"]}
    write(folder / "oversight.json", stated | {"protocols": {"blind": {}}, "models": models})
    return folder


def finalist(task: str = "digits", **changed: Any) -> dict[str, Any]:
    def gain(task: str, value: float) -> dict[str, Any]:
        return {
            "task": task,
            "value": value,
            "low": value - 0.02,
            "high": value + 0.02,
            "p": 0.01,
            "accuracy": 0.9,
        }

    held = {
        "submission": 1,
        "researcher": "search",
        "kind": "composition",
        "content": "composition,targets=gce",
        "family": "gce",
        "claim": "it gains",
        "expected_effect": 0.02,
        "gains": {
            "climb": [gain(task, 0.04)],
            "sealed": [gain(task, 0.03)],
            "other_tasks": [gain("digits-parity", -0.01)],
        },
        "scores": {"climb": 0.04, "sealed": 0.03, "other_tasks": -0.01},
        "failures": {"climb": "", "sealed": "", "other_tasks": ""},
        "isolation": "",
        "p_holm": 0.03,
        "verdict": "better",
        "climb_tasks_only": True,
        "released": 0.04,
    }
    return {**held, **changed}


def research_folder(folder: Path, name: str = "search", **changed: Any) -> Path:
    problem = {
        "kind": "weak-to-strong",
        "climb": ["digits"],
        "other_tasks": ["digits-parity"],
        "weak": "pca-4",
        "strong": "spectral-64",
        "seeds": 3,
    }
    config = {"problem": problem, "budget": {"each": 4, "all": 4}}
    report = ResearchReport(
        researchers={name: 4},
        config=read_config(config),
        spent=4,
        failed=1,
        failures={"NaN": 1},
        families={"gce": 3, "harden": 1},
        entropy=0.81,
        isolation=(),
        progress=(),
        finalists=(),
        entries=12,
        head="c785",
    )
    progress = [
        {"evaluations": at, "released": 0.02 * (at > 2), "best": 0.01 * at} for at in (1, 2, 3, 4)
    ]
    told = {**report.to_json(), "progress": progress, "finalists": [finalist()], **changed}
    write(folder / "research.json", {"config": config, "researchers": ["search"]})
    write(folder / "report.json", {name: told})
    write(folder / "environment.json", MACHINE | {"simulated": False})
    return folder


def game_folder(folder: Path, name: str = "coin", note: str = "A coin.") -> Path:
    share = {"value": 0.52, "low": 0.45, "high": 0.59, "n": 200}
    published = [{"name": "wins.honest", "value": 0.5, "source": "Everybody 2024"}]
    outcome = {
        "game": name,
        "seed": 0,
        "wins": {"honest": share, "rounds": 4},
        "published": published,
        "notes": [note],
    }
    write(folder / "game.json", {"game": name, "arguments": {"tosses": 200}, "seed": 0})
    write(folder / "outcome.json", outcome)
    write(folder / "environment.json", MACHINE)
    return folder
