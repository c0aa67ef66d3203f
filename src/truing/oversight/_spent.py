"""Spent: tokens that a role read and wrote."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Tokens that a role read and wrote, those that its provider had cached among them."""

    read: int = 0
    written: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.read + other.read, self.written + other.written)

    def dollars(self, price: tuple[float, float]) -> float:
        """Cost at a price for a million tokens read, and for a million written."""
        return (self.read * price[0] + self.written * price[1]) / 1e6
