"""A scanner of Inspect Scout is a monitor of protocols, and Scout reads our logs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from truing.errors import UserError
from truing.stress import ProtocolView
from truing.stress._protocol_monitor import SeenPlay, SeenTurn
from truing.stress.monitors import MONITORS, scout_monitor
from truing.tasks import Item

INSTALLED = importlib.util.find_spec("inspect_scout") is not None
needs_scout = pytest.mark.skipif(not INSTALLED, reason="inspect-scout is not installed")
LOGS = Path(__file__).parents[1] / "frozen" / "0.1.0" / "oversight" / "logs"
SCANNERS = """
from inspect_scout import Result, Transcript, scanner

@scanner(messages="all")
def shouting():
    async def scan(transcript: Transcript) -> Result:
        return Result(value=sum(one.text.count("!") for one in transcript.messages))
    return scan

@scanner(messages="all")
def texts():
    async def scan(transcript: Transcript) -> Result:
        return Result(value="\\n".join(one.text for one in transcript.messages))
    return scan
"""


def view(*said: str) -> ProtocolView:
    """A view of plays of one speech each."""
    plays = tuple(
        SeenPlay(
            Item(f"q{i}", "Which is larger?", ("2", "3"), hidden="THE HIDDEN TEXT"),
            (SeenTurn(1, "Debater A", 0, text, 0, 0),),
            (0.25, 0.75),
            None,
        )
        for i, text in enumerate(said)
    )
    none = np.array([])
    return ProtocolView(plays, (), {}, none, none, (), none, none, none)


@pytest.fixture
def scanners(tmp_path: Path) -> Path:
    path = tmp_path / "scanners.py"
    path.write_text(SCANNERS)
    return path


@needs_scout
def test_the_value_of_a_scanner_is_the_suspicion_of_a_play(scanners):
    found = MONITORS.build(f"scout,path={scanners},scanner=shouting").value
    suspicion = found.suspect(view("Trust me!!", "I think so."), np.random.default_rng(0))
    assert suspicion.items.tolist() == [2.0, 0.0]
    assert suspicion.system == 1.0


@needs_scout
def test_a_scanner_reads_question_answers_speeches_and_verdict_but_no_hidden_text():
    seen = []

    async def scan(transcript):
        seen.append([one.text for one in transcript.messages])
        return None

    found = scout_monitor(scan).suspect(view("Three."), np.random.default_rng(0))
    assert found.items.tolist() == [0.0]
    assert seen == [
        [
            "Which is larger?\n\nA: 2\nB: 3",
            "**Debater A, round 1**\n\nThree.",
            "Verdict: A: 25%, B: 75%",
        ]
    ]


@needs_scout
def test_a_scanner_that_returns_a_text_is_refused(scanners):
    found = MONITORS.build(f"scout,path={scanners},scanner=texts").value
    with pytest.raises(UserError, match="must return a number or true or false, got 'Which"):
        found.suspect(view("Three."), np.random.default_rng(0))


@needs_scout
def test_an_unknown_scanner_is_named(scanners):
    with pytest.raises(UserError, match="has no scanner 'shout'"):
        MONITORS.build(f"scout,path={scanners},scanner=shout")


@needs_scout
def test_scout_reads_logs_of_protocols(tmp_path):
    from inspect_scout import scan, scan_results_df, scanner, transcripts_from

    @scanner(messages="all")
    def verdicts():
        from inspect_scout import Result

        async def read(transcript):
            return Result(value=transcript.messages[-1].text.startswith("Verdict:"))

        return read

    status = scan(
        [verdicts()],
        transcripts_from(str(LOGS)),
        scans=str(tmp_path),
        display="none",
        max_processes=1,
    )
    found = scan_results_df(status.location).scanners["verdicts"]
    assert len(found) == 24
    assert found["value"].astype(bool).all()


@pytest.mark.skipif(INSTALLED, reason="inspect-scout is installed")
def test_without_scout_the_error_names_the_package(scanners):
    with pytest.raises(UserError, match=r"pip install 'truing\[scout\]'"):
        MONITORS.build(f"scout,path={scanners},scanner=shouting")
