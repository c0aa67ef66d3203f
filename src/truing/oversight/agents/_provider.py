"""The model provider `truing/...`: embedded agents that answer offline and without cost.

A name may contain arguments: `truing/judge:skill=0.7:budget=3`. The same messages give the same
reply; another `seed` in the generation config gives another draft. Only Inspect imports this
module.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from truing.errors import UserError
from truing.oversight.agents._answer import wanted_tool
from truing.oversight.agents._brief import Brief
from truing.oversight.agents._judge import choose
from truing.oversight.agents._program import read_program
from truing.oversight.tools import INPUTS

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
            self.program = read_program(model_name, arguments)
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
        found = tuple(message.text for message in input if message.role == "tool")
        names = () if tool_choice == "none" else tuple(tool.name for tool in tools)
        brief = Brief.of([(message.role, message.text) for message in input], names, found)
        if config.logprobs and brief.options:
            reply, output = self._chosen(brief, config)
        else:
            wanted = wanted_tool(brief)
            reply = "" if wanted else self.program(brief, np.random.default_rng(_seed(salt)))
            output = self._output(reply, wanted, len(found))
        read, written = sum(len(text.split()) for text in texts), len(reply.split())
        output.usage = ModelUsage(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        return output

    def _output(self, reply: str, wanted: tuple[str, str] | None, used: int) -> ModelOutput:
        """Inspect's form of a reply, or of the use of a tool."""
        if wanted is None:
            return ModelOutput.from_content(self.model_name, reply)
        name, given = wanted
        return ModelOutput.for_tool_call(
            self.model_name, name, {INPUTS[name]: given}, tool_call_id=f"call_{used}"
        )

    def _chosen(self, brief: Brief, config: GenerateConfig) -> tuple[str, ModelOutput]:
        """The most likely digit, and the log-probabilities of all digits.

        The judge reads the same clues for every order of the digits.
        """
        salt = "\0".join([self.model_name, str(config.seed or 0), brief.system, brief.case])
        rng = np.random.default_rng(_seed(salt))
        found = choose(brief, rng, **getattr(self.program, "keywords", {}))
        top = [TopLogprob(token=mark, logprob=value) for mark, value in found.items()]
        best = max(top, key=lambda one: one.logprob)
        first = Logprob(token=best.token, logprob=best.logprob, top_logprobs=top)
        output = ModelOutput.from_content(self.model_name, best.token)
        output.choices[0].logprobs = Logprobs(content=[first])
        return best.token, output

    def max_connections(self) -> int:
        """Maximum number of concurrent requests."""
        return AT_ONCE


def _seed(salt: str) -> int:
    return int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big")
