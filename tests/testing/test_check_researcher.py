"""check_researcher passes each built-in researcher, and names the condition that is violated."""

from __future__ import annotations

import pytest

from truing.errors import ContractError, UserError
from truing.research.researchers import RESEARCHERS
from truing.testing import check_researcher
from truing.testing._researchers import RESEARCHER

BROKEN = "tests/testing/broken_researchers.py"
VIOLATES = {
    "silent": ("its mechanism fits into a method card", "has 0 characters"),
    "invents": ("each proposal is a composition of the given space", "got 'magic'|magic"),
    "repeats": ("it proposes enough different compositions", "spent 1 of 10 submissions"),
    "continues": ("the same seed and the same released scores", "in a second run, proposal 1 is"),
    "spies": ("exact scores, which are not released, have no effect", "other exact scores"),
    "loads": ("no ground truth is read from a vault", "read the ground truth of 9 items"),
    "adds": ("it continues if each method fails", "TypeError"),
    "expects": ("it continues if no score is released", "no best composition"),
    "impatient": ("it continues if each proposal is refused", "StopIteration"),
}


@pytest.mark.parametrize("name", RESEARCHERS.describe())
def test_each_built_in_researcher_satisfies_the_contract(name):
    checked = check_researcher({"search": "search,startup=3"}.get(name, name))
    assert checked.conditions == tuple(words for words, _ in RESEARCHER.conditions)


def test_a_researcher_can_be_checked_as_an_object():
    checked = check_researcher(RESEARCHERS.build("random").value)
    assert checked.subject == "researcher '_Random'"


@pytest.mark.parametrize("name", VIOLATES)
def test_a_violated_condition_is_named(name):
    words, detail = VIOLATES[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_researcher(f"{BROKEN}:{name}")
    assert f"; required: {words}" in str(found.value)


def test_each_condition_has_a_researcher_that_violates_it():
    for (words, _), wanted in zip(VIOLATES.values(), RESEARCHER.conditions, strict=True):
        assert wanted[0].startswith(words)


def test_an_unknown_researcher_is_an_error_of_the_user():
    with pytest.raises(UserError, match="did you mean search"):
        check_researcher("serch")
