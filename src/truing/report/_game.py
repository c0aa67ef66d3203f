"""The run folder of a game: what was played, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truing.report._claim import ClaimedFolder, describe_machine

FILES = ("outcome.json", "environment.json")


class GameFolder(ClaimedFolder):
    """Where a game leaves its outcome.

    Args:
        name: of the game.
        arguments: what it is played with.
        seed: of everything random.
        out: the folder; by default `runs/` and a readable name here.

    Raises:
        UserError: on entering, where the folder holds another run.
        StorageError: the folder cannot be written to.
    """

    def __init__(
        self, name: str, arguments: Mapping[str, Any], seed: int, out: Path | str | None = None
    ):
        stated = {"game": name, "arguments": dict(arguments), "seed": seed}
        text = json.dumps(stated, indent=2) + "\n"
        short = re.sub(r"[^\w.-]+", "-", Path(name).name)
        own = f"game-{short}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        super().__init__(Path(out) if out else Path("runs") / own, "game.json", text, FILES)

    def write_outcome(self, outcome: Mapping[str, Any]) -> None:
        """Write what came out, as plain JSON values, and what it ran on."""
        self.write("environment.json", json.dumps(describe_machine(), indent=2) + "\n")
        self.write("outcome.json", json.dumps(outcome, indent=2) + "\n")
