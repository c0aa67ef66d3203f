"""The Inspect task `truing/research`: an agent of any model, with a referee's operations as tools.

    inspect eval truing/research --model openai/gpt-4o --token-limit 500000
    inspect eval truing/research --model ... -T config=research.json -T folder=runs/mine
    TRUING_URL=... TRUING_TOKEN=... inspect eval truing/research --model ... -T sandbox=docker
    TRUING_URL=... TRUING_TOKEN=A,B inspect eval truing/research ... -T direction="losses; filters"

With a referee at an address, each token belongs to one researcher with one budget, so several
agents need several tokens. Limits on tokens, time, cost and messages are Inspect's options. With a
sandbox the agent also has a shell and Python in it; the referee runs outside of the sandbox.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageTool, GenerateConfig
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolDef, ToolError, bash, python
from inspect_ai.util import sandbox as default_sandbox
from inspect_ai.util._sandbox.local import LocalSandboxEnvironment

from truing.errors import IsolationError, TruingError, UserError
from truing.research._config import ResearchConfig, read_config
from truing.research.doors._contract import Door, wait_for
from truing.research.doors._machine import is_this_machine
from truing.research.doors._open import open_door, referee_in
from truing.research.doors._tools import AgentTool, AgentTools
from truing.research.folders import FolderRunner
from truing.research.researchers.agent import Conversation, Memory, Workspace
from truing.research.researchers.agent._agents import PER_SUBMISSION, TURNS
from truing.research.researchers.agent._prompt import prompt
from truing.research.researchers.agent._remembering import RememberingDoor
from truing.research.researchers.agent._tools import WorkTools
from truing.research.researchers.agent._work import Limits, work
from truing.run_files import AGENT_CONVERSATION, AGENT_WORKSPACE, AGENTS, LEDGER

FOLDER = "runs/agent"
SCORED = 600.0  # seconds to wait for the scores of the last submissions after the agent has ended
ANSWER = 100_000  # bytes of a tool's answer; the description of the problem is long
SECONDS = 180  # time limit of a command in the sandbox
SUBMITTING = ("submit_method", "submit_folder")
STOPPED = "stopped"  # key of a sample's metadata: why the agent stopped; empty if it finished


@task
def research(
    config: str | None = None,
    folder: str | None = None,
    researcher: str = "agent",
    direction: str | list[str] | None = None,
    sandbox: str | None = None,
    turns: int = TURNS,
    again: bool = True,
) -> Task:
    """An agent searches for methods under a referee.

    If neither a folder nor a configuration is named, the task uses the referee at `TRUING_URL` with
    `TRUING_TOKEN`. If `TRUING_URL` is not set, it starts a referee with the default problem in
    `runs/agent`.

    Args:
        config: file with the configuration of a new run.
        folder: folder of the referee; an existing run is continued.
        researcher: name of the researcher in the folder. With several directions it is the name of
            the first agent, and the others are numbered. At an address the token determines the
            name.
        direction: a direction of search for each agent, separated by `;`. At an address,
            `TRUING_TOKEN` must contain a token for each agent, separated by `,`.
        sandbox: `docker`, or another sandbox of Inspect, in which the agent has a shell. `local` is
            refused if the referee runs on this machine, in a folder or at an address.
        turns: number of replies after which an agent begins a new conversation from its notes.
        again: whether an agent that finished in an earlier evaluation begins a new conversation.
    """
    try:
        place = _place(config, folder)
        if sandbox is not None and sandbox.rpartition("/")[2] == "local":
            _refuse_local_shell(place)
        samples = _samples(place, researcher, _directions(direction), turns)
    except TruingError as error:  # Inspect prints this class without a traceback
        raise PrerequisiteError(str(error)) from None
    return Task(
        dataset=MemoryDataset(samples, name="research"),
        solver=researching(place, sandbox is not None, turns, again),
        scorer=best_released(place),
        sandbox=sandbox,
        config=GenerateConfig(max_tool_output=ANSWER),
    )


@solver
def researching(
    place: str | None, shell: bool = False, turns: int = TURNS, again: bool = True
) -> Solver:
    """A solver: an agent with the tools of a door, a workspace and notes.

    An agent at a referee in a folder continues an unfinished conversation of an earlier evaluation.

    Args:
        place: folder of the referee; None for the referee at `TRUING_URL`.
        shell: whether the agent may also use the sandbox.
        turns: number of replies of a conversation.
        again: whether a finished agent begins again.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate  # every reply is written to disk before the next request
        door = await _open(place, state)
        with _home(place, _name(state)) as home:
            runner = await to_thread.run_sync(_runner, place)
            tools, each = await to_thread.run_sync(_tools, door, home, runner)
            if shell:
                if _local_shell():  # Inspect's option --sandbox replaces the sandbox of the task
                    _refuse_local_shell(place)
                tools += [bash(timeout=SECONDS), python(timeout=SECONDS)]
            kept = Conversation(home / AGENT_CONVERSATION)
            if kept.report is not None and again:
                kept.begin()
            limits = Limits(turns, kept.replies + PER_SUBMISSION * each)
            state.metadata[STOPPED] = await work(state, state.input_text, tools, kept, limits)
        return state

    return solve


def _runner(place: str | None) -> FolderRunner | None:
    """Runs folders as the referee of a folder does; None if it runs none, or not here."""
    config = None if place is None else referee_in(Path(place)).config
    if config is None or config.folders is None:
        return None
    from truing.research.problems import make_runner

    try:
        return make_runner(config.isolation, config.folders)
    except IsolationError:
        return None


def _tools(door: Door, home: Path, runner: FolderRunner | None) -> tuple[list[Tool], int]:
    """The tools of an agent, and the submissions of its budget."""
    problem, memory = door.describe_problem(), Memory(home)
    noted = RememberingDoor(door, memory)
    own = WorkTools(noted, Workspace(home / AGENT_WORKSPACE), memory, ToolError, runner)
    found = [*AgentTools(noted, ToolError).functions, *own.functions]
    if problem["folders"]:
        found += own.folder_functions
    return [_tool(one) for one in found], problem["budget"]["each"]


@contextmanager
def _home(place: str | None, name: str) -> Iterator[Path]:
    """Folder of an agent: in the folder of the referee, or a temporary folder."""
    if place is None:
        with TemporaryDirectory(prefix="truing-agent-") as temporary:
            yield Path(temporary)
    else:
        yield Path(place) / AGENTS / name


@scorer(metrics=[mean(), stderr()])
def best_released(place: str | None) -> Scorer:
    """The best released score of the agent's methods; 0, the baseline, if no method raised the best
    released score."""

    async def score(state: TaskState, target: Target) -> Score:
        door = await _open(place, state)
        for number in _submitted(state):  # a served referee scores asynchronously
            await to_thread.run_sync(wait_for, door, number, SCORED)
        spent = await to_thread.run_sync(door.budget)
        rows = (await to_thread.run_sync(door.leaderboard)).leaderboard
        own = [row for row in rows if row.researcher == spent.researcher]
        best = max((row.released for row in own), default=0.0)
        line = f"{spent.spent} submissions, of which {len(own)} raised the best released score"
        known = {"budget": spent.to_json(), "released": [row.to_json() for row in own]}
        return Score(value=best, explanation=line, metadata=known)

    return score


def _place(config: str | None, folder: str | None) -> str | None:
    """The folder of the referee, created if needed; None for a referee at an address."""
    if not config and not folder and os.environ.get("TRUING_URL"):
        return None
    place = Path(folder or FOLDER)
    if config or (place / LEDGER).is_file():
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
    """Raise UserError if the referee is on this machine, where a local shell reads its files."""
    url = os.environ.get("TRUING_URL", "")
    if place is None and not is_this_machine(urlsplit(url).hostname or ""):
        return
    raise UserError(
        f"sandbox=local gives the agent a shell on the machine of the referee ({place or url}), "
        "so the agent could read the secret and the ledger; use sandbox=docker, or a referee on "
        "another machine"
    )


def _directions(given: str | Sequence[str] | None) -> list[str]:
    """The directions. Inspect's command line splits a value with commas into a list."""
    joined = given if isinstance(given, str) else ", ".join(map(str, given or ()))
    return [one.strip() for one in joined.split(";")]


def _samples(
    place: str | None, researcher: str, directions: Sequence[str], turns: int
) -> list[Sample]:
    """One sample for each direction; all share the referee, its forum and its leaderboard."""
    samples = []
    names = _names(place, researcher, len(directions))
    for number, (name, direction) in enumerate(zip(names, directions, strict=True)):
        problem = _door(place, name, number).describe_problem()
        shown = prompt(problem, direction, turns)
        place_of = {"researcher": name, "number": number, "agents": len(names)}
        samples.append(Sample(id=name, input=shown, metadata=place_of))
    return samples


def _names(place: str | None, researcher: str, count: int) -> list[str]:
    """Names of the agents as researchers: numbered in a folder, by their tokens at an address."""
    if place is not None:
        return [researcher, *(f"{researcher}-{number}" for number in range(2, count + 1))]
    names = [_door(None, "", number).budget().researcher for number in range(count)]
    if len(set(names)) < count:
        raise UserError(
            "TRUING_TOKEN contains two tokens of the same researcher; each agent needs a token of "
            "another researcher"
        )
    return names


def _door(place: str | None, researcher: str, number: int) -> Door:
    """The door of a researcher: by name in a folder, by the number of the token at an address."""
    if place is not None:
        return open_door(referee=Path(place), researcher=researcher)
    tokens = os.environ.get("TRUING_TOKEN", "").split(",")
    if number >= len(tokens):
        raise UserError(
            f"{number + 1} agents need {number + 1} tokens, but TRUING_TOKEN contains "
            f"{len(tokens)}; separate tokens by commas"
        )
    return open_door(token=tokens[number].strip())


async def _open(place: str | None, state: TaskState) -> Door:
    """The door of a sample's researcher; each epoch is a separate researcher."""
    own, before = state.metadata, state.epoch - 1
    number = own["number"] + before * own["agents"]
    return await to_thread.run_sync(_door, place, _name(state), number)


def _name(state: TaskState) -> str:
    """The name of a sample's researcher."""
    own = state.metadata["researcher"]
    return own if state.epoch == 1 else f"{own}-e{state.epoch}"


def _submitted(state: TaskState) -> list[int]:
    """Numbers of an agent's submissions, from its receipts."""
    answers = [one for one in state.messages if isinstance(one, ChatMessageTool)]
    answers = [one for one in answers if one.function in SUBMITTING and not one.error]
    return [json.loads(one.text)["number"] for one in answers]


def _tool(operation: AgentTool) -> Tool:
    """An operation as an Inspect tool that returns JSON text."""

    @wraps(operation)
    async def execute(*given: Any, **named: Any) -> str:
        return json.dumps(await operation(*given, **named))

    return ToolDef(execute).as_tool()
