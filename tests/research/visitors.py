"""Researchers who come to the same referee, each by another door, and all are told the same."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import mcp.client.stdio  # noqa: F401  (while sys.stderr is a file: it is bound at import)
import pytest

from truing.research import Submission, read_submission
from truing.research._config import ResearchConfig, read_config
from truing.research.doors import HttpDoor, LocalDoor

CARD = {"claim": "it helps", "mechanism": "a reason", "expected_effect": 0.1, "probability": 0.75}
METHODS = [f"protocol,help={one}" for one in ("critique", "consultancy", "propaganda", "debate")]


def composition(content: str, card: dict[str, Any] = CARD) -> Submission:
    """A submission of a composition."""
    return read_submission({"content": content, "card": card})


def tiny_config(each: int = 3, total: int = 5, **problem: Any) -> ResearchConfig:
    """The quickest problem: protocols in an embedded world, twenty cases."""
    tiny = {"kind": "choose-protocol", "cases": 10, "seeds": 2, **problem}
    return read_config({"problem": tiny, "budget": {"each": each, "all": total}})


WORDS = {
    "describe_problem": "problem",
    "get_result": "result",
    "leaderboard": "leaderboard",
    "budget": "leaderboard",
    "read_findings": "findings",
    "share_finding": "findings",
    "submit_method": "submit",
}


class RefusedError(Exception):
    """What a researcher was told instead of an answer."""


class ByDoor:
    """Through a door's own methods: in this process, or over HTTP."""

    def __init__(self, door: LocalDoor | HttpDoor):
        self.door = door

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        from truing.errors import UserError

        try:
            if operation == "submit_method":
                given = {"submission": read_submission(given)}
            answer = getattr(self.door, operation)(**given)
        except UserError as error:
            raise RefusedError(str(error)) from None
        return answer if isinstance(answer, dict) else json.loads(json.dumps(answer.to_json()))


class ByCommand:
    """Through the command line, with the address and the token in the environment."""

    def __init__(self, url: str, token: str):
        self.where = ["--url", url, "--token", token, "--json"]

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        from truing.cli import main

        words = ["truing", WORDS[operation], *self.where, *self._words(operation, given)]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", words)
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as left:
                main()
        if left.value.code:
            raise RefusedError(err.getvalue().strip())
        found = json.loads(out.getvalue())
        return found["budget"] if operation == "budget" else found

    def _words(self, operation: str, given: dict[str, Any]) -> list[str]:
        if operation == "get_result":
            return ["--", str(given["number"])]
        if operation == "share_finding":
            return ["--share", given["text"]]
        if operation == "read_findings":
            return ["--since", str(given.get("since", 0))]
        if operation != "submit_method":
            return []
        card = given["card"]
        return [
            f"--composition={given['content']}",
            f"--claim={card['claim']}",
            f"--mechanism={card['mechanism']}",
            f"--expected={card['expected_effect']}",
            f"--probability={card['probability']}",
        ]


class ByMcp:
    """Through the official MCP client, which speaks to our server in this process."""

    def __init__(self, door: HttpDoor):
        from truing.research.doors._mcp import make_server

        self.server = make_server(door)

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        from mcp import Client

        async def call():
            async with Client(self.server) as client:
                return await client.call_tool(operation, given)

        return read_mcp(asyncio.run(call()))


def read_mcp(answer: Any) -> dict[str, Any]:
    """What an MCP tool answered; it is told as text and as structured content."""
    text = answer.content[0].text
    if answer.is_error:
        raise RefusedError(text)
    assert answer.structured_content == json.loads(text)
    return unmarked(text)


def unmarked(text: str) -> dict[str, Any]:
    """The answer of a tool without the marks around the texts of other researchers."""
    answer = json.loads(re.sub(r"</?untrusted-[0-9a-f]{16}>", "", text))
    return {name: value for name, value in answer.items() if name != "notice"}


class ByInspect:
    """Through an Inspect evaluation of a model that calls one tool, and ends."""

    def __init__(self, folder: Path, name: str):
        self.arguments = {"folder": str(folder), "researcher": name}
        self.logs = folder.parent / "logs"

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        log = evaluate(self.arguments, self.logs, [(operation, given)])
        (told,) = [one for one in log.samples[0].messages if one.role == "tool"][:1]
        if told.error:
            raise RefusedError(told.error.message)
        return unmarked(told.text)


def evaluate(
    arguments: dict[str, Any],
    logs: Path,
    calls: list[tuple[str, dict]],
    status: str = "success",
    **limits: Any,
) -> Any:
    """The log of `truing/research` with a model that follows a script, and finishes then."""
    from inspect_ai import eval as inspect_eval
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def follow(messages, *_: Any) -> ModelOutput:
        step = sum(one.role == "assistant" for one in messages)
        name, given = [*calls, ("finish", {"answer": "done"})][min(step, len(calls))]
        output = ModelOutput.for_tool_call("mockllm/model", name, given)
        # Without it the mock fetches a tokenizer from the network.
        output.usage = ModelUsage(input_tokens=50, output_tokens=50, total_tokens=100)
        return output

    model = get_model("mockllm/model", custom_outputs=follow)
    (log,) = inspect_eval(
        "truing/research",
        model=model,
        task_args=arguments,
        display="none",
        log_dir=str(logs),
        **limits,
    )
    assert log.status == status, log.error
    return log


def scored(visitor: Any, content: str, card: dict[str, Any] = CARD) -> dict[str, Any]:
    """The receipt of a composition once it is scored."""
    receipt = visitor.ask("submit_method", kind="composition", content=content, name="", card=card)
    while receipt["status"] == "accepted":
        time.sleep(0.02)
        receipt = visitor.ask("get_result", number=receipt["number"])
    return receipt
