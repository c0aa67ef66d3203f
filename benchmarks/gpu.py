"""Tokens a second of frozen activations on one GPU, beside the card's rate of matrix products.

A Llama model with random weights (1.2 billion parameters in its blocks) reads texts of random
words, whose lengths are log-normal: half of them are between 30 and 120 tokens. truing reads blocks
of texts in batches of equal lengths (at most an eighth apart) with at most 32,768 tokens, in
bfloat16, and copies through pinned memory. The plain loop reads the texts in their order, in padded
batches of 32. Each side reads for at most `--seconds`, after a warm-up. Tokens are counted without
padding. The matrix rate is the best of several products of square matrices in the same precision.

Without a GPU it ends with exit code 2. `--device cpu` runs the same code with a tiny model, to test
the script; so far it ran only there. `--seconds` is meant to keep it below five minutes on a card.

    python benchmarks/gpu.py [--seconds 60] [--device cuda]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from truing.students.transformer.checkpoints._checkpoint import Checkpoint, find_checkpoint
from truing.students.transformer.checkpoints._device import pick_device, pick_dtype
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.students.transformer.reading._activations import View, read_block
from truing.students.transformer.reading._blocks import cut_blocks

WORDS, BATCH, LIMIT = 5000, 32, 1024


@dataclass(frozen=True)
class Sizes:
    """Sizes of the benchmark on one kind of device."""

    hidden: int
    inner: int
    blocks: int
    heads: int
    texts: int
    square: int  # rows of the matrices whose product is measured


SIZES = {"cuda": Sizes(2048, 8192, 18, 16, 200_000, 8192), "cpu": Sizes(64, 256, 4, 4, 300, 512)}


def make_checkpoint(folder: Path, sizes: Sizes) -> Checkpoint:
    """Write a Llama model with random weights, and a tokenizer of whole words."""
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {f"w{number}": number for number in range(WORDS)} | {"<pad>": WORDS}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    config = hf.LlamaConfig(
        vocab_size=WORDS + 1,
        hidden_size=sizes.hidden,
        intermediate_size=sizes.inner,
        num_hidden_layers=sizes.blocks,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.heads,
        max_position_embeddings=LIMIT,
        pad_token_id=WORDS,
    )
    device = pick_device()
    torch.manual_seed(0)
    with torch.device(device):
        model = hf.LlamaModel(config).to(pick_dtype(device))
    model.save_pretrained(folder)
    fast = hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>")
    fast.save_pretrained(folder)
    return find_checkpoint(str(folder))


def make_texts(count: int) -> tuple[list[str], np.ndarray]:
    """Texts of random words, and their numbers of tokens."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(60), 1.0, count), 4, LIMIT).astype(int)
    return [" ".join(f"w{n}" for n in rng.integers(WORDS, size=one)) for one in lengths], lengths


def matrix_rate(device: str, size: int) -> float:
    """Operations a second of products of square matrices in the precision of the model."""
    import torch

    matrix = torch.randn(size, size, device=device, dtype=pick_dtype(device))
    best = 0.0
    for _ in range(10):
        wait(device)
        began = time.perf_counter()
        for _ in range(5):
            matrix @ matrix
        wait(device)
        best = max(best, 5 * 2 * size**3 / (time.perf_counter() - began))
    return best


def wait(device: str) -> None:
    """Wait until a GPU has finished its work."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


def timed(
    name: str,
    parts: Sequence[np.ndarray],
    lengths: np.ndarray,
    read: Callable[[np.ndarray], np.ndarray],
    limit: float,
) -> tuple[float, dict[int, np.ndarray]]:
    """Read parts of the texts for some seconds; returns tokens a second, and vectors by text."""
    read(parts[-1])  # warm-up
    found: dict[int, np.ndarray] = {}
    tokens, began = 0, time.perf_counter()
    for part in parts:
        found.update(zip(part.tolist(), read(part), strict=True))
        tokens += int(lengths[part].sum())
        if time.perf_counter() - began > limit:
            break
    speed = tokens / (time.perf_counter() - began)
    print(f"{name}: {speed:,.0f} tokens a second ({len(found):,} texts)", flush=True)
    return speed, found


class PlainLoop:
    """Padded batches in the order of the texts, through the whole model."""

    def __init__(self, checkpoint: Checkpoint, texts: Sequence[str], device: str):
        self.texts, self.device = texts, device
        self.tokenizer: Any = load_tokenizer(checkpoint)
        self.tokenizer.padding_side = "right"
        dtype = pick_dtype(device)
        self.model = load_model(checkpoint, "AutoModel", device=device, dtype=dtype)

    def __call__(self, part: np.ndarray) -> np.ndarray:
        """(texts, D) means of the last layer over each text's tokens."""
        import torch

        some = [self.texts[text] for text in part]
        read = self.tokenizer(some, padding=True, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            states = self.model(**read, output_hidden_states=True).hidden_states[-1].float()
        mask = read["attention_mask"][:, :, None].float()
        return ((states * mask).sum(1) / mask.sum(1)).cpu().numpy()


def main() -> None:
    """Print the tokens a second of both sides, and the share of the matrix rate."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    given = parser.parse_args()
    device = pick_device()
    if device != given.device:
        found = "no CUDA device was found" if device == "cpu" else "this machine has a GPU"
        print(
            f"gpu.py: --device {given.device}, but {found}; use --device {device}", file=sys.stderr
        )
        sys.exit(2)
    sizes = SIZES[device]
    print(torch.cuda.get_device_name() if device == "cuda" else "CPU, a test of the script")
    texts, lengths = make_texts(sizes.texts)
    order = np.arange(len(texts))
    with tempfile.TemporaryDirectory() as name:
        checkpoint = make_checkpoint(Path(name), sizes)
        rate = matrix_rate(device, sizes.square)
        print(f"matrix products: {rate / 1e9:,.0f} GFLOP/s in {pick_dtype(device)}", flush=True)
        loop = PlainLoop(checkpoint, texts, device)
        body = sum(p.numel() for n, p in loop.model.named_parameters() if "embed" not in n)
        batches = np.array_split(order, -(-len(order) // BATCH))
        plain, theirs = timed("plain loop", batches, lengths, loop, given.seconds)
        del loop
        view = View(sizes.blocks, "mean", LIMIT)

        def read(block: np.ndarray) -> np.ndarray:
            return read_block(checkpoint, [texts[text] for text in block], [view]).states[0]

        blocks = cut_blocks(texts, device)
        # Blocks of all lengths, since a slow card may not reach the end of the list.
        blocks = [blocks[at] for at in np.random.default_rng(0).permutation(len(blocks))]
        speed, ours = timed("truing", blocks, lengths, read, given.seconds)
    both = sorted(ours.keys() & theirs.keys())
    gap = max(np.abs(ours[text] - theirs[text]).max() for text in both) if both else np.nan
    largest = max(np.abs(theirs[text]).max() for text in both) if both else np.nan
    print(f"{speed / plain:.1f} times as fast; largest difference {gap:.1g} of {largest:.1g}")
    print(f"truing: {2 * body * speed / rate:.0%} of the matrix rate, 2 operations per parameter")


if __name__ == "__main__":
    main()
