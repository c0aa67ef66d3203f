"""Spending: what the calls of a run cost so far, read from the lines of its ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from truing.errors import LedgerError
from truing.json_lines import whole_lines
from truing.oversight._spent import Spent
from truing.oversight.spending._prices import Price, Prices

NO_TOKENS = Spent()


@dataclass(frozen=True)
class Charge:
    """Tokens and dollars of calls.

    Attributes:
        tokens: input and output tokens.
        dollars: their price; 0 for calls without a price.
    """

    tokens: Spent = NO_TOKENS
    dollars: float = 0.0

    @classmethod
    def of(cls, tokens: Spent, price: Price | None) -> Charge:
        """Charge for some tokens at a price."""
        return cls(tokens, tokens.dollars(price) if price else 0.0)

    def __add__(self, other: Charge) -> Charge:
        return Charge(self.tokens + other.tokens, self.dollars + other.dollars)

    @property
    def total(self) -> int:
        """Input and output tokens together."""
        return self.tokens.read + self.tokens.written

    def to_json(self) -> dict[str, float]:
        """JSON form."""
        return {
            "input_tokens": self.tokens.read,
            "output_tokens": self.tokens.written,
            "dollars": round(self.dollars, 9),
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Charge:
        """Read the JSON form."""
        tokens = Spent(int(stated["input_tokens"]), int(stated["output_tokens"]))
        return cls(tokens, float(stated["dollars"]))


NOTHING = Charge()


@dataclass(frozen=True)
class RoleSpending:
    """What the calls of a role cost.

    Attributes:
        calls: number of requests that were sent.
        counted: charges that the provider counted.
        unknown: upper bounds of calls whose charge is unknown: a lost connection, a timeout, a
            response without a token count.
        open: upper bounds of calls without an end in the ledger: on their way, or killed.
    """

    calls: int = 0
    counted: Charge = NOTHING
    unknown: Charge = NOTHING
    open: Charge = NOTHING

    @property
    def charged(self) -> Charge:
        """Everything that counts toward a cap."""
        return self.counted + self.unknown + self.open

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        parts = {"counted": self.counted, "unknown": self.unknown, "open": self.open}
        return {"calls": self.calls, **{name: one.to_json() for name, one in parts.items()}}


@dataclass
class Spending:
    """What the calls of a run cost so far, by role, and the caps of its last execution.

    Attributes:
        roles: what the calls of each role cost.
        spend: cap in dollars; None without a cap.
        cap_tokens: cap on input and output tokens together; None without a cap.
        prices: prices of the last execution, by role or model.
        last: number of the last call.
    """

    roles: dict[str, RoleSpending] = field(default_factory=dict)
    spend: float | None = None
    cap_tokens: int | None = None
    prices: Prices = field(default_factory=dict)
    last: int = 0
    _open: dict[int, tuple[str, Charge]] = field(default_factory=dict, repr=False)

    @property
    def charged(self) -> Charge:
        """Everything that counts toward a cap."""
        return sum((one.charged for one in self.roles.values()), NOTHING)

    @property
    def uncertain(self) -> Charge:
        """The part of `charged` that is an upper bound and no count."""
        return sum((one.unknown + one.open for one in self.roles.values()), NOTHING)

    def take(self, line: Mapping[str, Any]) -> None:
        """Add a line of the ledger.

        Raises:
            KeyError, TypeError, ValueError: it is no such line.
        """
        if "reserve" in line:
            self.last = int(line["reserve"])
            role, charge = str(line["role"]), Charge.from_json(line)
            self._open[self.last] = role, charge
            before = self.roles.get(role, RoleSpending())
            self.roles[role] = replace(before, calls=before.calls + 1, open=before.open + charge)
        elif "settle" in line:
            self._settle(int(line["settle"]), line)
        else:
            caps = line["caps"]
            self.spend, self.cap_tokens = caps["dollars"], caps["tokens"]
            self.prices = {name: (one[0], one[1]) for name, one in line["prices"].items()}

    def _settle(self, number: int, line: Mapping[str, Any]) -> None:
        role, bound = self._open.pop(number)
        before = self.roles[role]
        still = sum((one for other, one in self._open.values() if other == role), NOTHING)
        if "unknown" in line:
            after = replace(before, unknown=before.unknown + bound)
        else:
            after = replace(before, counted=before.counted + Charge.from_json(line))
        self.roles[role] = replace(after, open=still)

    def to_json(self) -> dict[str, Any]:
        """JSON form: caps, what is charged, and the parts by role."""
        return {
            "spend": self.spend,
            "tokens": self.cap_tokens,
            "charged": self.charged.to_json(),
            "uncertain": self.uncertain.to_json(),
            "roles": {role: one.to_json() for role, one in sorted(self.roles.items())},
        }


def read_spending(content: bytes) -> Spending:
    """Spending according to the content of a ledger.

    A last line without a line feed is ignored: it is a reservation whose call was not sent, or an
    end whose call counts at its upper bound.

    Raises:
        LedgerError: a line is damaged.
    """
    spending = Spending()
    for number, line in enumerate(_lines(content), start=1):
        try:
            spending.take(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LedgerError(
                f"line {number} of the spending ledger is damaged, so the money spent is unknown; "
                "restore the file, or start the run in a new folder"
            ) from None
    return spending


def _lines(content: bytes) -> Iterable[bytes]:
    return whole_lines(content).splitlines()
