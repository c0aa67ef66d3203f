"""Checks of a run's prompts before any request: templates, examples, and embedded agents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from truing.given import shown
from truing.oversight.agents import check_readable
from truing.oversight.prompts import check_examples, check_requests, load_prompts
from truing.oversight.rules import Protocol
from truing.tasks import Item

LOG = logging.getLogger("truing.oversight")
EMBEDDED = "truing/"


def check_prompts(
    specification: str,
    protocols: Sequence[Protocol],
    questions: Sequence[Item],
    models: Iterable[str] = (),
) -> None:
    """Check the prompts of a run; note what is probably a mistake.

    Args:
        specification: the prompts, as `give_prompts` returned them; empty for the shipped prompts.
        protocols: the protocols of the run.
        questions: all questions of the run's question set.
        models: names of all models.

    Raises:
        UserError: a template cannot be rendered, or embedded agents cannot read it.
        DataError: an example contains a question of the run.
    """
    if not specification:
        return
    prompts, name = load_prompts(specification), shown(specification)
    check_examples(prompts.examples, questions)
    check_requests(name, prompts, protocols)
    if any(one.startswith(EMBEDDED) for one in models):
        check_readable(prompts, protocols)
    roles = dict.fromkeys(role for rules in protocols for role in rules.roles)
    for unused in dict.fromkeys(one.role for one in prompts.examples if one.role not in roles):
        LOG.warning(
            "prompts %s: no protocol of this run has the role %r of an example; roles: %s",
            name,
            unused,
            ", ".join(roles),
        )
