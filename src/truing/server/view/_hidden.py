"""Hidden text of a question, which only the owner of a run may read beside a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from truing.errors import DataError, TruingError
from truing.runs import OVERSIGHT, as_text, read_object
from truing.server.view._loaded import refusal
from truing.server.view._summary import Summary


def hidden_text(run: Summary, question: str) -> tuple[str, str]:
    """Hidden text of a question of an oversight run, and the reason why it is not available.

    Run folders do not contain hidden texts: the question set is read again, and its fingerprint
    must be that of the run. Both texts are empty if the question has no hidden text.
    """
    try:
        stated = read_object(run.folder, OVERSIGHT.configuration)
    except DataError:
        return "", ""
    asked = stated.get("questions")
    if not isinstance(asked, str) or not asked:
        return "", ""
    why = refusal([asked])
    if why:
        return "", why
    found = _hidden_texts(asked, as_text(stated.get("fingerprint", ""), 200))
    if isinstance(found, str):
        return "", found
    return as_text(found.get(question, ""), 200_000), ""


@lru_cache(maxsize=4)
def _hidden_texts(asked: str, fingerprint: str) -> Mapping[str, str] | str:
    """Hidden text of each question by its id, or the reason why they are not available."""
    from truing.oversight.questions import load_questions

    try:
        found = load_questions(asked)
    except (TruingError, OSError) as error:
        return f"the questions cannot be read ({as_text(str(error), 300)})"
    if found.fingerprint != fingerprint:
        return f"the questions of {as_text(asked, 200)} have changed since this run"
    return {one.id: one.hidden for one in found.questions}
