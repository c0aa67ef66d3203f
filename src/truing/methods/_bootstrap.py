"""Bootstrapping through intermediate students (Burns et al. 2023, section 4.3.1)."""

import re

from truing.errors import UserError
from truing.methods._method import Method, follow, method
from truing.specification import Specification

RUNGS = 2  # between supervisor and student, as in the paper
NUMBERED = re.compile(r"(?P<family>hf/.+@layer|[\w.-]+)-(?P<size>\d+)")
COLUMNS = ("lsa", "nystroem", "pca", "spectral")  # their sizes are numbers of columns


@method("bootstrap")
def bootstrap(rungs: str = "") -> Method:
    """A chain of ever stronger students, each labeling for the next (Burns et al. 2023, 4.3.1).

    The supervisor labels for the first intermediate student, this one for the second, and the
    second for the strong student. All learn the labels as they are.

    The paper says that there are two intermediate students; the following choices are ours. Their
    default sizes are evenly spaced between supervisor and student on the logarithm: the size is the
    number in a name. Where two names have no comparable sizes, or no two sizes lie between them,
    the students in between must be named. They take the strong student's settings: all of them
    where they are of its kind (features of one name, or fine-tuned models), else its l2. Every
    student of the chain relabels the same learning items; the paper has new items for each step
    (appendix A.2), which a study's learn split does not provide.

    Args:
        rungs: students in between, weakest first, joined by `+`; each may have settings of its own,
            with a colon before each of them: `pca-8+spectral-32:neighbours=5:l2=0.3`.
    """
    named = tuple(rung for rung in rungs.split("+") if rung)

    def chain(weak: str, strong: str) -> tuple[str, ...]:
        return tuple(_with_settings(rung, strong) for rung in named or _between(weak, strong))

    return Method(targets=follow, static=True, rungs=chain)


def _between(weak: str, strong: str) -> list[str]:
    """Names of the students between a supervisor and a student, evenly spaced on the logarithm."""
    family, high = _size(strong)
    other, low = _size(weak)
    comparable = family == other or {family, other} <= set(COLUMNS)
    if not (low and high and comparable):
        raise UserError(
            f"bootstrap cannot compare the sizes of the supervisor {weak!r} and the student "
            f"{strong!r}; name the students in between: bootstrap,rungs=A+B"
        )
    sizes = [round(low * (high / low) ** (at / (RUNGS + 1))) for at in range(RUNGS + 2)]
    if sorted(set(sizes)) != sizes:
        raise UserError(
            f"bootstrap needs two sizes between the supervisor {weak!r} and the student "
            f"{strong!r}; choose a larger student, or name the students: bootstrap,rungs=A+B"
        )
    return [f"{family}-{size}" for size in sizes[1:-1]]


def _size(label: str) -> tuple[str, int]:
    """Family and size in a name such as `pca-8`; size 0 where there is none."""
    found = NUMBERED.fullmatch(Specification.parse(label).name)
    return (found["family"], int(found["size"])) if found else ("", 0)


def _with_settings(rung: str, strong: str) -> str:
    """A rung's specification: its own settings, and the strong student's where it has none."""
    name, *pairs = re.split(r":(?=\w+=)", rung)
    own = {argument: value for argument, _, value in (pair.partition("=") for pair in pairs)}
    student = Specification.parse(strong)
    inherited = dict(student.arguments)
    if _kind(name) != _kind(student.name):
        inherited = {key: value for key, value in inherited.items() if key == "l2"}
    return str(Specification(name, inherited | own))


def _kind(name: str) -> str:
    """Names of one kind take the same settings."""
    if name.startswith("hf/"):
        return "a frozen layer" if "@" in name else "fine-tuned"
    return _size(name)[0] or name.partition(":")[0]  # `spectral` of spectral-64, `file` of file:X
