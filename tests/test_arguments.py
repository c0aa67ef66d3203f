"""Arguments of specifications: numbers as they are written, within the range that is described."""

from __future__ import annotations

from typing import Annotated, Literal, get_args, get_origin

import pytest

from truing.arguments import Within, read_value
from truing.errors import UserError
from truing.methods import METHODS, Method, composition_space, follow
from truing.oversight.protocols import PROTOCOLS
from truing.registry import Registry
from truing.students import parse_student


@pytest.fixture
def registry() -> Registry:
    """A factory with a whole number, one with a range, and a fraction."""
    made = Registry("method", "truing.methods", lambda value: isinstance(value, Method))

    def own(
        whole: int = 1, ranged: Annotated[int, Within("[1, 9]")] = 2, share: float = 0.5
    ) -> Method:
        """A rule."""
        return Method(targets=follow)

    own.__module__ = "truing.of_a_test"  # only plugins and truing's own modules register names
    made.register("own")(own)
    return made


@pytest.mark.parametrize("text", ["10", "+10", "-3", "0"])
def test_a_whole_number_is_read(registry, text):
    assert registry.build(f"own,whole={text}").arguments["whole"] == int(text)


@pytest.mark.parametrize("text", ["0.25", ".25", "25e-2", "2.", "1e9", "-1"])
def test_a_number_is_read(registry, text):
    assert registry.build(f"own,share={text}").arguments["share"] == float(text)


@pytest.mark.parametrize("name", ["whole", "ranged", "share"])
@pytest.mark.parametrize(
    "text", ["1_0", "1_000.5", "١٢", "１０", "²", "0x10", "nan", "inf", "", "1 0"]
)
def test_a_value_that_is_not_a_number_is_refused(registry, name, text):
    with pytest.raises(UserError, match=f"{name} must be an? (number|integer), got") as caught:
        registry.build(f"own,{name}={text}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [str(10**23), str(2**63), "9" * 5000, str(-(10**23))])
def test_a_whole_number_too_large_for_an_array_is_refused(registry, text):
    with pytest.raises(UserError, match=r"whole must lie in \[-9223372036854775807") as caught:
        registry.build(f"own,whole={text}")
    assert len(str(caught.value).removeprefix(repr(f"own,whole={text}"))) < 200


def test_a_number_that_overflows_is_refused(registry):
    with pytest.raises(UserError, match="share is too large"):
        registry.build("own,share=1e999")


@pytest.mark.parametrize("value", [0, 10, -1, 10**9])
def test_a_value_outside_of_the_range_is_refused_with_the_range(registry, value):
    with pytest.raises(UserError, match=rf"ranged must lie in \[1, 9\], got {value}"):
        registry.build(f"own,ranged={value}")
    assert registry.build("own,ranged=9").arguments["ranged"] == 9


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[1, 9]", (1, 9), (0, 10)),
        ("(0, 1)", (0.5,), (0, 1)),
        ("[0, 1)", (0,), (1, -0.1)),
        ("(0, inf)", (1e300,), (0, float("inf"), float("nan"))),
    ],
)
def test_an_interval_includes_the_ends_as_written(interval, inside, outside):
    for value in inside:
        Within(interval).check("x", value)
    for value in outside:
        with pytest.raises(ValueError, match="x must "):
            Within(interval).check("x", value)


def ranged(registry: Registry) -> list[tuple[str, str, Within]]:
    """Factory, argument and range of every whole number that a built-in factory takes."""
    registry.describe()
    found = []
    for name, factory in registry.factories.items():
        for argument, hint in factory.annotations.items():
            if hint is int:
                found.append((name, argument, None))
            if get_origin(hint) is Annotated and get_args(hint)[0] is int:
                found.append((name, argument, get_args(hint)[1]))
    return found


@pytest.mark.parametrize("registry", [METHODS, PROTOCOLS], ids=["methods", "protocols"])
def test_every_integer_argument_has_a_range(registry):
    found = ranged(registry)
    assert len(found) > 2
    for name, argument, within in found:
        assert within is not None, (name, argument)
        huge = 10**9
        with pytest.raises(UserError, match=rf"{argument} must lie in .*, got {huge}"):
            registry.build(f"{name},{argument}={huge}")


def test_a_composition_space_refuses_numbers_out_of_range():
    space = composition_space()
    for given in (
        "neighbors=100000000000000000000000",
        "members=1000000000",
        "members=1_0",
        "alpha=1_0",
        "temperature=٣",
    ):
        with pytest.raises(UserError, match=r"must (lie in|be an? (number|integer))"):
            space.read(f"composition,{given}")


def test_a_protocol_of_a_research_run_stays_in_its_described_range():
    from truing.research._problem_config import ChooseProtocol
    from truing.research.problems._choose_protocol import SPACE, ChooseProtocolProblem

    described = {
        one["name"]: one
        for one in ChooseProtocolProblem(ChooseProtocol()).describe()["compositions"]
    }
    for name in ("quotes", "panel", "rounds"):
        assert described[name]["allowed"] == "[1, 20]"
        with pytest.raises(UserError, match=rf"{name} must lie in \[1, 20\], got 1000000000"):
            SPACE.read(f"protocol,{name}=1000000000")


@pytest.mark.parametrize("given", ["l2=1_0", "l2=nan", "l2=inf"])
def test_an_invalid_number_of_a_student_is_refused(given):
    with pytest.raises(UserError, match="l2 must be auto or a finite number above 0"):
        parse_student(f"spectral-16,{given}")


def test_an_unknown_argument_of_a_head_lists_all_arguments():
    with pytest.raises(UserError, match="no argument 'penalty'; allowed: size, neighbors, l2"):
        parse_student("spectral-16,penalty=0.1")


def test_a_number_with_words_is_a_number_within_its_range_or_a_word():
    radius = Annotated[float | Literal["auto"], Within("(0, 1]")]
    assert read_value("radius", radius, "auto") == "auto"
    assert read_value("radius", radius, "1") == 1.0
    with pytest.raises(ValueError, match=r"radius must lie in \(0, 1\], got 2.0"):
        read_value("radius", radius, "2")
    for text in ("Auto", "true", "nan", ""):
        with pytest.raises(ValueError, match="radius must be a number or auto, got"):
            read_value("radius", radius, text)
