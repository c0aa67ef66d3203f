"""Submitted prompts: templates of an untrusted author, restricted so that they end and stay short.

Jinja's sandbox keeps templates away from Python, but not from loops that never end or texts that
fill the memory. A submitted template therefore contains variables, conditions and simple loops
only: no calls, no arithmetic, no assignments, no nested loops and few filters.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import TemplateSyntaxError, nodes

from truing.errors import UnknownNameError, UserError
from truing.oversight.prompts import TEMPLATES, give_prompts, parse_template

LONGEST_TEMPLATE = 6000  # characters
MOST_TEXT = 30_000  # characters of all templates
LISTS = (
    *("answers", "forecast", "notes", "options", "seats", "speakers", "subclaims", "turns"),
    "unverified_quotes",
)
FILTERS = ("capitalize", "first", "join", "last", "length", "lower", "title", "trim", "upper")
LONGEST_WORD = 20  # characters of the argument of a filter
REFUSED: dict[type[nodes.Node], str] = {
    nodes.Call: "calls",
    nodes.Macro: "macros",
    nodes.CallBlock: "calls",
    nodes.FilterBlock: "filter blocks",
    nodes.Assign: "assignments",
    nodes.AssignBlock: "assignments",
    nodes.BinExpr: "arithmetic",
    nodes.Concat: "joined texts",
    nodes.With: "with blocks",
    nodes.Block: "blocks",
    nodes.Import: "imports",
    nodes.FromImport: "imports",
    nodes.Include: "includes",
    nodes.Extends: "extends",
}
LOGIC = (nodes.And, nodes.Or)  # these are binary expressions, too


def give_submitted(files: Mapping[str, str]) -> str:
    """Specification of submitted prompts, see `give_prompts`; empty without templates.

    Args:
        files: text of each template, by name such as `verdict.user`.

    Raises:
        UserError: a template has an unknown name or variable, is too long, or contains more than
            variables, conditions and simple loops.

    Examples:
        >>> from truing.research.problems._submitted_prompts import give_submitted
        >>> give_submitted({})
        ''
    """
    for name, text in files.items():
        if name not in TEMPLATES:
            raise UserError(f"prompts: {UnknownNameError('template', name[:60], TEMPLATES)}")
        if len(text) > LONGEST_TEMPLATE:
            raise UserError(
                f"prompts/{name}.md must have at most {LONGEST_TEMPLATE:,} characters, got "
                f"{len(text):,}"
            )
    if (length := sum(map(len, files.values()))) > MOST_TEXT:
        raise UserError(
            f"all prompts together must have at most {MOST_TEXT:,} characters, got {length:,}"
        )
    for name, text in files.items():  # before the syntax check, which computes constants
        _check_terms(f"prompts/{name}.md", text)
    return give_prompts(dict(files)) if files else ""


def _check_terms(where: str, text: str) -> None:
    try:
        tree = parse_template(text)
    except TemplateSyntaxError:
        return  # `give_prompts` reports it
    except RecursionError:
        raise UserError(f"{where} is nested too deeply; use fewer parentheses") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise UserError(f"{where} contains a number that is too long; shorten it") from None
    _check(where, tree)


def _check(where: str, tree: nodes.Node, inside: bool = False) -> None:
    """Raise UserError if a template contains more than variables, conditions and simple loops.

    Args:
        where: name of the file.
        tree: the template, or a part of it.
        inside: whether the part is inside a loop.
    """
    for one in tree.iter_child_nodes():
        for kind, what in REFUSED.items():
            if isinstance(one, kind) and not isinstance(one, LOGIC):
                raise UserError(
                    f"{where}, line {one.lineno}: a submitted template may not contain {what}; use "
                    "variables, {% if %} and {% for %} only"
                )
        if isinstance(one, nodes.For):
            _check_loop(where, one, inside)
        if isinstance(one, nodes.Filter):
            _check_filter(where, one)
        _check(where, one, inside or isinstance(one, nodes.For))


def _check_loop(where: str, loop: nodes.For, inside: bool) -> None:
    named = isinstance(loop.iter, nodes.Name) and loop.iter.name in LISTS
    if inside or loop.recursive or not named:
        raise UserError(
            f"{where}, line {loop.lineno}: a submitted template may loop only over one of "
            f"{', '.join(LISTS)}, and not inside another loop"
        )


def _check_filter(where: str, used: nodes.Filter) -> None:
    plain = isinstance(used.node, nodes.Name | nodes.Getattr)
    words = [one.value for one in used.args if isinstance(one, nodes.Const)]
    short = len(words) == len(used.args) and all(len(str(one)) <= LONGEST_WORD for one in words)
    if used.name not in FILTERS or not plain or not short or used.kwargs or used.dyn_args:
        raise UserError(
            f"{where}, line {used.lineno}: the filter {used.name!r} is not allowed here; allowed: "
            f"{', '.join(FILTERS)}, each applied once to a variable"
        )
