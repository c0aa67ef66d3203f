"""Easy-to-hard supervision: a model that learns easy items with their ground truth.

People can check easy items. The question is whether a model that learns only these labels labels
hard items well (Hase et al. 2024, Sun et al. 2024; called E2H in Canavan et al. 2026).
"""

from __future__ import annotations

from truing.arguments import Share
from truing.supervisors._supervisor import supervisor
from truing.supervisors.composed._easiest import SHARE, EasyToHard


@supervisor("easy-to-hard:{student:STUDENT}")
def easy_to_hard(
    student: str, share: Share = SHARE, by: str = "hardness", task: str = ""
) -> EasyToHard:
    """A weak model that is trained on easy items with their ground truth, and labels all items.

    The easy items are the easiest share of the supervise split, or another task with the same
    choices, `easy-to-hard:STUDENT,task=TASK`. Of another task it learns all items except the test
    and the sealed split. A head, whose features are fitted on that task, is applied to the items of
    the labeled task.

    Args:
        student: the model, any name of `truing list students`; its arguments may follow.
        share: share of the supervise split that is easy. Items with equal hardness are all easy.
        by: field of the items that orders them by hardness, a number. A study measures the field
            `hardness` with `--hardness STUDENT`, if a file does not contain it.
        task: an easy task with the same choices; its arguments may follow:
            `task=numbers.jsonl,text=statement`.
    """
    return EasyToHard(student, share, by, task)
