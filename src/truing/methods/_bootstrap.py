"""Bootstrapping through intermediate students (Burns et al. 2023, section 4.3.1)."""

import re

from truing.errors import UserError
from truing.methods._method import Method, follow, method
from truing.specification import Specification
from truing.students import COLUMNS, is_fine_tuned

RUNGS = 2  # number of students between supervisor and student, as in the paper
NUMBERED = re.compile(r"(?P<family>hf/.+@layer|[\w.-]+)-(?P<size>\d+)")


@method("bootstrap")
def bootstrap(rungs: str = "") -> Method:
    """Train a chain of students of increasing size; each labels for the next (Burns et al. 2023).

    Source: section 4.3.1. The supervisor labels for the first intermediate student, the first for
    the second, and the second for the strong student. All students learn the labels unchanged.

    The paper states that there are two intermediate students; the following choices are ours. By
    default their sizes are evenly spaced on a logarithmic scale between supervisor and student,
    where the size is the number in a name. If the two names have no comparable sizes, or there are
    not two different sizes between them, name the intermediate students. They inherit the strong
    student's settings: all settings if they are of the same kind (features of one name, or
    fine-tuned models), otherwise only its `l2`. With `l2=auto` each intermediate head chooses its
    own strength on the labels that it learns. Each student of the chain relabels the same
    learning items. The paper uses new items for each step (appendix A.2), which the learn split of
    a study does not provide.

    Args:
        rungs: intermediate students, weakest first, joined by `+`. Each may have settings, with a
            colon before each setting: `pca-8+spectral-32:neighbors=5:l2=0.3`.
    """
    named = tuple(rung for rung in rungs.split("+") if rung)

    def chain(weak: str, strong: str) -> tuple[str, ...]:
        return tuple(_with_settings(rung, strong) for rung in named or _between(weak, strong))

    return Method(targets=follow, static=True, rungs=chain)


def _between(weak: str, strong: str) -> list[str]:
    """Names of the students between supervisor and student, evenly spaced in log size."""
    family, high = _size(strong)
    other, low = _size(weak)
    comparable = family == other or {family, other} <= set(COLUMNS)
    if not (low and high and comparable):
        raise UserError(
            f"bootstrap cannot compare the sizes of the supervisor {weak!r} and the student "
            f"{strong!r}; name the intermediate students: bootstrap,rungs=A+B"
        )
    sizes = [round(low * (high / low) ** (at / (RUNGS + 1))) for at in range(RUNGS + 2)]
    if sorted(set(sizes)) != sizes:
        raise UserError(
            f"bootstrap needs two sizes between the supervisor {weak!r} and the student "
            f"{strong!r}; choose a larger student, or name the intermediate students: "
            "bootstrap,rungs=A+B"
        )
    return [f"{family}-{size}" for size in sizes[1:-1]]


def _size(label: str) -> tuple[str, int]:
    """Family and size in a name such as `pca-8`; size 0 if the name has none."""
    found = NUMBERED.fullmatch(Specification.parse(label).name)
    return (found["family"], int(found["size"])) if found else ("", 0)


def _with_settings(rung: str, strong: str) -> str:
    """Specification of an intermediate student, with settings inherited from the strong student."""
    own, student = Specification.parse_nested(rung), Specification.parse(strong)
    inherited = dict(student.arguments)
    if _kind(own.name) != _kind(student.name):
        inherited = {key: value for key, value in inherited.items() if key == "l2"}
    chooses = inherited.get("l2") == "auto"
    if own.name.startswith("sklearn/") or (chooses and is_fine_tuned(own.name)):
        inherited.pop("l2", None)  # the intermediate student has no l2, or cannot choose it
    return str(Specification(own.name, {**inherited, **own.arguments}))


def _kind(name: str) -> str:
    """Kind of a student; students of one kind have the same settings."""
    if name.startswith("hf/"):
        return "fine-tuned" if is_fine_tuned(name) else "a frozen layer"
    return _size(name)[0] or name.partition(":")[0]  # `spectral` of spectral-64, `file` of file:X
