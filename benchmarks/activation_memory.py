"""Peak memory and time of storing the activations of many texts.

A model with random weights and 1,024 columns, whose blocks do almost no work, reads distinct texts
of three words. Its activations at four layers are extracted to a store in a temporary folder, and
the stored arrays are read memory-mapped. The memory is the largest resident set of the process
(VmHWM), with PyTorch and, on several workers, with all worker processes. The temporary folder needs
twice the size of the arrays.

    python benchmarks/activation_memory.py [--count 100000] [--storage float16] [--workers 1]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from truing.students.features import FEATURES
from truing.studies import LocalEngine, StepGraph, Store, complete
from truing.studies.work import extract_step, read_features
from truing.tasks import load_task

WIDTH, LAYERS, WORDS, LENGTH = 1024, 4, 1000, 3


def make_checkpoint(folder: Path) -> Path:
    """Write a Llama model with narrow blocks, and a tokenizer of whole words."""
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {f"w{number}": number for number in range(WORDS)} | {"<pad>": WORDS}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    config = hf.LlamaConfig(
        vocab_size=WORDS + 1,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
        intermediate_size=8,
        pad_token_id=WORDS,
    )
    hf.LlamaModel(config).save_pretrained(folder)
    hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>").save_pretrained(
        folder
    )
    return folder


def write_texts(count: int, path: Path) -> Path:
    """Write distinct texts: the digits of their number in base 1,000."""
    with path.open("w") as file:
        for number in range(count):
            digits = [number // WORDS**place % WORDS for place in range(LENGTH)]
            text = " ".join(f"w{digit}" for digit in digits)
            file.write(json.dumps({"id": str(number), "text": text, "truth": number % 2}) + "\n")
    return path


def peaks() -> list[float]:
    """Largest resident sets of this process and of its children, in MB of 1,000,000 bytes."""
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    found = []
    for process in (me, *children):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        found += [int(line.split()[1]) * 1.024e-3 for line in lines if line.startswith("VmHWM")]
    return found


def main() -> None:
    """Print the peak memory and the time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--storage", choices=["float32", "float16"], default="float32")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = make_checkpoint(folder / "model")
        task = load_task(str(write_texts(given.count, folder / "texts.jsonl"))).task
        print(f"{peaks()[0]:,.0f} MB before the extraction, with PyTorch and the texts", flush=True)
        began, store = time.perf_counter(), Store(folder / "store")
        steps = tuple(
            extract_step(task, FEATURES.build(f"hf/{path}@layer-{k},storage={given.storage}"))
            for k in range(1, LAYERS + 1)
        )
        blocks = len(steps[0].parents["blocks"])
        complete(StepGraph(steps), store, LocalEngine(given.workers))
        seconds = time.perf_counter() - began
        each = peaks()
        stored = sum(file.stat().st_size for file in store.folder.rglob("*") if file.is_file())
        mapped = sum(float(read_features(store, step.key)[-1].sum()) for step in steps)
    print(
        f"{given.count:,} texts x {WIDTH:,} columns x {LAYERS} layers, {blocks} blocks: "
        f"{stored / 1e6:,.0f} MB stored in {seconds:.0f} s on {given.workers} workers"
    )
    print(f"peak {sum(each):,.0f} MB ({', '.join(f'{one:,.0f}' for one in each)}); {mapped:.3f}")


if __name__ == "__main__":
    main()
