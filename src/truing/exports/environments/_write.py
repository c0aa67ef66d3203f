"""Write an environment: prompts of a policy, plays, reward function and README."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.exports.environments._environment import (
    NO_MODEL,
    PLAYS,
    PROMPTS_OF_POLICY,
    PROTOCOL,
    SETTINGS,
    TEMPLATES,
    TRUTH,
    Environment,
)
from truing.exports.environments._hosts import PolicyHost, Reached
from truing.exports.environments._trained import Trained
from truing.given import find
from truing.loops import run_coroutine
from truing.oversight import check_prompts, play
from truing.oversight.prompts import give_prompts
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import QuestionSet, load_questions
from truing.oversight.rules import Setup, setups

CODE = '''"""Reward of the {train} in {protocol}; written by truing export-env."""

from pathlib import Path

from inspect_ai import task
from truing.exports.environments import Environment

ENVIRONMENT = Environment(Path(__file__).parent)


def reward(prompts, completions, play, **columns):
    """Reward of each completion: a reward function for GRPOTrainer of TRL."""
    return ENVIRONMENT.rewards(completions, play)


@task
def policy():
    """Inspect task: inspect eval environment.py --model PROVIDER/MODEL."""
    return ENVIRONMENT.task()
'''
README = """# Training environment: {train} in {protocol}

Written by `truing export-env`. The policy writes one {what} per play; other models play the rest.

| file | content |
|---|---|
| `prompts.jsonl` | `prompt` (messages), `play`, `question`, `seat`: the data set of prompts |
| `environment.py` | `reward(prompts, completions, play, **columns)` for TRL, `policy` for Inspect |
| `plays.jsonl` | each play, and the replies of other models before the policy's request |
| `protocol.json`, `policy.json` | the rules, the models and the trained role |
{truth_row}
Reward: {reward}

Other models: {models}. {ground_truth}

```python
from datasets import load_dataset
from environment import reward
from trl import GRPOConfig, GRPOTrainer

trainer = GRPOTrainer(
    model="Qwen/Qwen2.5-0.5B-Instruct",
    reward_funcs=reward,
    args=GRPOConfig(output_dir="trained"),
    train_dataset=load_dataset("json", data_files="prompts.jsonl", split="train"),
)
trainer.train()
```

A policy that is trained against a fixed judge can learn to mislead it. Compare the reward with the
accuracy of the verdicts on questions that were not trained on.
"""
OF_SPEAKER = (
    "the judge's belief in the answer that the policy argues for (a critic: one minus the belief "
    "in the answer that it criticizes), from 0 to 1; 0 for an empty speech or an unread verdict."
)
OF_JUDGE = (
    "the logarithm of the policy's belief in the correct answer, at least log(0.01), which is also "
    "the reward of a verdict that cannot be read."
)


def export_environment(
    protocol: str,
    folder: Path | str,
    *,
    questions: str,
    train: str,
    models: Mapping[str, Sequence[str]],
    limit: int | None = None,
    prompts: object = "",
) -> Environment:
    """Write a protocol as a training environment to a new folder.

    Args:
        protocol: specification of the protocol.
        folder: the new folder.
        questions: specification of the question set.
        train: model role of the policy: `judge`, or a role of a speaker.
        models: models of the other roles.
        limit: number of questions; None for all.
        prompts: prompts folder; empty for the shipped prompts.

    Raises:
        UserError: the folder is not empty, the role cannot be trained, or a role has no model.
        NoAnswerError: a model that speaks before the policy gave no answer.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; name a new folder")
    built = PROTOCOLS.build(protocol)
    trained, loaded = Trained.of(built.value, train), load_questions(questions)
    given = give_prompts(prompts)
    others = [name for names in models.values() for name in names]
    check_prompts(given, [built.value], loaded.questions, others)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "protocol": built.label,
        "questions": loaded.name,
        "train": train,
        "models": _bound(trained, models),
    }
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n")
    (folder / PROTOCOL).write_text(json.dumps(asdict(trained.rules), indent=2) + "\n")
    (folder / "environment.py").write_text(CODE.format(**settings))
    (folder / "README.md").write_text(_readme(trained, settings))
    if given:
        _copy_prompts(given, folder / TEMPLATES)
    made = Environment(folder)
    _write_plays(made, loaded, limit)
    return made


def _bound(trained: Trained, models: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Models by role; a role that makes no request needs no model."""
    bound = {role: list(names) for role, names in models.items() if names}
    alone = trained.rules.rounds == 1 and not any(one.each for one in trained.rules.speakers)
    if trained.judges or alone:
        bound.setdefault(trained.role, [NO_MODEL])
    return bound


def _write_plays(made: Environment, loaded: QuestionSet, limit: int | None) -> None:
    """Write the prompts, the plays and, for a judge, the ground truth."""
    from truing.oversight.evals import sample_metadata

    prompts, plays, truths = [], [], []
    asked = loaded.questions[:limit]
    known = made.trained.judges
    right_N = loaded.truth(range(len(asked))) if known else [None] * len(asked)
    for question, right in zip(asked, right_N, strict=True):
        for setup in setups(made.trained.rules, question):
            for seat in made.trained.seats(setup):
                key = f"{setup.id}, {seat}"
                prompt, before = _reach(made, setup, seat)
                stated = {"question": question.id, "seat": seat}
                prompts.append({"prompt": prompt, "play": key, **stated})
                plays.append(
                    {"play": key, "seat": seat, "setup": sample_metadata(setup), "before": before}
                )
                if right is not None:
                    truths.append({"play": key, "truth": setup.order.index(int(right))})
    _write_lines(made.folder / PROMPTS_OF_POLICY, prompts)
    _write_lines(made.folder / PLAYS, plays)
    if truths:
        _write_lines(made.folder / TRUTH, truths)


def _reach(made: Environment, setup: Setup, seat: str) -> tuple[list[dict[str, str]], Any]:
    """The policy's prompt, and the replies of other models before it."""
    host = PolicyHost(made.models(setup.question.id), made.trained, seat)
    try:
        run_coroutine(play(made.trained.rules, setup, host, made.options))
    except Reached as reached:
        messages = [{"role": who, "content": text} for who, text in reached.call.messages]
        return messages, host.replies
    raise UserError(
        f"{setup.id}: the play ended before {seat} spoke, because a choice could not be read; use "
        "another model, or a protocol with assigned answers"
    )


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _copy_prompts(specification: str, folder: Path) -> None:
    folder.mkdir()
    for suffix, content in find(specification).files.items():
        (folder / suffix.removeprefix(".")).write_bytes(content)


def _readme(trained: Trained, settings: Mapping[str, Any]) -> str:
    others = {r: names for r, names in settings["models"].items() if names != [NO_MODEL]}
    shown = ", ".join(f"{role} {' + '.join(names)}" for role, names in others.items()) or "none"
    kept = "`truth.jsonl` contains the ground truth, which only the reward reads."
    row = "| `truth.jsonl` | index of the correct answer of each play, in the order shown |\n"
    return README.format(
        **{**settings, "models": shown},
        what="verdict" if trained.judges else "speech",
        reward=OF_JUDGE if trained.judges else OF_SPEAKER,
        truth_row=row if trained.judges else "",
        ground_truth=kept if trained.judges else "The folder contains no ground truth.",
    )
