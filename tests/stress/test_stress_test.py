"""StressTest: what a user may write, and one line for what is wrong."""

import json

import pytest

from tests.stress.planted import BACKDOOR, LIAR, small_test
from truing.errors import UserError
from truing.stress import MARK, StressTest


def test_names_and_objects_are_equal():
    test = small_test("digits", plants=["liar", {"mine": BACKDOOR}], monitors="spot-check")
    assert test.plants[0] == "liar"
    assert test.plants[1].startswith("mine@")
    assert test.kind == "study"


def test_repeated_names_strengths_and_rates_count_once():
    test = small_test("digits", plants=["liar", "liar"], strengths=[0.2, 0.1, 0.2], fprs=[0.5])
    assert (test.plants, test.strengths, test.fprs) == (("liar",), (0.1, 0.2), (0.5,))


def test_references_have_other_seeds_than_planted_systems():
    few, many = small_test("digits", seeds=2), small_test("digits", seeds=50)
    assert few.reference_seeds == many.reference_seeds
    assert not set(many.reference_seeds) & set(many.seed_numbers)


def test_the_configuration_is_marked_and_makes_an_equal_test():
    test = small_test("digits")
    stated = json.loads(test.model_dump_json())
    assert stated.pop("planted") == MARK
    assert "protocol" not in stated, "only the fields of this kind of system"
    assert StressTest(**stated) == test


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plants": []}, "the stress test has no plant; name one or more with --plant"),
        ({"monitors": []}, "the stress test has no monitor; name one or more with --monitor"),
        ({"plants": "liar,topic=1,strength=2"}, "no argument 'strength'"),
        ({"strengths": 0}, "strengths must be above 0 and at most 1"),
        ({"strengths": [0.1, 1.5]}, "strengths must be above 0 and at most 1, got 1.5"),
        ({"strengths": "strong"}, "strengths must be a number or a list of numbers"),
        ({"seeds": 0}, "seeds must be integers from 1"),
        ({"seeds": [0, 10**6]}, "seeds must be integers from 0 to 999,999"),
        ({"references": 0}, "references must be an integer from 1"),
        ({"fprs": 1.0}, "fprs must be above 0 and below 1, got 1.0"),
        ({"trusted": 3}, "trusted must be a file or a list of ids"),
        ({"protocol": "blind"}, "protocol belongs to systems of the kind protocol"),
        ({"task": ["digits", "tiny.jsonl"]}, "task must be one name or object, got 2"),
        ({"plant": "liar"}, "unknown field of a stress test 'plant'; did you mean plants?"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_mistake_is_one_line(options, message):
    with pytest.raises(UserError) as error:
        small_test("digits", **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_trusted_items_are_ids_or_a_file_of_ids(tmp_path):
    file = tmp_path / "ids.txt"
    file.write_text("a\n\nb \na\n")
    assert small_test("digits", trusted=str(file)).trusted == ("a", "b")
    assert small_test("digits", trusted="a").trusted == ("a",)
    assert small_test("digits", trusted=["a", "b", "a"]).trusted == ("a", "b")


class OfProtocols:
    """A plant of another kind."""

    kind = "protocol"


def test_all_plants_have_one_kind():
    with pytest.raises(UserError, match="kinds study and protocol; a stress test has one kind"):
        small_test("digits", plants=[LIAR, {"other": OfProtocols()}])


def test_a_monitor_fits_the_kind_of_the_plants():
    with pytest.raises(UserError, match="watches systems of the kind study, and the plants"):
        small_test("digits", plants={"other": OfProtocols()})
