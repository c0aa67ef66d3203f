"""The model provider `truing/...`: embedded agents that answer offline and without cost.

A name may contain arguments: `truing/judge:skill=0.7:budget=3`. The same messages give the same
reply; another `seed` in the generation config gives another draft. Only Inspect imports this
module.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from truing.errors import UnknownNameError, UserError
from truing.oversight.agents._brief import Brief
from truing.oversight.agents._judge import judge
from truing.oversight.agents._speaker import speak
from truing.specification import Specification

SPEAKERS = ("debater", "consultant", "proposer", "critic", "adversary")
JUDGES = ("judge", "market")
ARGUMENTS: dict[Callable[..., str], dict[str, type]] = {
    speak: {"honest": bool},
    judge: {"budget": int, "skill": float},
}
EXAMPLES: dict[Callable[..., str], str] = {speak: "debater,honest=false", judge: "judge,skill=0.7"}
Program = Callable[[Brief, np.random.Generator], str]
"""An embedded agent: (brief, rng) -> reply."""
AT_ONCE = 1000  # concurrent requests: agents answer immediately


@modelapi(name="truing")
class EmbeddedAgents(ModelAPI):
    """Simulated agents: `truing/debater`, `truing/judge:skill=0.7`, and others."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (Inspect's own signature)
        **arguments: Any,
    ):
        super().__init__(model_name, base_url, api_key, [], config)
        try:
            self.program = _read(model_name, arguments)
        except UserError as error:  # which Inspect prints without a traceback
            raise PrerequisiteError(str(error)) from None

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Reply of the program; usage is counted in words."""
        texts = [message.text for message in input]
        salt = "\0".join([self.model_name, str(config.seed or 0), *texts])
        seed = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big")
        system = next((message.text for message in input if message.role == "system"), "")
        user = next((message.text for message in input if message.role == "user"), "")
        reply = self.program(Brief(system, user), np.random.default_rng(seed))
        output = ModelOutput.from_content(self.model_name, reply)
        read, written = sum(len(text.split()) for text in texts), len(reply.split())
        output.usage = ModelUsage(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        return output

    def max_connections(self) -> int:
        """Maximum number of concurrent requests."""
        return AT_ONCE


def _read(model_name: str, arguments: Mapping[str, object]) -> Program:
    """The program of a model name, with its arguments."""
    asked = Specification.parse_nested(model_name)
    name = asked.name
    if re.search("[,:=]", name):
        raise UserError(
            f"truing/{model_name}: arguments have the form argument=value, each after a comma "
            "(a colon for Inspect's own command): truing/judge,skill=0.7,budget=3"
        )
    if name not in SPEAKERS + JUDGES:
        raise UnknownNameError("embedded agent", name, SPEAKERS + JUDGES)
    program = speak if name in SPEAKERS else judge
    return partial(program, **_checked(program, model_name, {**asked.arguments, **arguments}))


def _checked(program: Callable[..., str], name: str, given: Mapping[str, object]) -> dict[str, Any]:
    """Arguments of a program, converted to their types and checked."""
    allowed = ARGUMENTS[program]
    checked: dict[str, Any] = {}
    for key, value in given.items():
        if key not in allowed:
            raise UserError(
                f"truing/{name}: unknown argument {key!r}; allowed: {', '.join(allowed)}; for "
                f"example truing/{EXAMPLES[program]}"
            )
        try:
            checked[key] = _boolean(value) if allowed[key] is bool else allowed[key](value)
        except (ValueError, KeyError):
            wanted = {bool: "true or false", int: "a whole number", float: "a number"}
            raise UserError(
                f"truing/{name}: {key} must be {wanted[allowed[key]]}, got {value!r}"
            ) from None
    if not 0 <= checked.get("skill", 0) <= 1 or checked.get("budget", 0) < 0:
        raise UserError(f"truing/{name}: skill must be in [0, 1], and budget must be 0 or more")
    return checked


def list_agents() -> dict[str, tuple[str, ...]]:
    """Names of the arguments of each embedded agent, by the agent's name.

    Examples:
        >>> from truing.oversight.agents._provider import list_agents
        >>> list_agents()["judge"]
        ('budget', 'skill')
    """
    speakers = {name: tuple(ARGUMENTS[speak]) for name in SPEAKERS}
    return {**speakers, **{name: tuple(ARGUMENTS[judge]) for name in JUDGES}}


def _boolean(value: object) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
