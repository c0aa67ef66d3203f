"""Loader: Python code that loads an exported folder without truing, shown in its card.

The code defines `beliefs`. Before a folder is complete, its code is run on a few items of the
study, so that the card shows code that runs and gives the beliefs of the study.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any, Literal

from truing.exports._base import Base
from truing.students.transformer import quiet

HERE = 'FOLDER = "."  # this folder, or huggingface_hub.snapshot_download("OWNER/NAME")'
GIVEN = 'given = {name: tokens[name] for name in ("input_ids", "attention_mask")}'
POOLS = {
    "last": "last = tokens.attention_mask.sum(dim=1) - 1\n"
    "states = states[torch.arange(len(states)), last]",
    "mean": "mask = tokens.attention_mask[:, :, None]\n"
    "states = (states * mask).sum(dim=1) / mask.sum(dim=1)",
    "cls": "states = states[:, 0]",
}
"""Code that pools the states (texts, tokens, width) of texts that are padded on the right."""

OF_CLASSES = '"""Probabilities (texts, classes)."""'
OF_CHOICES = (
    '"""Probabilities of the choices of one question.\n\n'
    "texts: one text for each choice: the question, a line break and the choice.\n"
    '"""'
)
FORMATTED = (
    "# The texts are formatted with tokenizer.apply_chat_template(messages, tokenize=False).\n"
)

Weights = Literal["own", "base", "adapter"]
"""What a folder contains: all weights, none, or an adapter of the base."""


@dataclass(frozen=True)
class Loader:
    """Python code that loads a folder.

    Attributes:
        code: the code.
        base: checkpoint that the code loads too; None if the folder contains all weights.
    """

    code: str
    base: Base | None = None

    def run(self, folder: Path) -> Callable[..., Any]:
        """Run the code on a folder of this machine; returns its function `beliefs`."""
        code = self.code.replace(HERE, f"FOLDER = {str(folder)!r}")
        if self.base is not None:
            code = self.base.found_here(code)
        known: dict[str, Any] = {}
        with warnings.catch_warnings(), quiet() if "transformers" in code else nullcontext():
            warnings.simplefilter("ignore")  # PEFT uses deprecated names of transformers
            exec(compile(code, "README.md", "exec"), known)
        return known["beliefs"]


@dataclass(frozen=True)
class Reading:
    """How a model reads texts.

    Attributes:
        weights: what the folder contains.
        base: the checkpoint from which the model starts.
        has_classes: the choices are classes; False if items have their own choices.
        formatted: the texts are formatted with a chat template.
    """

    weights: Weights
    base: Base
    has_classes: bool
    formatted: bool = False

    @property
    def tokens(self) -> str:
        """Code that encodes texts."""
        special = "add_special_tokens=False, " if self.formatted else ""
        note = FORMATTED if self.formatted else ""
        return (
            f"{note}tokens = tokenizer(texts, {special}padding=True, truncation=True, "
            'return_tensors="pt")'
        )

    def loader(self, auto: str, body: str, files: Sequence[str] = (), more: str = "") -> Loader:
        """A loader.

        Args:
            auto: class of transformers.
            body: body of the function `beliefs`, with its docstring and arguments' use.
            files: lines that load other files.
            more: definitions after the model is loaded.
        """
        named, loaded = self.base.lines(auto)
        if self.weights == "own":
            named, loaded = (
                "",
                f"model = {auto}.from_pretrained(\n    FOLDER, dtype=torch.float32\n)",
            )
        adapted = ["model = PeftModel.from_pretrained(model, FOLDER)"]
        lines = [
            HERE,
            named,
            "tokenizer = AutoTokenizer.from_pretrained(FOLDER)",
            loaded,
            *(adapted if self.weights == "adapter" else []),
            "model.eval()",
            *files,
        ]
        given = "question, choices" if "{question}" in body else "texts"
        code = "\n".join(filter(None, lines)) + f"\n{more}\n\n@torch.no_grad()\n"
        code += f"def beliefs({given}):\n{indent(body, '    ')}\n"
        base = None if self.weights == "own" else self.base
        return Loader(_imports(code, auto) + code, base)


def sequence_loader(reading: Reading) -> Loader:
    """Loader of a model for sequence classification."""
    bias = [
        'bias = load_file(f"{FOLDER}/bias.safetensors")["bias"]',
        "model.score.bias = torch.nn.Parameter(bias)  # transformers' class has no intercepts",
    ]
    logits = f"{GIVEN}\nlogits = model(**given).logits"
    said, answer = OF_CLASSES, "return logits.softmax(dim=1)"
    if not reading.has_classes:
        said, answer = OF_CHOICES, "return logits[:, 0].softmax(dim=0)"
    body = f"{said}\n{reading.tokens}\n{logits}\n{answer}"
    files = bias if reading.has_classes else []
    return reading.loader("AutoModelForSequenceClassification", body, files)


def states_loader(
    reading: Reading, layer: int, pool: str, members: int = 1, storage: str = "float32"
) -> Loader:
    """Loader of heads on the pooled states of a layer."""
    dim = "-1" if reading.has_classes else "-2"
    logits = 'logits = states @ head["weight"].T + head["bias"]'
    answer = f"return logits.softmax(dim={dim})"
    if members > 1:
        logits = 'logits = states @ head["weight"].mT + head["bias"][:, None]  # each member'
        answer += ".mean(dim=0)"
    body = "\n".join(
        [
            OF_CLASSES if reading.has_classes else OF_CHOICES,
            reading.tokens,
            GIVEN,
            "found = model(**given, output_hidden_states=True)",
            f"states = found.hidden_states[{layer}]",
            POOLS[pool],
            *(["states = states.half().float()  # as stored"] if storage == "float16" else []),
            logits,
            answer if reading.has_classes else f"{answer}[:, 0]",
        ]
    )
    return reading.loader("AutoModel", body, ['head = load_file(f"{FOLDER}/head.safetensors")'])


NUMBERS = '''
def beliefs(rows):
    """Probabilities {shape} of rows {rows} of features."""
    logits = np.asarray(rows, np.float32) @ head["weight"].swapaxes(-1, -2) + head["bias"]
    return softmax(logits, axis={axis}).mean(axis=0){only}
'''


def numbers_loader(has_classes: bool) -> Loader:
    """Loader of heads on rows of numbers."""
    form = {"shape": "(n, classes)", "rows": "(n, columns)", "axis": -1, "only": ""}
    if not has_classes:
        form = {"shape": "(choices,)", "rows": "(choices, columns)", "axis": -2, "only": "[:, 0]"}
    code = f'{HERE}\nhead = load_file(f"{{FOLDER}}/head.safetensors")\n\n'
    code += NUMBERS.format(**form)
    modules = (
        "import numpy as np\nfrom safetensors.numpy import load_file\n"
        "from scipy.special import softmax\n\n"
    )
    return Loader(modules + code)


LABELS = '''

def ids(text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def log_probability(prompt, label):
    """Log-probability of the tokens of a label after a prompt."""
    logits = model(input_ids=torch.tensor([prompt + label])).logits[0, len(prompt) - 1 : -1]
    return logits.log_softmax(dim=-1)[torch.arange(len(label)), label].sum()


START = [tokenizer.bos_token_id]
if tokenizer("a")["input_ids"][:1] != START:
    START = []
'''
OF_NAMES = '''"""Probabilities (texts, classes)."""
tail = ids(f"\\n\\nAnswer with one of: {', '.join(CLASSES)}\\nAnswer:")
labels = [ids(f" {name}") for name in CLASSES]
room = LENGTH - len(START) - len(tail) - max(map(len, labels)) + 1
prompts = [START + ids(text)[-room:] + tail for text in texts]
found = [[log_probability(prompt, label) for label in labels] for prompt in prompts]
return torch.tensor(found).softmax(dim=1)'''
OF_LETTERS = '''"""Probabilities of the choices of a question, averaged over their cyclic orders."""
order = hidden_order([f"{question}\\n{choice}" for choice in choices])
letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(order)]
labels, marks = ([ids(form.format(one)) for one in letters] for form in (" {}", "\\n{}) "))
tail = ids("\\nAnswer:")
room = LENGTH - len(START + tail) - max(map(len, labels)) + 1 - sum(map(len, marks))
stem, *texts = fitted([ids(question), *map(ids, choices)], room)
total = torch.zeros(len(order))
for first in range(len(order)):
    turned = order[first:] + order[:first]
    listed = [mark + texts[choice] for mark, choice in zip(marks, turned)]
    prompt = START + stem + sum(listed, []) + tail
    for label, choice in zip(labels, turned):
        total[choice] += log_probability(prompt, label)
return (total / len(order)).softmax(dim=0)'''
ORDER = '''

def hidden_order(texts):
    """Order of the choices by a hash of their texts."""
    salt = json.dumps(["", sorted(texts)])
    ranks = [hashlib.sha256(f"{salt}\\0{text}".encode()).digest() for text in texts]
    return sorted(range(len(texts)), key=ranks.__getitem__)


def fitted(parts, room):
    """Parts that together have at most `room` tokens, each cut at its beginning."""
    if sum(map(len, parts)) <= room:
        return parts
    kept = [0] * len(parts)
    for done, at in enumerate(sorted(range(len(parts)), key=lambda at: len(parts[at]))):
        kept[at] = min(len(parts[at]), (room - sum(kept)) // (len(parts) - done))
    return [part[len(part) - count :] for part, count in zip(parts, kept)]
'''


def generate_loader(reading: Reading, classes: Sequence[str], length: int) -> Loader:
    """Loader of a language model that answers with a label."""
    more = f"{LABELS}LENGTH = {length}\n"
    if reading.has_classes:
        more += f"CLASSES = {list(classes)!r}\n"
        return reading.loader("AutoModelForCausalLM", OF_NAMES, more=more)
    return reading.loader("AutoModelForCausalLM", OF_LETTERS, more=more + ORDER)


def _imports(code: str, auto: str) -> str:
    """Imports of the names that some code uses."""
    plain = [name for name in ("hashlib", "json", "os", "torch") if f"{name}." in code]
    lines = [f"import {name}" for name in plain if name != "torch"]
    lines += ["", "import torch"] if lines else ["import torch"]
    lines += ["from peft import PeftModel"] if "PeftModel" in code else []
    lines += ["from safetensors.torch import load_file"] if "load_file" in code else []
    lines.append(f"from transformers import {auto}, AutoTokenizer")
    return "\n".join(lines) + "\n\n"
