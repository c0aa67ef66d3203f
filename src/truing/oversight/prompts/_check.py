"""Checks of templates before any request: syntax, variables, and the form of replies."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from truing.errors import UnknownNameError, UserError
from truing.oversight.prompts._declared import TEMPLATES
from truing.oversight.prompts._samples import sample_requests
from truing.oversight.prompts._templates import SUFFIX, Templates, environment, parse_template
from truing.oversight.rules import Protocol

if TYPE_CHECKING:
    from truing.oversight.prompts._prompts import Prompts

LOG = logging.getLogger("truing.oversight")
FORMS = {"speech": "<argument>", "verdict": "<verdict>", "forecast": "<verdict>"}
FORMS |= {"choice": "<verdict>", "reminder": "<verdict>", "rating": "<verdict>"}
FORMS |= {"critique": "<argument>"}
"""Tags by which the reply to a request is read."""


def check_sources(name: str, templates: Templates) -> None:
    """Check the syntax and the variables of changed templates.

    Args:
        name: name of the prompts folder, for messages.
        templates: the templates.

    Raises:
        UserError: a template has a syntax error, reads an unknown variable or includes a file.
    """
    for template in templates.changed:
        _check_source(f"{name}/{template}{SUFFIX}", template, templates.sources[template])


def check_requests(name: str, prompts: Prompts, protocols: Iterable[Protocol]) -> None:
    """Write all kinds of requests of some protocols once, and note those without their form.

    Args:
        name: name of the prompts folder, for messages.
        prompts: the prompts.
        protocols: the protocols of the run.

    Raises:
        UserError: a template cannot be rendered.
    """
    unreadable = {
        f"the {what} request does not contain {FORMS[what]}"
        for rules in protocols
        for what, messages in sample_requests(rules, prompts)
        if FORMS.get(what, "") not in "".join(messages)
    }
    for missing in sorted(unreadable):
        LOG.warning(
            "prompts %s: %s, so replies may be unreadable; keep this form in the template",
            name,
            missing,
        )


def _check_source(where: str, template: str, source: str) -> None:
    from jinja2 import TemplateSyntaxError, meta

    try:
        tree = parse_template(source)
        environment().from_string(source)  # finds unknown filters, too
    except TemplateSyntaxError as error:
        raise UserError(
            f"{where}, line {error.lineno}: {str(error.message).rstrip('.')}; write a template in "
            "Jinja's syntax: {{ variable }}, {% if variable %} ... {% endif %}"
        ) from None
    if list(meta.find_referenced_templates(tree)):
        raise UserError(
            f"{where}: a template cannot include another file; write the text of another template "
            "as a variable: {{ setting }}"
        )
    known = TEMPLATES[template].variables
    for unknown in sorted(meta.find_undeclared_variables(tree) - {*known, *environment().globals}):
        raise UserError(f"{where}: {UnknownNameError('variable', unknown, known)}")
