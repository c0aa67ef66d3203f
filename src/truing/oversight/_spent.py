"""Spent: input and output tokens of a role."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Input (`read`) and output (`written`) tokens of a role, including the provider's cache."""

    read: int = 0
    written: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.read + other.read, self.written + other.written)

    def dollars(self, price: tuple[float, float]) -> float:
        """Cost in dollars at a price per million input tokens and per million output tokens."""
        return (self.read * price[0] + self.written * price[1]) / 1e6
