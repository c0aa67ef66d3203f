"""Convert human and AI debates (Michael et al. 2023) to rows for `truing measure oversight`.

    python examples/nyu_debates.py debates-metadata.jsonl judgements.jsonl
    truing measure oversight judgements.jsonl

The input is `pub/debates-metadata.jsonl` of julianmichael/debate, branch 2023-nyu-experiments (CC
BY 4.0). The output has completed debates that the authors marked as part of the paper, each with
the verdict of its live judge. A question is the same text about the same story. A cluster is a
story, since its questions share the passage, and often debaters and judge. In a consultancy the
letter of the only debater states which answer was argued for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DEBATERS = ("Debater A", "Debater B")


def judgement(room: dict[str, Any]) -> dict[str, Any] | None:
    """One row, or None if the debate is not part of the paper or was not judged."""
    result = room["status"].get("Complete", {}).get("result", {})
    verdict = result.get("judgingInfo")
    if not room["includedInPaper"] or verdict is None:
        return None
    setting, roles = room["setting"], room["roleAssignments"]
    (source,) = room["sourceMaterialId"].values()
    who = "human" if setting["isHuman"] else "AI"
    sides = [i for i, debater in enumerate(DEBATERS) if debater in roles]
    consultancy = not setting["isDebate"]
    return {
        "question": f"{source['id']}: {room['question']}",
        "cluster": source["id"],
        "protocol": f"{who} {'consultancy' if consultancy else 'debate'}",
        "judge": roles.get("Judge"),
        "agent": roles[DEBATERS[sides[0]]] if consultancy else None,
        "truth": verdict["correctAnswerIndex"],
        "argued": sides[0] if consultancy else None,
        "belief": verdict["finalJudgement"],
    }


def main(source: str, target: str) -> None:
    """Convert a file of debates."""
    rooms = [json.loads(line) for line in Path(source).read_text("utf-8").splitlines() if line]
    rows = [row for row in map(judgement, rooms) if row is not None]
    Path(target).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} of {len(rooms)} rooms written to {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/nyu_debates.py IN.jsonl OUT.jsonl")
    main(*sys.argv[1:])
