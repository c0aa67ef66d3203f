"""Templates: the wording of all messages, one Jinja file per message or part of a message.

The shipped templates are the files in `templates/`. A template reads only variables that
`_variables.py` derives from a scene, which contains no ground truth. Templates run in Jinja's
sandbox, and an unknown variable is an error. One line break at the end of a template is not part
of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

PARTS = (
    *("setting", "case", "transcript", "private_notes", "quote_marks", "verdict_form"),
    "task_of",
)
"""Templates whose text other templates read as a variable."""

SUFFIX = ".md"
FOLDER = Path(__file__).parent / "templates"


class Templates:
    """Templates by name, compiled when they are first used.

    Args:
        changed: source text of templates that replace the shipped templates, by name.

    Examples:
        >>> from truing.oversight.prompts import SHIPPED
        >>> SHIPPED.templates.message("verdict_form", {"answers": [{"letter": "A", "text": "Oak"}]})
        ... # doctest: +ELLIPSIS
        'End your reply with a probability for each answer, ...<verdict>\\nA: ..%\\n</verdict>'
    """

    def __init__(self, changed: Mapping[str, str] | None = None):
        self.changed = dict(changed or {})
        self._read: dict[str, frozenset[str]] = {}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Source text of all templates by name; each ends with a line break."""
        return {name: _ended(text) for name, text in (shipped() | self.changed).items()}

    @cached_property
    def environment(self) -> Environment:
        """The sandboxed Jinja environment of the templates."""
        from jinja2 import DictLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            loader=DictLoader({f"{name}{SUFFIX}": text for name, text in self.sources.items()}),
            undefined=StrictUndefined,
            autoescape=False,  # the messages are plain text
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )

    def message(self, name: str, variables: Mapping[str, Any]) -> str:
        """The text of a template, without one line break at its end.

        Args:
            name: name of the template without `.md`.
            variables: its variables, without the texts of other templates.
        """
        parts = {part: self.message(part, variables) for part in self._parts(name)}
        template = self.environment.get_template(f"{name}{SUFFIX}")
        return template.render({**variables, **parts}).removesuffix("\n")

    def read(self, name: str) -> frozenset[str]:
        """The variables that a template reads, also in templates that it includes.

        Raises:
            jinja2.TemplateSyntaxError: the template is not valid.
        """
        if name not in self._read:
            self._read[name] = frozenset(self._variables(name, ()))
        return self._read[name]

    def _variables(self, name: str, inside: tuple[str, ...]) -> set[str]:
        from jinja2 import meta

        tree = self.environment.parse(self.sources[name], name=f"{name}{SUFFIX}")
        found = set(meta.find_undeclared_variables(tree))
        for other in meta.find_referenced_templates(tree):
            if other and (included := other.removesuffix(SUFFIX)) not in inside:
                found |= self._variables(included, (*inside, name))
        return found

    def _parts(self, name: str) -> list[str]:
        """Names of the templates whose text a template reads as a variable."""
        return [part for part in PARTS if part != name and part in self.read(name)]


@cache
def shipped() -> dict[str, str]:
    """Source text of the shipped templates by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def _ended(text: str) -> str:
    """The text of a template with a line break at its end, which some editors leave out."""
    return text if text.endswith("\n") or not text else f"{text}\n"
