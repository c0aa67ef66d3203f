r"""Prompted supervisors: a causal language model that is asked for labels, without training.

The belief in a choice is its probability as the text after the item's text: the sum of the
log-probabilities of its tokens, normalized over the item's choices. The choices of a classification
are the names of the classes. These are the baselines `ue_zeroshot` and `ue_fewshot` of Anthropic's
automated-w2s-research.

Beliefs are calibrated (Zhao et al. 2021, contextual calibration): they are divided by the beliefs
after a content-free input, such as `N/A`, in place of the item's text. If items have their own
choices, this is the calibration by domain-conditional PMI (Holtzman et al. 2021).

The language model's own meaning of the choices' texts determines which label is which. No ground
truth is used for it.
"""

from __future__ import annotations

from typing import Annotated

from truing.arguments import AtLeastOne, Within
from truing.errors import UserError
from truing.students.transformer import (
    Checkpoint,
    check_language_model,
    find_checkpoint,
    need_extra,
)
from truing.supervisors._coherent import Search
from truing.supervisors._supervisor import supervisor
from truing.supervisors.prompts._prompted import TEXT, Prompted


@supervisor("zeroshot:hf/{checkpoint:NAME}")
def zeroshot(
    checkpoint: str,
    prompt: str = TEXT,
    calibrated: bool = True,
    normalized: bool = False,
    revision: str = "",
) -> Prompted:
    r"""A causal language model that is asked for each item's label, without examples.

    Args:
        checkpoint: hub id or local folder.
        prompt: text before the choice. `{text}` stands for the item's text and `\n` for a new
            line: `Review: {text}\nSentiment:`. Without `{text}`, it follows the item's text on a
            new line.
        calibrated: divide the beliefs by those after content-free inputs.
        normalized: mean over the tokens of a choice instead of their sum, for choices of very
            different lengths.
        revision: branch, tag or commit of a hub id; empty for its main branch.
    """
    return Prompted(
        *_model_and_prompt("zeroshot", checkpoint, revision, prompt), calibrated, normalized
    )


@supervisor("fewshot:hf/{checkpoint:NAME}")
def fewshot(
    checkpoint: str,
    shots: AtLeastOne = 8,
    prompt: str = TEXT,
    calibrated: bool = True,
    normalized: bool = False,
    revision: str = "",
) -> Prompted:
    r"""A causal language model that is asked for each item's label after a few labeled examples.

    The seed draws the examples from the supervise split, equally many of each class.

    Args:
        checkpoint: hub id or local folder.
        shots: number of examples with their ground truth.
        prompt: as for `zeroshot`.
        calibrated: as for `zeroshot`.
        normalized: as for `zeroshot`.
        revision: branch, tag or commit of a hub id; empty for its main branch.
    """
    asked = _model_and_prompt("fewshot", checkpoint, revision, prompt)
    return Prompted(*asked, calibrated, normalized, shots)


@supervisor("icm:hf/{checkpoint:NAME}")
def icm(
    checkpoint: str,
    items: Annotated[int, Within("[16, inf)")] = 64,
    context: AtLeastOne = 16,
    steps: Annotated[int, Within("[0, inf)")] = 0,
    exclusive: str = "",
    prompt: str = TEXT,
    calibrated: bool = True,
    normalized: bool = False,
    revision: str = "",
) -> Prompted:
    r"""Labels that predict each other by a language model, without ground truth (Wen et al. 2025).

    Internal coherence maximization searches labels of some items of the supervise split, see
    `truing.supervisors._coherent`. The items keep these labels; all other items are labeled
    few-shot, with `context` of them as examples. Differences from the paper: a context has at most
    `context` items, which half of the items share; log-probabilities are calibrated by content-free
    inputs in the same context, since small models prefer a class; a few items of a large task are
    searched, and prompts label the rest in place of fine-tuning. Equal labels for all items predict
    each other well; where no consistency excludes them, the search can end there.

    Args:
        checkpoint: hub id or local folder.
        items: number of items whose labels are searched.
        context: maximum number of examples before a prompt.
        steps: number of steps of the search; 0 for two per item.
        exclusive: class that at most one item of a cluster has, such as `correct` for solutions of
            one question; empty for no such class.
        prompt: as for `zeroshot`.
        calibrated: as for `zeroshot`; false as in the paper.
        normalized: as for `zeroshot`.
        revision: branch, tag or commit of a hub id; empty for its main branch.
    """
    asked = _model_and_prompt("icm", checkpoint, revision, prompt)
    search = Search(items, context, steps, exclusive)
    return Prompted(*asked, calibrated, normalized, search=search)


def _model_and_prompt(
    name: str, checkpoint: str, revision: str, prompt: str
) -> tuple[Checkpoint, str]:
    """The language model and its prompt.

    Raises:
        UserError: the checkpoint is not a causal language model, or the prompt repeats `{text}`.
    """
    need_extra(f"{name}:hf/{checkpoint}")
    written = prompt.replace("\\n", "\n")
    if TEXT not in written:
        written = f"{TEXT}\n{written}"
    if written.count(TEXT) > 1:
        raise UserError(f"prompt must contain {TEXT} at most once, got {prompt!r}")
    found = find_checkpoint(checkpoint, revision)
    check_language_model(found)
    return found, written
