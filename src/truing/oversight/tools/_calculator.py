"""Calculator: arithmetic on numbers, without names, calls or attributes.

An expression is parsed by Python's own parser, and only numbers and operators are evaluated. The
size of the expression and of every result is bounded, so that no expression takes long.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

Number = int | float
ALLOWED = "only numbers, parentheses and + - * / // % ** are allowed"
LONGEST = 400  # characters of an expression
MOST_BITS = 4096  # of an integer result
OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
SIGNS: dict[type[ast.unaryop], Callable[[Number], Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def calculate(expression: str) -> str:
    """Value of an arithmetic expression as text, or a line that says why there is none.

    Args:
        expression: numbers, parentheses and the operators + - * / // % **.

    Examples:
        >>> from truing.oversight.tools import calculate
        >>> calculate("2 * (3 + 4) ** 2"), calculate("1/3")
        ('98', '0.333333333333')
        >>> calculate("__import__('os')")
        'error: only numbers, parentheses and + - * / // % ** are allowed'
    """
    if len(expression) > LONGEST:
        return f"error: the expression has more than {LONGEST} characters"
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        return "error: this is not an arithmetic expression"
    except ZeroDivisionError:
        return "error: division by zero"
    except OverflowError:
        return "error: the result is too large"
    except ValueError as error:
        return f"error: {error}"
    return str(value) if isinstance(value, int) else format(value, ".12g")


def _value(node: ast.expr) -> Number:
    """Value of a part of the expression.

    Raises:
        ValueError: the part is not arithmetic.
        OverflowError, ZeroDivisionError: the part has no value.
    """
    if isinstance(node, ast.Constant) and type(node.value) is not bool:
        if not isinstance(node.value, int | float):
            raise ValueError(ALLOWED)
        return _bounded(node.value)
    if isinstance(node, ast.UnaryOp) and type(node.op) in SIGNS:
        return SIGNS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _bounded(_power(_value(node.left), _value(node.right)))
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return _bounded(OPERATORS[type(node.op)](_value(node.left), _value(node.right)))
    raise ValueError(ALLOWED)


def _power(base: Number, exponent: Number) -> Number:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(exponent) * max(int(base).bit_length(), 1) > MOST_BITS:
        raise OverflowError
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("a root of a negative number is not a real number")
    return value


def _bounded(value: Number) -> Number:
    too_long = isinstance(value, int) and value.bit_length() > MOST_BITS
    if too_long or (isinstance(value, float) and not math.isfinite(value)):
        raise OverflowError
    return value
