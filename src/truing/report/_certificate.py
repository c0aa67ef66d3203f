"""Certificate: the PGR of a method at home and in the worst domain, the same text everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from truing.measures import Estimate
from truing.report._texts import interval_text, pair_text, signed_text
from truing.runs import as_number, as_object, as_objects, as_text
from truing.studies import HOME, Row, WorstDomain

CEILINGS = {
    "home": "PGR in a domain uses the home ceiling: the ceiling of the home row, scored there.",
    "local": (
        "PGR in a domain uses the local ceiling: the same student, trained on the ground truth of "
        "the domain's learn split."
    ),
}
MODELS = (
    "Under shift: supervisor and students learn at home only, and are scored on the test items of "
    "each domain."
)
MEASURES = (
    "Drop: PGR at home minus PGR in the domain. Worst: the domain with the lowest PGR. The "
    "interval of the worst covers the lowest true PGR of all domains, whichever domain that is."
)


@dataclass(frozen=True)
class Certificate:
    """PGR of a method at home and in its worst domain.

    Attributes:
        home: PGR at home.
        worst: the domain with the lowest PGR; None if no domain has a PGR.
        domains: PGR in each domain; empty without a shift.
        local: whether the PGR in a domain uses the local ceiling, not the home ceiling.

    Examples:
        >>> from truing.measures import Estimate
        >>> from truing.report import Certificate
        >>> from truing.studies import WorstDomain
        >>> home, imdb = Estimate(0.46, 0.29, 0.64), WorstDomain(0.12, -0.05, 0.3, "imdb")
        >>> print(Certificate(home, imdb, {"amazon": Estimate(0.4, 0.2, 0.6), "imdb": imdb}))
        0.46 [0.29, 0.64] at home, 0.12 [-0.05, 0.30] in the worst of 2 domains (imdb)
    """

    home: Estimate
    worst: WorstDomain | None
    domains: Mapping[str, Estimate]
    local: bool = False

    @classmethod
    def of(cls, row: Row) -> Self:
        """The certificate of a row."""
        if row.shift is None:
            return cls(row.recovered, None, {})
        domains = {one.domain: one.recovered for one in row.shift.domains}
        local = any(one.ceiling == "local" for one in row.shift.domains)
        return cls(row.recovered, row.shift.worst, domains, local)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """The certificate of a row of results.jsonl of any origin."""
        shift = as_object(row.get("shift"))
        stated = as_objects(shift.get("domains"))
        domains = {as_text(one.get("domain", "?"), 300): _pgr(one) for one in stated}
        worst = as_object(shift.get("worst"))
        value, low, high = (as_number(worst.get(name)) for name in ("value", "low", "high"))
        name = as_text(worst.get("domain", "?"), 300)
        found = None if value is None else WorstDomain(value, low, high, name)
        local = any(one.get("ceiling") == "local" for one in stated)
        return cls(_pgr(row), found if domains else None, domains, local)

    @property
    def place(self) -> str:
        """`the worst of 3 domains (imdb)`, `the domain imdb`, or all domains if none has a PGR.

        The name of the only domain is quoted if it has several words.
        """
        count = len(self.domains)
        if count == 1:
            (name,) = self.domains
            return f"the domain {name!r}" if " " in name else f"the domain {name}"
        if self.worst is None:
            return f"each of {count} domains"
        return f"the worst of {count} domains ({self.worst.domain})"

    @property
    def under_shift(self) -> str:
        """PGR under shift: `0.12 [-0.05, 0.30] in the worst of 3 domains (imdb)`."""
        if not self.domains:
            return "no shift"
        if self.worst is None:
            return f"{self.lowest} in {self.place}"
        return f"{self.lowest} in {self.place}{self._undefined()}"

    @property
    def lowest(self) -> str:
        """The lowest PGR, with its ceiling if that is local."""
        text = "undefined" if self.worst is None else interval_text(self.worst)
        return f"{text} with the local ceiling" if self.local else text

    def to_json(self) -> dict[str, Any]:
        """JSON values; `worst` is null without a shift, and if no domain has a PGR."""
        domains = [{"domain": name, **_pgr_values(pgr)} for name, pgr in self.domains.items()]
        worst = self.worst and self.worst.to_json()
        ceiling = "local" if self.local else "home"
        return {**_pgr_values(self.home), "domains": domains, "worst": worst, "ceiling": ceiling}

    def _undefined(self) -> str:
        """The domains without a PGR, which cannot be the worst."""
        names = [name for name, pgr in self.domains.items() if pgr.value is None]
        return f", undefined in {', '.join(names)}" if names else ""

    def __str__(self) -> str:
        return f"{interval_text(self.home)} at home, {self.under_shift}"


def _pgr(row: Mapping[str, Any]) -> Estimate:
    return Estimate(*(as_number(row.get(name)) for name in ("pgr", "pgr_low", "pgr_high")))


def _pgr_values(pgr: Estimate) -> dict[str, float | None]:
    return {"pgr": pgr.value, "pgr_low": pgr.low, "pgr_high": pgr.high}


def with_shift(rows: Sequence[Row]) -> list[Row]:
    """The rows that have results under shift."""
    return [row for row in rows if row.shift]


def certificate_lines(rows: Sequence[Row]) -> list[str]:
    """The certificate of each method, which its pair follows if there are several pairs.

    Controls are left out. Empty without a shift.
    """
    return [
        f"{row.method}{pair_text(row, rows)}: {Certificate.of(row)}"
        for row in with_shift(rows)
        if not row.control
    ]


def places(row: Row) -> Iterator[tuple[str, Row, Estimate | None]]:
    """Home and the domains of a row: the shown name, the results there, and the drop.

    The name of the worst of several domains is marked: `imdb (worst)`.
    """
    yield HOME, row, None
    if row.shift is None:
        return
    worst = row.shift.worst.domain if row.shift.worst and len(row.shift.domains) > 1 else ""
    for one, drop in zip(row.shift.domains, row.shift.drops, strict=True):
        yield f"{one.domain}{' (worst)' * (one.domain == worst)}", one, drop


def drop_text(drop: Estimate | None) -> str:
    """Text of a drop with its interval, `+0.34 [+0.12, +0.56]`; empty for None, as at home."""
    if drop is None:
        return ""
    if drop.value is None:
        return "undefined"
    low, high = (
        bound if end is None else signed_text(end, 2)
        for bound, end in (("-inf", drop.low), ("+inf", drop.high))
    )
    return f"{signed_text(drop.value, 2)} [{low}, {high}]"


def remarks(rows: Sequence[Row]) -> list[str]:
    """Distinct notes of the rows, at home, in their domains, and on all their domains."""
    every = [one.note for row in rows for _, one, _ in places(row)]
    every += [row.shift.note for row in rows if row.shift]
    return list(dict.fromkeys(note for note in every if note))


def domain_means(row: Row) -> list[tuple[str, Estimate]]:
    """Name and value of the mean over the domains with a bounded PGR, if there are several."""
    if row.shift is None:
        return []
    count, every = row.shift.bounded, len(row.shift.domains)
    name = f"mean of {count}" if count == every else f"mean of {count} of {every}"
    return [(name, row.shift.mean)] if count > 1 else []


def ceiling_text(rows: Sequence[Row]) -> str:
    """Which ceiling the PGR in domains uses."""
    kinds = {one.ceiling: None for row in rows if row.shift for one in row.shift.domains}
    return " ".join(CEILINGS[kind] for kind in kinds)


def shift_notes(rows: Sequence[Row]) -> list[str]:
    """What the results under shift are: models, ceiling and measures; empty without a shift."""
    shifted = with_shift(rows)
    return [f"{MODELS} {ceiling_text(shifted)} {MEASURES}"] if shifted else []


def compared_rows(rows: Sequence[Row]) -> list[Row]:
    """Rows with a difference from naive that counts for Holm's correction, at home and in domains.

    Controls do not count.
    """
    every = [one for row in rows for _, one, _ in places(row)]
    return [row for row in every if row.difference and not row.control]
