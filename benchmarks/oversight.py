"""Cost of the protocol engine per model call, compared with Inspect's `generate()` alone.

Embedded agents debate many questions at the same time, in four ways that take turns:

- bare: `get_model().generate()` sends the messages of all plays, one task per question;
- rules: the plays with recorded replies, so that only the engine's own work remains: prompts,
  quotes, verdicts, the order of turns. Its fraction of the bare time is the engine's overhead;
- engine: the plays through Inspect's models, with its messages and task groups, and without spans,
  which exist only inside an evaluation;
- oversee: the plays as `truing oversee` runs them, an Inspect evaluation with its log, compared
with the bare time of the same round.

    OPENBLAS_NUM_THREADS=1 python benchmarks/oversight.py [--questions 500] [--rounds 7]

With --memory it runs `blind` and the protocol once, as `truing oversee` does, run folder and report
page included, and prints the peak resident memory of the process:

    OPENBLAS_NUM_THREADS=1 python benchmarks/oversight.py --questions 10000 --memory
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

import anyio

from truing.oversight.questions import QuestionSet, load_questions

NAMES = {"judge": "truing/judge", "debater": "truing/debater"}


async def at_once(work: Sequence[Callable[[], Coroutine]]) -> None:
    """Everything concurrently."""
    async with anyio.create_task_group() as group:
        for one in work:
            group.start_soon(one)


async def rules_alone(protocol: str, questions: QuestionSet, replies: dict) -> None:
    """The plays with every reply at hand."""
    import numpy as np

    from truing.oversight import play
    from truing.oversight.agents import EmbeddedHost
    from truing.oversight.protocols import PROTOCOLS, setups

    class Replaying(EmbeddedHost):
        async def ask(self, call):
            return replies[call.messages]

    rules, host = PROTOCOLS.build(protocol).value, Replaying(np.random.default_rng(0))
    for question in questions.questions:
        for setup in setups(rules, question):
            await play(rules, setup, host)


async def engine(
    protocol: str, questions: QuestionSet, recorded: list | None = None, replies: dict | None = None
) -> None:
    """Play a protocol on questions, and record whom was asked what, play by play."""
    from inspect_ai.model import get_model

    from truing.oversight import play
    from truing.oversight.evals import InspectHost
    from truing.oversight.protocols import PROTOCOLS, setups

    rules = PROTOCOLS.build(protocol).value
    models = {role: [get_model(name)] for role, name in NAMES.items()}

    class Recording(InspectHost):
        def __init__(self, question: str, asked: list):
            super().__init__(models, question, False)
            self.asked = asked

        async def ask(self, call):
            self.asked.append((NAMES[call.role], call.messages))
            replies[call.messages] = await super().ask(call)
            return replies[call.messages]

    def host_of(question: str) -> InspectHost:
        if recorded is None:
            return InspectHost(models, question, False)
        recorded.append([])
        return Recording(question, recorded[-1])

    work: list[partial] = []
    for question in questions.questions:
        for setup in setups(rules, question):
            work.append(partial(play, rules, setup, host_of(question.id)))
    await at_once(work)


async def bare(requests: list[list]) -> None:
    """The same requests by Inspect alone."""
    from inspect_ai.model import get_model

    async def ask_all(asked: list) -> None:
        for name, messages in asked:
            output = await get_model(name).generate(messages)
            assert output.completion

    await at_once([partial(ask_all, asked) for asked in requests])


def evaluation(protocol: str, questions: QuestionSet) -> None:
    """Run the same plays as `truing oversee` does."""
    from truing.oversight import Match
    from truing.oversight.evals import oversee

    with tempfile.TemporaryDirectory() as folder:
        found = oversee(
            [Match.of(protocol, {role: [name] for role, name in NAMES.items()})],
            questions,
            folder=Path(folder, "logs"),
            calls=Path(folder, "calls"),
        )
    assert not found.failures


def peak_memory(protocol: str, questions: int) -> float:
    """Peak resident memory in MB of a run of `blind` and a protocol, with its run folder."""
    from truing.lab import Oversight, run_oversight

    run = Oversight(
        protocols=["blind", protocol],
        questions=f"cases,count={questions}",
        judge=NAMES["judge"],
        debater=NAMES["debater"],
    )
    with tempfile.TemporaryDirectory() as folder:
        found = run_oversight(run, out=Path(folder, "run")).overseen
    assert len(found.records) == run.plays
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_messages(recorded: list[list]) -> list[list]:
    """Recorded texts as Inspect's messages, which the engine usually creates."""
    from truing.oversight.evals._host import MESSAGES

    return [
        [(name, [MESSAGES[who](content=text) for who, text in texts]) for name, texts in asked]
        for asked in recorded
    ]


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds, which other processes disturb less; no call here waits."""
    from inspect_ai.log._transcript import Transcript, init_transcript

    init_transcript(Transcript())  # outside an evaluation it would grow from round to round
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Print milliseconds per call and the ratios."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--questions", type=int, default=500)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--protocol", default="debate")
    options.add_argument("--memory", action="store_true")
    given = options.parse_args()
    if given.memory:
        megabytes = peak_memory(given.protocol, given.questions)
        print(
            f"blind and {given.protocol}, {given.questions:,} questions: {megabytes:,.0f} MB peak"
        )
        return
    questions = load_questions(f"cases,count={given.questions}")
    recorded: list[list] = []
    replies: dict = {}
    anyio.run(
        engine, given.protocol, questions, recorded, replies
    )  # warm up imports, and record the messages
    requests = as_messages(recorded)
    calls = sum(map(len, recorded))
    print(
        f"{given.protocol}: {given.questions} questions, {calls} calls, all questions at the same "
        f"time, {os.cpu_count()} cores of which one is used"
    )
    ways = {
        "bare generate()": lambda: anyio.run(bare, requests),
        "rules": lambda: anyio.run(rules_alone, given.protocol, questions, replies),
        "engine": lambda: anyio.run(engine, given.protocol, questions),
        "oversee": lambda: evaluation(given.protocol, questions),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    alone = "bare generate()"
    for turns in ([alone, "rules", "engine"], [alone, "oversee"]):  # the slowest comes last
        for number in range(given.rounds):
            for name in turns:
                taken[name].append(seconds(ways[name]))
            last = ", ".join(f"{name} {1e3 * taken[name][-1] / calls:.3f}" for name in turns)
            print(f"round {number + 1}: ms per call: {last}")
    for name in ("rules", "engine", "oversee"):
        already = 0 if name == "rules" else 1  # the times of the others include the bare time
        beside = taken[alone][given.rounds :] if name == "oversee" else taken[alone][: given.rounds]
        ratios = [one / other - already for one, other in zip(taken[name], beside, strict=True)]
        print(
            f"{name}: {1e3 * statistics.median(taken[name]) / calls:.3f} ms per call, "
            f"bare {1e3 * statistics.median(beside) / calls:.3f}, "
            f"{statistics.median(ratios):+.0%} on bare generate() "
            f"(median of {given.rounds} rounds, {min(ratios):+.0%} to {max(ratios):+.0%})"
        )


if __name__ == "__main__":
    main()
