"""Environment: an exported folder, which rewards a policy's completions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import UserError
from truing.exports.environments._hosts import PolicyHost
from truing.exports.environments._trained import Trained
from truing.given import GivenObject
from truing.json_lines import parse_lines
from truing.loops import run_coroutine
from truing.oversight import PlayOptions, play
from truing.oversight.prompts import give_prompts
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.rules import Protocol, fill_roles

if TYPE_CHECKING:
    from inspect_ai import Task

    from truing.oversight import Host

SETTINGS, PROTOCOL, PLAYS = "policy.json", "protocol.json", "plays.jsonl"
PROMPTS_OF_POLICY, TRUTH, TEMPLATES = "prompts.jsonl", "truth.jsonl", "prompts"
NO_MODEL = "none/none"  # Inspect's name for a role that makes no request


class Environment:
    """An exported folder: prompts for a policy, and the reward of its completions.

    Args:
        folder: the folder that `export_environment` wrote.

    Raises:
        UserError: the folder is no exported environment.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        if not (self.folder / SETTINGS).is_file():
            raise UserError(
                f"{self.folder} contains no {SETTINGS}; truing export-env PROTOCOL DIR writes it"
            )
        self.settings = json.loads((self.folder / SETTINGS).read_text())
        self.trained = Trained(self._rules(), self.settings["train"])

    def reward(self, completion: str, play_id: str) -> float:
        """Reward of one completion.

        Args:
            completion: the policy's reply to the prompt of a play.
            play_id: the column `play` of the prompt.

        Raises:
            UserError: there is no such play.
            NoAnswerError: another model gave no answer.
        """
        return float(run_coroutine(self.rewarded(completion, play_id)))

    def rewards(self, completions: Sequence[Any], play: Sequence[str]) -> list[float]:
        """Reward of each completion, as texts or as lists of messages (the form of TRL)."""
        pairs = zip(completions, play, strict=True)
        return [self.reward(_text(completion), one) for completion, one in pairs]

    async def rewarded(self, completion: str, play_id: str) -> float:
        """As `reward`, inside an event loop."""
        from truing.oversight.evals import setup_of

        stated = self.plays.get(play_id)
        if stated is None:
            raise UserError(f"unknown play {play_id!r}; use the column play of {PROMPTS_OF_POLICY}")
        setup, seat = setup_of(stated["setup"]), stated["seat"]
        models = self.models(setup.question.id)
        host = PolicyHost(models, self.trained, seat, stated["before"], completion)
        played = await play(self.trained.rules, setup, host, self.options)
        return self.trained.reward(seat, played, self.truth.get(play_id))

    def task(self) -> Task:
        """An Inspect task whose score is the reward."""
        from truing.exports.environments._task import make_task

        return make_task(self)

    def models(self, question: str) -> Host:
        """Host of the other models."""
        from truing.oversight.evals import InspectHost, bind_models

        filled = fill_roles(self.trained.rules, self.settings["models"])
        bound = {role: bind_models(names) for role, (_, names) in filled.items()}
        return InspectHost(bound, question, cache=False)

    @cached_property
    def plays(self) -> dict[str, Mapping[str, Any]]:
        """Seat, setup and earlier replies of each play, without ground truth."""
        return {row["play"]: row for row in self._lines(PLAYS)}

    @cached_property
    def prompts(self) -> list[Mapping[str, Any]]:
        """The prompts: `prompt` (messages), `play`, `question` and `seat`."""
        return self._lines(PROMPTS_OF_POLICY)

    @cached_property
    def truth(self) -> dict[str, int]:
        """Index of the correct answer of each play; empty for speakers."""
        return {row["play"]: row["truth"] for row in self._lines(TRUTH)}

    @cached_property
    def options(self) -> PlayOptions:
        """Settings of the plays, with the prompts of the folder."""
        own = self.folder / TEMPLATES
        return PlayOptions(prompts=give_prompts(own) if own.is_dir() else "")

    def _rules(self) -> Protocol:
        content = (self.folder / PROTOCOL).read_bytes()
        assert PROTOCOLS.adapt is not None
        return PROTOCOLS.adapt(GivenObject("protocol", "", {".json": content}))()

    def _lines(self, name: str) -> list[Mapping[str, Any]]:
        path = self.folder / name
        return [line.value for line in parse_lines(path.read_text())] if path.is_file() else []


def _text(completion: Any) -> str:
    """A completion as a text: the content of its messages."""
    if isinstance(completion, str):
        return completion
    return "".join(str(one.get("content", "")) for one in completion)
