"""The Inspect task `truing/research`: an agent of any model, with a door to a referee as its tools.

    inspect eval truing/research --model openai/gpt-4o --token-limit 500000
    inspect eval truing/research --model ... -T config=research.json -T folder=runs/mine
    TRUING_URL=... TRUING_TOKEN=... inspect eval truing/research --model ... -T sandbox=docker
    TRUING_URL=... TRUING_TOKEN=A,B inspect eval truing/research ... -T direction="losses; filters"

At an address a token is a researcher, with a budget: several agents need as many tokens. Limits on
tokens, time, cost and messages are Inspect's own options. In a sandbox the agent has a shell and
Python besides; the referee stays outside of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.agent import AgentSubmit, as_solver, react
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageTool, GenerateConfig
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolDef, ToolError, bash, python
from inspect_ai.util import sandbox as default_sandbox
from inspect_ai.util._sandbox.local import LocalSandboxEnvironment

from truing.errors import TruingError, UserError
from truing.research._config import ResearchConfig, read_config
from truing.research.doors._contract import Door, wait_for
from truing.research.doors._machine import is_this_machine
from truing.research.doors._open import open_door, referee_in
from truing.research.doors._tools import AgentTools

FOLDER = "runs/agent"
SCORED = 600.0  # seconds that an agent's last submissions may take once it has ended
ANSWER = 100_000  # bytes of a tool's answer: the problem's description is longer than most
SECONDS = 180  # of a command in the sandbox
PROBLEM = """{aim}

{rules} There are {each} submissions for each researcher and {all} for all together. The referee \
draws seeds after a method was handed in. When the research closes, the best methods are scored \
once on another split, and on tasks that are not named before; a gain that does not last there is \
worth nothing. Other researchers work on the same problem and read what is shared in the forum.

The referee's tools say the rest of the problem, and take methods.{direction}"""
FINISH = AgentSubmit(name="finish", description="End the research, and say what was found.")


@task
def research(
    config: str | None = None,
    folder: str | None = None,
    researcher: str = "agent",
    direction: str | list[str] | None = None,
    sandbox: str | None = None,
) -> Task:
    """An agent researches methods under a referee.

    The referee is the one at `TRUING_URL`, with `TRUING_TOKEN`, unless a folder or a configuration
    is named; without any, one in `runs/agent` with the default problem.

    Args:
        config: file of a new research.
        folder: of the research; the same one again goes on with it.
        researcher: name in the folder; with several directions, of the first, the others are
            numbered. At an address the token says the name.
        direction: where to look, for each agent; several are separated by `;`, and at an address
            so are by `,` the tokens in `TRUING_TOKEN`.
        sandbox: `docker`, or another of Inspect's: the agent then has a shell in it. `local` is
            refused where the referee is on this machine, in a folder or at an address.
    """
    try:
        place = _place(config, folder)
        if sandbox is not None and sandbox.rpartition("/")[2] == "local":
            _refuse_local_shell(place)
        samples = _samples(place, researcher, _directions(direction))
    except TruingError as error:  # which Inspect prints without a traceback
        raise PrerequisiteError(str(error)) from None
    return Task(
        dataset=MemoryDataset(samples, name="research"),
        solver=researching(place, sandbox is not None),
        scorer=best_released(place),
        sandbox=sandbox,
        config=GenerateConfig(max_tool_output=ANSWER),
    )


@solver
def researching(place: str | None, shell: bool = False) -> Solver:
    """An agent with the tools of a door.

    Args:
        place: the referee's folder; None for the one at `TRUING_URL`.
        shell: it may also use the sandbox.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        tools = [_tool(one) for one in AgentTools(await _open(place, state), ToolError).functions]
        if shell:
            if _local_shell():  # Inspect's option --sandbox replaces the task's own
                _refuse_local_shell(place)
            tools += [bash(timeout=SECONDS), python(timeout=SECONDS)]
        agent = as_solver(react(prompt=None, tools=tools, submit=FINISH))
        return await agent(state, generate)

    return solve


@scorer(metrics=[mean(), stderr()])
def best_released(place: str | None) -> Scorer:
    """The best score that was released for the agent's own methods; 0, which is the baseline's,
    where none of them beat the best before it."""

    async def score(state: TaskState, target: Target) -> Score:
        door = await _open(place, state)
        for number in _handed_in(state):  # a served referee scores when it comes to it
            await to_thread.run_sync(wait_for, door, number, SCORED)
        spent = await to_thread.run_sync(door.budget)
        rows = (await to_thread.run_sync(door.leaderboard))["leaderboard"]
        own = [row for row in rows if row["researcher"] == spent["researcher"]]
        best = max((row["released"] for row in own), default=0.0)
        told = f"{spent['spent']} submissions, {len(own)} of them beat the best before"
        return Score(value=best, explanation=told, metadata={"budget": spent, "released": own})

    return score


def _place(config: str | None, folder: str | None) -> str | None:
    """The folder of the referee, which is there then; None for the one at an address."""
    if not config and not folder and os.environ.get("TRUING_URL"):
        return None
    place = Path(folder or FOLDER)
    if config or (place / "ledger.sqlite").is_file():
        referee_in(place, read_config(Path(config)) if config else None)
    else:
        referee_in(place, ResearchConfig())
    return str(place.absolute())


def _local_shell() -> bool:
    """Whether the sample's sandbox is Inspect's `local`, a shell that isolates nothing."""
    try:
        default_sandbox().as_type(LocalSandboxEnvironment)
    except TypeError:
        return False
    return True


def _refuse_local_shell(place: str | None) -> None:
    """Raises UserError where the referee is on this machine, whose files a local shell reads."""
    url = os.environ.get("TRUING_URL", "")
    if place is None and not is_this_machine(urlsplit(url).hostname or ""):
        return
    raise UserError(
        f"sandbox=local gives the agent a shell on the machine of the referee ({place or url}), "
        "so that it can read the secret and the ledger; use sandbox=docker, or a referee on "
        "another machine"
    )


def _directions(given: str | Sequence[str] | None) -> list[str]:
    """Inspect's command line makes a list of what holds commas."""
    joined = given if isinstance(given, str) else ", ".join(map(str, given or ()))
    return [one.strip() for one in joined.split(";")]


def _samples(place: str | None, researcher: str, directions: Sequence[str]) -> list[Sample]:
    """One for each direction; they share a referee, and so its forum and its leaderboard."""
    samples = []
    names = _names(place, researcher, len(directions))
    for number, (name, direction) in enumerate(zip(names, directions, strict=True)):
        told = _door(place, name, number).describe_problem()
        shown = PROBLEM.format(
            aim=told["aim"],
            rules=told["rules"],
            **told["budget"],
            direction=f"\n\nA direction to look in: {direction}" if direction else "",
        )
        place_of = {"researcher": name, "number": number, "agents": len(names)}
        samples.append(Sample(id=name, input=shown, metadata=place_of))
    return samples


def _names(place: str | None, researcher: str, count: int) -> list[str]:
    """The researchers that so many agents are: numbered in a folder, by their tokens elsewhere."""
    if place is not None:
        return [researcher, *(f"{researcher}-{number}" for number in range(2, count + 1))]
    names = [_door(None, "", number).budget()["researcher"] for number in range(count)]
    if len(set(names)) < count:
        raise UserError("two tokens in TRUING_TOKEN are the same researcher's; each agent is one")
    return names


def _door(place: str | None, researcher: str, number: int) -> Door:
    """The door of a researcher, who in a folder has a name, and elsewhere the token of a number."""
    if place is not None:
        return open_door(folder=Path(place), researcher=researcher)
    tokens = os.environ.get("TRUING_TOKEN", "").split(",")
    if number >= len(tokens):
        raise UserError(
            f"{number + 1} agents are as many researchers, and TRUING_TOKEN holds {len(tokens)} "
            "of their tokens; separate them by commas"
        )
    return open_door(token=tokens[number].strip())


async def _open(place: str | None, state: TaskState) -> Door:
    """The door of a sample's researcher; another epoch is another one."""
    own, before = state.metadata, state.epoch - 1
    name = own["researcher"] if not before else f"{own['researcher']}-e{state.epoch}"
    return await to_thread.run_sync(_door, place, name, own["number"] + before * own["agents"])


def _handed_in(state: TaskState) -> list[int]:
    """Numbers of what an agent submitted, as its receipts gave them."""
    told = [one for one in state.messages if isinstance(one, ChatMessageTool)]
    told = [one for one in told if one.function == "submit_method" and not one.error]
    return [json.loads(one.text)["number"] for one in told]


def _tool(operation: Callable[..., Awaitable[dict[str, Any]]]) -> Tool:
    """An operation as Inspect's tool, which answers with a text."""

    @wraps(operation)
    async def execute(*given: Any, **named: Any) -> str:
        return json.dumps(await operation(*given, **named))

    return ToolDef(execute).as_tool()
