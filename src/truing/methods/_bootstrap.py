"""Bootstrapping through intermediate students (Burns et al. 2023, section 4.3.1)."""

from truing.errors import UserError
from truing.methods._method import Method, follow, method


@method("bootstrap")
def bootstrap(rungs: str = "") -> Method:
    """A chain of ever stronger students, each labelling for the next (Burns et al. 2023, 4.3.1).

    As in the paper there are two students between the supervisor and the strong one. Every rung
    relabels the same learning items that it was trained on.

    Args:
        rungs: students in between, joined by `+`: `spectral-16+spectral-32`. By default those with
            a quarter and a half of the strong student's size, where its name has one.
    """
    named = tuple(rung for rung in rungs.split("+") if rung)

    def chain(strong: str) -> tuple[str, ...]:
        if named:
            return named
        name, _, arguments = strong.partition(",")
        family, _, size = name.rpartition("-")
        if not size.isdigit() or int(size) < 4:
            raise UserError(
                f"bootstrap cannot tell what lies below {strong!r}; name the students in between: "
                "bootstrap,rungs=A+B"
            )
        smaller = (int(size) // 4, int(size) // 2)
        return tuple(f"{family}-{k}" + (f",{arguments}" if arguments else "") for k in smaller)

    return Method(targets=follow, static=True, rungs=chain)
