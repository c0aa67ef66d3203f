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

from truing.errors import UserError, in_one_line
from truing.oversight.prompts._declared import PART_NAMES

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

SUFFIX = ".md"
FOLDER = Path(__file__).parent / "templates"


class Templates:
    """Templates by name, compiled when they are first used.

    Args:
        changed: source text of templates that replace the shipped templates, by name.

    Examples:
        >>> from truing.oversight.prompts import Templates
        >>> templates = Templates({"verdict_form": "One letter: {{ answers[0].letter }}, ..."})
        >>> templates.message("verdict_form", {"answers": [{"letter": "A", "text": "Oak"}]})
        'One letter: A, ...'
    """

    def __init__(self, changed: Mapping[str, str] | None = None):
        self.changed = dict(changed or {})
        self._compiled: dict[str, tuple[Template, tuple[str, ...]]] = {}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Source text of all templates by name; each ends with a line break."""
        return {name: _ended(text) for name, text in (shipped() | self.changed).items()}

    def message(self, name: str, variables: Mapping[str, Any]) -> str:
        """The text of a template, without one line break at its end.

        Args:
            name: name of the template without `.md`.
            variables: its variables, without the texts of other templates.

        Raises:
            UserError: the template fails, for example because of a missing field.
        """
        from jinja2 import TemplateError

        if name not in self._compiled:
            self._compiled[name] = _compile(self.sources[name])
        template, parts = self._compiled[name]
        texts = {part: self.message(part, variables) for part in parts}
        try:
            return template.render({**variables, **texts}).removesuffix("\n")
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
            raise UserError(
                f"the prompt template {name}{SUFFIX} cannot be rendered: {in_one_line(error)}; "
                f"truing list prompts {name} prints its variables"
            ) from None


@cache
def _compile(source: str) -> tuple[Template, tuple[str, ...]]:
    """A template, and the names of the templates whose text it reads as a variable."""
    from jinja2 import meta

    read = meta.find_undeclared_variables(parse_template(source))
    return environment().from_string(source), tuple(part for part in PART_NAMES if part in read)


def parse_template(source: str) -> nodes.Template:
    """The syntax tree of a template.

    Raises:
        TemplateSyntaxError: the text is not a template.
    """
    return environment().parse(source)


@cache
def environment() -> Environment:
    """The sandboxed Jinja environment of templates. Templates cannot include other templates."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # the messages are plain text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def shipped() -> dict[str, str]:
    """Source text of the shipped templates by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def _ended(text: str) -> str:
    """The text of a template with a line break at its end, which some editors leave out."""
    return text if text.endswith("\n") or not text else f"{text}\n"
