"""Run protocols on questions and write the folder: what `truing oversee` does."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import truing.oversight as oversight
from truing.errors import UnknownNameError
from truing.oversight import Overseen, PlayTranscript, Requests
from truing.oversight.protocols import PROTOCOLS, setups
from truing.oversight.questions import QuestionSet, load_questions
from truing.report._claim import ClaimedFolder, describe_machine
from truing.report._judgements import OnMute, on_mute_of
from truing.report._live import Live
from truing.report._notebook import OversightResult
from truing.report.page import keep_report
from truing.sources import file_digest
from truing.studies import Store

FILES = ("judgements.jsonl", "transcripts.jsonl", "environment.json")


@dataclass(frozen=True)
class OversightRun:
    """What is to be run.

    Attributes:
        protocols: specifications; equal ones are run once.
        questions: name or file of the question set.
        models: by role, the models that play it.
        limit: how many questions; None for all.
        swap: play everything again with the answers shown in the contrary order.
    """

    protocols: Sequence[str]
    questions: str
    models: Mapping[str, Sequence[str]]
    limit: int | None = None
    swap: bool = False
    loaded: QuestionSet = field(init=False, repr=False)

    def __post_init__(self) -> None:
        built = [PROTOCOLS.build(one) for one in self.protocols]
        roles = dict.fromkeys(["judge", "debater", *(r for one in built for r in one.value.roles)])
        for role in self.models:
            if role not in roles:
                raise UnknownNameError("role", role, roles)
        labels = dict.fromkeys(one.label for one in built)
        object.__setattr__(self, "protocols", tuple(labels))
        object.__setattr__(self, "loaded", load_questions(self.questions))

    @property
    def text(self) -> str:
        """The configuration as JSON, with the digests of what it names."""
        stated = {
            "protocols": {one: PROTOCOLS.build(one).identity for one in self.protocols},
            "questions": self.questions,
            "fingerprint": self.loaded.fingerprint,
            "code": _code_digest(),
            "models": {role: list(names) for role, names in sorted(self.models.items())},
            "limit": self.limit,
            "swap": self.swap,
        }
        return json.dumps(stated, indent=2) + "\n"

    @cached_property
    def plays(self) -> int:
        """How many plays all protocols have together."""
        asked = self.loaded.questions[: self.limit]
        rules = [PROTOCOLS.build(one).value for one in self.protocols]
        return sum(1 for one in rules for q in asked for _ in setups(one, q, self.swap))

    @property
    def readable_name(self) -> str:
        """What the folder is called: the questions, and a digest of the rest."""
        short = re.sub(r"[^\w.-]+", "-", Path(self.questions.partition(",")[0]).name)
        return f"oversee-{short}-{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"


def run_oversight(
    run: OversightRun,
    *,
    out: Path | str | None = None,
    requests: Requests | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    on_mute: OnMute = "exclude",
) -> OversightResult:
    """Run protocols, or as much of them as was not run before, and write the folder.

    Args:
        out: the run folder; by default `runs/` and a readable name here.
        requests: how models are asked.
        watch: told of progress.
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude`
            leaves them out of the report, `count` counts them; all plays are recorded.

    Raises:
        UserError: an unknown protocol, model or role, or a folder of another run.
    """
    path = Path(out) if out else Path("runs") / run.readable_name
    with ClaimedFolder(path, "oversight.json", run.text, FILES) as folder:
        records = _rows(path / "judgements.jsonl")
        if len(records) == run.plays:
            keep_report(path, fresh=_decide_on_mute(folder, on_mute))
            kept = Overseen(records, _transcripts(path / "transcripts.jsonl"), ())
            return OversightResult(kept, path)
        from truing.oversight.evals import oversee

        with Live(path, watch) as live:
            found = oversee(
                run.protocols,
                run.loaded,
                run.models,
                folder=path / "logs",
                calls=Store().folder / "calls",
                max_questions=run.limit,
                swap=run.swap,
                requests=requests,
                watch=live,
            )
        folder.write("transcripts.jsonl", as_lines(one.to_json() for one in found.transcripts))
        described = describe_machine() | describe_questions(run) | {"on_mute": on_mute}
        folder.write("environment.json", json.dumps(described, indent=2) + "\n")
        folder.write("judgements.jsonl", as_lines(found.records))
    keep_report(path, fresh=True)
    return OversightResult(found, path)


def _decide_on_mute(folder: ClaimedFolder, on_mute: OnMute) -> bool:
    """Write down what a finished run's report does with mute speakers; whether that is new."""
    try:
        described = json.loads((folder.path / "environment.json").read_text())
    except (OSError, ValueError):
        return False
    if not isinstance(described, dict) or on_mute_of(described) == on_mute:
        return False
    folder.write("environment.json", json.dumps(described | {"on_mute": on_mute}, indent=2) + "\n")
    return True


def describe_questions(run: OversightRun) -> dict[str, Any]:
    """The origin of a run's questions, who looked at their truth, and how many plays there are."""
    generated = {"origin": "generated by truing", "licence": "Apache-2.0, as truing itself"}
    known = generated if run.loaded.simulated else {"origin": run.questions}
    counts = {"items": len(run.loaded), "fingerprint": run.loaded.fingerprint}
    seen = {"truth seen now": run.loaded.vault.summary()}
    return {"tasks": {run.loaded.name: counts | known | seen}, "plays": run.plays}


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    """What a finished run wrote; nothing where it wrote nothing, or something that was damaged."""
    try:
        return tuple(json.loads(line) for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return ()


def _transcripts(path: Path) -> tuple[PlayTranscript, ...]:
    try:
        return tuple(PlayTranscript.from_json(row) for row in _rows(path))
    except ValueError:
        return ()


def _code_digest() -> str:
    """Of everything that a play depends on."""
    folder = Path(oversight.__file__).parent
    names = sorted(path for path in folder.rglob("*.py") if not {"games", "pixels"} & {*path.parts})
    return hashlib.sha256("".join(map(file_digest, map(str, names))).encode()).hexdigest()


def as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
