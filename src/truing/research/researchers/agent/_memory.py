"""Memory: what an agent keeps when its conversation ends or its process is killed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.json_lines import parse_lines, whole_lines
from truing.research._answers import Finding, LeaderboardRow
from truing.research.doors import Door, Untrusted
from truing.run_files import AGENT_NOTES, AGENT_SUBMISSIONS
from truing.studies import write_whole

LONGEST_NOTES = 4000  # characters
MOST_FINDINGS = 12  # latest findings of other researchers
MOST_ROWS = 10  # of the leaderboard
MOST_OWN = 15  # latest submissions of the agent
MOST_PAGES = 100  # pages of findings


@dataclass(frozen=True)
class Memory:
    """Notes and submissions of an agent.

    Attributes:
        place: folder of the agent.
    """

    place: Path

    @property
    def notes(self) -> str:
        """The agent's notes; empty if there are none."""
        path = self.place / AGENT_NOTES
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def write_notes(self, text: str) -> None:
        """Replace the notes; raises UserError if they are too long."""
        if len(text) > LONGEST_NOTES:
            raise UserError(
                f"notes must have at most {LONGEST_NOTES:,} characters, got {len(text):,}; "
                "summarize them"
            )
        self.place.mkdir(parents=True, exist_ok=True)
        write_whole(self.place / AGENT_NOTES, text.encode("utf-8", "replace"))

    @property
    def submissions(self) -> dict[int, str]:
        """Claims of the agent's submissions, by number."""
        path = self.place / AGENT_SUBMISSIONS
        content = whole_lines(path.read_bytes()).decode() if path.is_file() else ""
        return {line.value["number"]: line.value["claim"] for line in parse_lines(content)}

    def add_submission(self, number: int, claim: str) -> None:
        """Remember a submission."""
        if number in self.submissions:
            return
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / AGENT_SUBMISSIONS).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"number": number, "claim": claim}) + "\n")

    def recall(self, door: Door) -> dict[str, Any]:
        """Notes, submissions, budget, leaderboard and findings, as JSON for the agent.

        All texts are untrusted: the notes may quote texts of other researchers.
        """
        texts, budget = Untrusted(), door.budget()
        notes = texts.mark(self.notes, "notes")
        own = [self._result(door, *one, texts) for one in [*self.submissions.items()][-MOST_OWN:]]
        rows = [_row(one, texts) for one in door.leaderboard().leaderboard[:MOST_ROWS]]
        found = _latest(door, budget.researcher)
        return {
            "notes": notes,
            "submissions": own,
            "budget": budget.to_json(),
            "leaderboard": rows,
            "findings": [_finding(one, texts) for one in found],
            "notice": texts.notice,
        }

    def _result(self, door: Door, number: int, claim: str, texts: Untrusted) -> dict[str, Any]:
        receipt = door.get_result(number)
        stated = {"number": number, "status": receipt.status, "improved": receipt.improved}
        stated["claim"] = texts.mark(claim, "claim")
        if receipt.reason:
            stated["reason"] = texts.mark(receipt.reason, "reason")
        return stated


def _row(row: LeaderboardRow, texts: Untrusted) -> dict[str, Any]:
    return {**row.to_json(), "claim": texts.mark(row.claim, "claim")}


def _finding(finding: Finding, texts: Untrusted) -> dict[str, Any]:
    return {**finding.to_json(), "text": texts.mark(finding.text, "finding")}


def _latest(door: Door, but: str) -> Sequence[Finding]:
    """The latest findings of other researchers, latest first."""
    found: list[Finding] = []
    since, more = 0, True
    for _ in range(MOST_PAGES):
        page = door.read_findings(since)
        found += [one for one in page.findings if one.researcher != but]
        more, since = page.more, page.findings[-1].number if page.findings else since
        if not more:
            break
    return found[: -MOST_FINDINGS - 1 : -1]
