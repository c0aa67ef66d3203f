"""Which items a condition selects, and what it cannot say."""

import numpy as np
import pytest

from truing.errors import UserError
from truing.tasks.shift import parse_condition


def texts(*values):
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


FIELDS = {
    "hardness": np.array([0.1, 0.5, 0.9, np.nan]),
    "domain": texts("amazon", "yelp", "sci fi", None),
    "word count": np.array([1.0, 2.0, 3.0, 4.0]),
}


@pytest.mark.parametrize(
    ("condition", "selected"),
    [
        ("hardness<0.5", [0]),
        ("hardness <= 0.5", [0, 1]),
        ("hardness>.5", [2]),
        ("hardness>=5e-1", [1, 2]),
        ("hardness==0.5", [1]),
        ("hardness!=0.5", [0, 2]),
        ("domain==amazon", [0]),
        ("domain!='sci fi'", [0, 1]),
        ('domain == "sci fi"', [2]),
        ("'word count'>1 and hardness<1", [1, 2]),
        ("domain!=yelp and hardness>0 and hardness<0.5", [0]),
    ],
)
def test_a_condition_selects_the_items_whose_values_satisfy_all_parts(condition, selected):
    found = parse_condition(condition).select(FIELDS, 4)
    assert np.flatnonzero(found).tolist() == selected


@pytest.mark.parametrize(
    ("condition", "name", "selected"),
    [
        ("hardness<=0.5", "hardness>0.5", [2]),
        ("domain == amazon", "domain != amazon", [1, 2]),
        ("hardness<0.6 and domain==yelp", "not (hardness<0.6 and domain==yelp)", [0, 2]),
    ],
)
def test_the_complement_has_the_other_items_and_none_without_a_value(condition, name, selected):
    complement = parse_condition(condition).complement
    assert complement.text == name
    assert np.flatnonzero(complement.select(FIELDS, 4)).tolist() == selected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "cannot be read"),
        ("hardness", "cannot be read; a condition is FIELD OPERATOR VALUE"),
        ("hardness<", "cannot be read"),
        ("hardness < <", "cannot be read"),
        ("hardness=0.5", "write == for equality"),
        ("hardness<0.5 hardness>0.1", "several joined by 'and'"),
        ("hardness<0.5 and", "cannot be read"),
        ("hardness<0.1 or hardness>0.9", "'or' is not allowed; to test on several"),
        ("domain=='sci fi", "cannot be read"),
        ("__import__('os')", "cannot be read"),
        ("hardnes<0.5", "no field 'hardnes'; did you mean 'hardness'"),
        ("length<0.5", "fields: hardness, domain, word count"),
        ("hardness<easy", "contains numbers; compare it with a number, got 'easy'"),
        ("domain<b", "contains texts, which < cannot compare; use == or !="),
        ("domain==amazom", "did you mean 'amazon'"),
    ],
)
def test_a_mistake_is_one_line_that_names_what_is_allowed(condition, message):
    with pytest.raises(UserError, match=message) as caught:
        parse_condition(condition).select(FIELDS, 4)
    assert "\n" not in str(caught.value)


def test_without_a_field_hardness_the_message_says_how_to_measure_it():
    with pytest.raises(UserError, match="fields: none; --hardness STUDENT measures it"):
        parse_condition("hardness<0.5").select({}, 4)
