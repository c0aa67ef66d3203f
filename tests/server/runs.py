"""Run folders as they lie on a disk: written by hand, so that each part can be anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from truing.research import Ledger


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def write_lines(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def study_row(method: str = "naive", **other: Any) -> dict[str, Any]:
    figures = {"weak": (0.6, 0.55, 0.65), "transfer": (0.7, 0.66, 0.74), "ceiling": (0.9, 0.8, 1.0)}
    row: dict[str, Any] = {
        "task": "digits",
        "weak": "pca-4",
        "strong": "spectral-16",
        "method": method,
        "regime": "heads on fixed features",
        "seeds": 3,
        "n_test": 500,
        "pgr": 0.33,
        "pgr_low": 0.2,
        "pgr_high": 0.5,
        "pgr_sd": 0.1,
        "baseline": "pinned",
        "note": "",
        "simulated": False,
        "difference": None,
        "diagnostics": None,
        "help": None,
    }
    for role, (value, low, high) in figures.items():
        row |= {f"{role}_accuracy": value, f"{role}_low": low, f"{role}_high": high}
    return row | other


def make_study(folder: Path, rows: list[Any] | None = None, **other: Any) -> Path:
    study = {
        "tasks": ["digits"],
        "weak": ["pca-4"],
        "strong": ["spectral-16"],
        "methods": ["naive", "confidence"],
        "seeds": 3,
        "baseline": "pinned",
        "diagnostics": False,
    }
    write_json(folder / "study.json", study | other)
    if rows is None:
        difference = {
            "value": 0.05,
            "low": 0.01,
            "high": 0.09,
            "p": 0.01,
            "p_holm": 0.02,
            "verdict": "better",
        }
        rows = [study_row(), study_row("confidence", transfer_accuracy=0.75, difference=difference)]
    write_lines(folder / "results.jsonl", rows)
    data = {"digits": {"items": 1797, "license": "CC BY 4.0", "origin": "UCI", "fingerprint": "f0"}}
    about = {"truing": "0.1.0", "tasks": data, "packages": {"a": "1"}}
    write_json(folder / "environment.json", about)
    return folder


def judgement(question: str = "q1", protocol: str = "debate", **other: Any) -> dict[str, Any]:
    return {
        "question": question,
        "cluster": question,
        "choices": ["Oak", "Elm"],
        "group": None,
        "protocol": protocol,
        "judge": "truing/judge",
        "agent": "truing/debater",
        "argued": None,
        "belief": [0.8, 0.2],
        "rounds": [],
        "swapped": False,
        "judges_unread": 0,
        "quotes_verified": 1,
        "quotes_near": 1,
        "quotes_false": 0,
        "words_cut": 0,
        "calls": 3,
        "simulated": True,
        "truth": 0,
    } | other


def turn(number: int, speaker: str, said: str, **other: Any) -> dict[str, Any]:
    return {
        "round": number,
        "speaker": speaker,
        "argues": 0,
        "said": said,
        "reasoning": "",
        "quotes": [],
    } | other


SAID = "It is Oak: <v_quote>the oak stood</v_quote> and <u_quote>the elm fell</u_quote>."
QUOTES = [
    {"text": "the oak stood", "verified": True, "nearest": ""},
    {"text": "the elm fell", "verified": False, "nearest": "the elm stood"},
]


def debate(play: str = "q1", protocol: str = "debate", **other: Any) -> dict[str, Any]:
    turns = [
        turn(1, "Debater A", SAID, quotes=QUOTES, reasoning="I doubt that it is Oak."),
        turn(1, "Debater B", "It is Elm.", argues=1),
        turn(1, "Judge", "Why Oak?", argues=None),
        turn(2, "Debater A", "Because."),
    ]
    asked = "Which tree is it?"
    return {"protocol": protocol, "play": play, "question": asked, "turns": turns} | other


def make_oversight(
    folder: Path, rows: list[Any] | None = None, plays: list[Any] | None = None, **other: Any
) -> Path:
    rows = [judgement(f"q{i}") for i in range(1, 5)] if rows is None else rows
    protocols = {row["protocol"]: {"name": row["protocol"]} for row in rows}
    stated = {
        "protocols": protocols or {"debate": {}},
        "questions": "trees.jsonl",
        "fingerprint": "f",
        "code": "c",
        "models": {"judge": ["truing/judge"]},
        "limit": None,
        "swap": False,
    }
    write_json(folder / "oversight.json", stated | other)
    plays = [debate(row["question"], row["protocol"]) for row in rows] if plays is None else plays
    write_lines(folder / "transcripts.jsonl", plays)
    write_lines(folder / "judgements.jsonl", rows)
    write_json(folder / "environment.json", {"truing": "0.1.0"})
    (folder / "logs").mkdir(exist_ok=True)
    return folder


def gain(task: str, value: float) -> dict[str, Any]:
    return {
        "task": task,
        "accuracy": 0.9,
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "p": 0.001,
    }


def write_ledger(folder: Path, closed: bool = True, text: str = "more", told: float = 0.02) -> Path:
    """A research run whose only researcher improves once; gain 0.0777 sealed, 0.0555 on climb."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_bytes(b"SECRET-OF-THE-RESEARCH")
    (folder / "tokens.jsonl").write_text('{"researcher": "ann", "sha256": "TOKEN-HASH"}\n')
    problem = {
        "kind": "weak-to-strong",
        "climb": ["digits"],
        "other_tasks": ["never-named"],
        "weak": "pca-4",
        "strong": "spectral-64",
        "seeds": 2,
    }
    config = {"problem": problem, "budget": {"each": 8, "all": 20}, "finalists": 1}
    card = {"claim": f"it gains {text}", "mechanism": text, "expected_effect": 0.02}
    family = f"targets=gce {text}"
    body = {
        "researcher": "ann",
        "digest": "d1",
        "family": family,
        "kind": "composition",
        "content": f"composition,targets=gce {text}",
        "name": "",
        "card": card,
    }
    climbed = {"gains": [gain("digits", 0.0555)], "failure": "", "isolation": ""}
    outcome = {
        "submission": 2,
        "evaluation": climbed,
        "failure": "",
        "isolation": "",
        "released": told,
        "improved": True,
    }
    with Ledger(folder / "ledger.sqlite") as ledger:
        ledger.append("opened", {"config": config, "secret": "commitment"}, "opened")
        ledger.append("submission", body, "submission ann d1")
        ledger.append("outcome", outcome, "outcome 2")
        ledger.append("finding", {"researcher": "ann", "text": f"gce helps {text}"}, "finding 1")
        ledger.append("closed", {}, "closed")
        tiers = {
            tier: {"gains": [gain(task, 0.0777)], "failure": "", "isolation": ""}
            for tier, task in (("sealed", "digits"), ("other_tasks", "never-named"))
        }
        ledger.append("final", {"submission": 2, **tiers}, "final 2")
        if closed:
            gains = {"climb": climbed["gains"], **{t: one["gains"] for t, one in tiers.items()}}
            verdict = {
                "submission": 2,
                "researcher": "ann",
                "kind": "composition",
                "content": body["content"],
                "family": family,
                "claim": card["claim"],
                "expected_effect": 0.02,
                "gains": gains,
                "p_holm": 0.004,
                "verdict": "better",
                "scores": {"climb": 0.0555, "sealed": 0.0777, "other_tasks": 0.0777},
                "failures": {"climb": "", "sealed": "", "other_tasks": ""},
                "climb_tasks_only": False,
                "isolation": "",
            }
            ledger.append("verdicts", {"verdicts": [verdict]}, "verdicts")
    return folder


def make_research(folder: Path, closed: bool = True, text: str = "more") -> Path:
    write_ledger(folder / "search", closed, text)
    problem = {"kind": "weak-to-strong", "climb": ["digits"], "other_tasks": ["never-named"]}
    stated = {
        "config": {"problem": problem, "budget": {"each": 8, "all": 20}},
        "researchers": ["search"],
    }
    write_json(folder / "research.json", stated)
    (folder / "secret").write_bytes(b"SECRET-OF-THE-RESEARCH")
    if closed:
        write_json(folder / "report.json", {})
    return folder


def make_game(folder: Path) -> Path:
    write_json(folder / "game.json", {"game": "bisection", "arguments": {"steps": 4}, "seed": 0})
    write_json(folder / "outcome.json", {"accuracy": 1.0})
    return folder


def make_all(root: Path) -> Path:
    """One run of every kind."""
    make_study(root / "study")
    make_oversight(root / "oversight")
    make_research(root / "research")
    write_ledger(root / "referee")
    make_game(root / "game")
    return root
