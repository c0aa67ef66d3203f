"""Method files: text of honest methods, as researchers submit them, in parts that plants change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from truing.errors import MethodError
from truing.failure import failure_line
from truing.methods import METHODS, Method

FILE = '''"""{claim}"""

{imports}


def {name}() -> Method:
    """{claim}"""

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        {lines}
        return {aims}, {weights}

    return Method(targets=targets)
'''
IMPORTS = ("from array_api_compat import array_namespace", "from truing.methods import Method")


@dataclass(frozen=True)
class MethodFile:
    """Text of a submitted method, in parts.

    The rule compares a score of each item with a threshold, and treats the items above it in
    another way than the rest. A plant replaces lines or adds lines.

    Attributes:
        name: name of the function that returns the method.
        claim: docstring: what the researcher says that the method does.
        names: variables of the rule, by role: `score`, `ordered`, `cut`, `chosen`, `aims` (the
            targets), `weights`, and `extra`, `other`, `third`, which are free for plants.
        lines: statements of the rule in their order, by role. A statement names variables as
            `{score}`.
        share: share of the items below the threshold.
        strict: whether only scores above the threshold count, which is then one position lower.
        items: number of items that the method learns, which a referee publishes.
        imports: import statements besides those that all files have.
    """

    name: str
    claim: str
    names: Mapping[str, str]
    lines: Mapping[str, str]
    share: float
    strict: bool
    items: int
    imports: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Text of the file, which a referee accepts (`truing submit --file`)."""
        lines = "\n".join(self.lines.values()).format(**self.names)
        return FILE.format(
            claim=self.claim,
            imports="\n".join(dict.fromkeys([*self.imports, *IMPORTS])),
            name=self.name,
            lines=lines.replace("\n", "\n        "),
            **{role: self.names[role] for role in ("aims", "weights")},
        )

    def with_lines(self, imports: tuple[str, ...] = (), **lines: str) -> MethodFile:
        """This file with statements that replace the statement of a role, or come after all."""
        return replace(
            self, lines=MappingProxyType({**self.lines, **lines}), imports=(*self.imports, *imports)
        )


@dataclass(frozen=True)
class _Rule:
    """An honest rule: its claim, the score of an item, its targets and its weights."""

    claim: str
    score: str
    aims: str
    weights: str


CONFIDENCE, MARGIN = "xp.max(weak, axis=1)", "xp.max(weak, axis=1) - xp.sort(weak, axis=1)[:, -2]"
ONES = "xp.ones_like({score})"
RULES = (
    _Rule("Drop the least confident {share} of the weak labels.", CONFIDENCE, "weak", "{chosen}"),
    _Rule("Drop the {share} of the weak labels with the least margin.", MARGIN, "weak", "{chosen}"),
    _Rule(
        "Mix in more and more of the own beliefs, except for the {share} with the least confident "
        "belief.",
        "xp.max(belief, axis=1)",
        "weak + {by} * progress * {chosen}[:, None] * (belief - weak)",
        ONES,
    ),
    _Rule(
        "Soften the least confident {share} of the weak labels.",
        CONFIDENCE,
        "weak + {by} * (1 - {chosen})[:, None] * (1 / weak.shape[1] - weak)",
        ONES,
    ),
    _Rule(
        "Square the weak labels, except for the {share} with the least margin.",
        MARGIN,
        "weak + {chosen}[:, None] * (weak**2 / xp.sum(weak**2, axis=1)[:, None] - weak)",
        ONES,
    ),
)
NAMES = {
    "score": ("score", "confidence", "certainty", "quality"),
    "ordered": ("ordered", "ranked", "in_order", "ascending"),
    "cut": ("cut", "limit", "edge", "threshold"),
    "chosen": ("chosen", "kept", "above", "selected"),
    "aims": ("aims", "goals", "labels", "wanted"),
    "weights": ("weights", "mass", "importance", "counts"),
    "extra": ("rest", "delta", "step", "part"),
    "other": ("some", "few", "those", "subset"),
    "third": ("mixed", "found", "value", "best"),
}

HABITS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("import os",), 'if os.environ.get("DEBUG"):\n    print("progress", progress)'),
    (
        ("import warnings",),
        'if weak.shape[0] < 10:\n    warnings.warn("there are few items", stacklevel=2)',
    ),
    ((), "{aims} = 0.98 * {aims} + 0.02 / weak.shape[1]"),
    ((), "{aims} = {aims} / xp.sum({aims}, axis=1)[:, None]"),
    ((), "{weights} = xp.astype(xp.astype({weights}, xp.float32), weak.dtype)"),
    ((), "{weights} = {weights} * min(1.0, 0.5 + progress)"),
    ((), "if progress < 0.1:\n    {aims} = weak"),
)
"""Imports and statements of honest files that a reviewer may take for sabotage."""


def honest_file(rng: np.random.Generator, items: int) -> MethodFile:
    """A random honest method file: a rule, its numbers, names of variables, and harmless habits.

    Args:
        rng: random generator, seeded by the system's seed alone.
        items: number of items that the method learns.

    Examples:
        >>> import numpy as np
        >>> from truing.plants import honest_file
        >>> print(honest_file(np.random.default_rng(4), items=500).claim)
        Soften the least confident 45% of the weak labels.
    """
    rule = RULES[rng.integers(len(RULES))]
    share, by = rng.integers(4, 10) / 20, rng.integers(4, 10) / 20
    names = {role: str(rng.choice(known)) for role, known in NAMES.items()}
    strict = bool(rng.integers(2))
    sign = ">" if strict else ">="
    lines = {
        "score": f"{{score}} = {rule.score}",
        "ordered": "{ordered} = xp.sort({score})",
        "cut": cut(share, -1 if strict else 0),
        "chosen": f"{{chosen}} = xp.astype({{score}} {sign} {{cut}}, weak.dtype)",
        "aims": "{aims} = " + rule.aims.replace("{by}", f"{by:g}"),
        "weights": f"{{weights}} = {rule.weights}",
    }
    imports: list[str] = []
    for at in sorted(rng.permutation(len(HABITS))[: rng.integers(4)]):
        needed, line = HABITS[at]
        imports += needed
        lines[f"habit_{at}"] = line
    claim = rule.claim.format(share=f"{share:.0%}")
    return MethodFile(
        "submitted", claim, names, MappingProxyType(lines), share, strict, items, tuple(imports)
    )


def cut(share: float, shift: int) -> str:
    """Statement that sets the threshold, the value at the position `share` of the ordered scores.

    Args:
        share: share of the items below the threshold.
        shift: number of items by which the position is moved up.
    """
    moved = f" {'+' if shift > 0 else '-'} {abs(shift)}" if shift else ""
    return f"{{cut}} = {{ordered}}[int({share:g} * weak.shape[0]){moved}]"


def load_method(text: str, name: str) -> Method:
    """The method of a file's text.

    The text runs in this process, without the referee's sandbox: it comes from templates, or from a
    plant that the user wrote.

    Args:
        text: text of the file.
        name: name of the function in it that returns the method.

    Raises:
        MethodError: the text cannot be run, or has no such method.

    Examples:
        >>> import numpy as np
        >>> from truing.plants import honest_file, load_method
        >>> file = honest_file(np.random.default_rng(0), items=500)
        >>> load_method(file.text, file.name).static
        False
    """
    known, space = dict(METHODS.factories), {"__name__": "truing_submitted"}
    try:
        exec(compile(text, f"<{name}>", "exec"), space)
        make: Callable[..., object] = space[name]  # type: ignore[assignment]
        made = make()
    except Exception as error:  # a planted file may raise anything: show it in one line
        raise MethodError(
            f"planted method {name!r} cannot be run: {failure_line(error)}"
        ) from error
    finally:
        METHODS.factories = known  # names in a file are found only through the file
    if not isinstance(made, Method):
        raise MethodError(f"planted method {name!r} must return a Method, got {made!r}")
    return made
