"""JSON lines: one reader, which a broken line does not stop."""

from __future__ import annotations

from truing.json_lines import parse_lines, whole_lines

CUT = '{"a": 1}\n\n[1, NaN]\r\n"one\u2028line"\n{"b": '


def test_each_line_is_read_independently():
    lines = list(parse_lines(CUT))
    assert [line.number for line in lines] == [1, 3, 4, 5]
    assert lines[0].value == {"a": 1}
    assert lines[2].value == "one\u2028line"
    assert [bool(line.error) for line in lines] == [False, False, False, True]
    refused = list(parse_lines(CUT, allow_nan=False))
    assert [bool(line.error) for line in refused] == [False, True, False, True]
    (deep,) = parse_lines("[" * 100_000)
    assert isinstance(deep.error, RecursionError)


def test_a_truncated_last_line_is_omitted():
    assert whole_lines(CUT.encode()).decode() == CUT[: CUT.rindex("\n") + 1]
    assert whole_lines(b'{"b": ') == b""
